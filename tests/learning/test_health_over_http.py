"""The health of a namespace over the API: Flux's shape for any key, everything for admins, nothing of others."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.scopes import Role
from tests.learning.looks import Clock, unwarmed
from tests.people import Person


def test_flux_signals_have_flux_shape(alice: Person) -> None:
    alice.store("the safe code is 4711")
    Clock().look(alice)
    seen = alice.call("get", "/health/signals")
    assert set(seen) == {
        *("status", "signals", "active_warnings", "caller_feedback", "caller_provenance", "computed_at"),
    }
    assert seen["signals"]["dormant_grain_rate"] == {"value": 0.0, "healthy": True}


def test_before_the_first_look_the_values_are_those_of_now(alice: Person) -> None:
    alice.store("the safe code is 4711")
    seen = alice.call("get", "/health/signals")
    assert seen["signals"]["dormant_grain_rate"] == {"value": 0.0, "healthy": True}
    assert (seen["status"], seen["active_warnings"]) == ("healthy", [])


def test_health_with_a_key_tells_the_same(alice: Person) -> None:
    alice.store("the safe code is 4711")
    Clock().look(alice)
    assert alice.call("get", "/health")["signals"] == alice.call("get", "/health/signals")["signals"]


def test_reading_writes_nothing(alice: Person) -> None:
    before = alice.call("get", "/v1/admin/health")
    alice.call("get", "/health/signals")
    assert alice.call("get", "/v1/admin/health")["samples"] == before["samples"] == []


def test_samples_show_the_time_and_go_after_thirty_days(alice: Person) -> None:
    alice.store("the safe code is 4711")
    time = Clock()
    time.look(alice, 2)
    samples = time.shown(alice)["samples"]
    assert len(samples) == 2
    assert samples[0]["values"]["dormant_grain_rate"] == 0.0
    time.now += timedelta(days=30)
    time.look(alice)
    assert len(time.shown(alice, hours=720)["samples"]) == 1


def test_looks_asked_for_by_hand_do_not_crowd_the_samples(alice: Person) -> None:
    time = Clock()
    time.look(alice)
    time.now -= timedelta(minutes=12)
    time.look(alice)
    assert len(time.shown(alice)["samples"]) == 1


def test_a_reader_sees_signals_and_only_admins_the_rest(alice: Person) -> None:
    reader = alice.with_role(Role.READER)
    reader.call("get", "/health/signals")
    assert reader.last.status_code == 200
    reader.call("get", "/v1/admin/health")
    assert reader.last.status_code == 403


@pytest.mark.parametrize("hours", ["0", "721", "x", "1.5", ""])
def test_bad_hours_are_refused(alice: Person, hours: str) -> None:
    alice.call("get", f"/v1/admin/health?hours={hours}")
    assert alice.last.status_code in {400, 422}


def test_without_a_key_there_is_nothing(alice: Person) -> None:
    for path in ("/health/signals", "/v1/admin/health"):
        alice.call("get", path, authorization="")
        assert alice.last.status_code == 401


def test_turns_are_counted_without_naming_anybody(alice: Person) -> None:
    ids = [alice.store(f"fact {n}")["id"] for n in range(2)]
    unwarmed(alice).call("post", "/v1/admin/lifecycle", {"ids": ids, "status": "dormant"})
    Clock().look(alice, 3)
    answer = alice.client.get("/metrics", headers={"authorization": f"Bearer {alice.secret}"})
    text = answer.content.decode()
    assert 'garner_health_turns_total{signal="dormant_grain_rate",turn="fired"}' in text
    assert alice.namespace.name not in text


def test_the_command_shows_a_page(alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    alice.store("the safe code is 4711")
    Clock().look(alice)
    call_command("health", "--namespace", alice.namespace.name)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("healthy, seen ")
    assert any("dormant_grain_rate" in line and "healthy: at most 0.4" in line for line in lines)
    with pytest.raises(CommandError):
        call_command("health", "--namespace", "nowhere")

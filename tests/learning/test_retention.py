"""Retention is what a namespace's admins say, in order, seen beforehand; without a policy nothing is ever put away."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.door import tenant
from accounts.scopes import Role
from grains.models import Grain, Vitals
from learning.models import Run
from tests.learning.background import done, status_of
from tests.people import Person

DAY = timedelta(days=1)
THEN = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = "/v1/admin/retention"


def policy(person: Person, *rules: dict[str, Any]) -> Any:
    return person.call("put", POLICY, {"rules": list(rules)})


def stored(person: Person, content: str, **fields: Any) -> str:
    with time_machine.travel(THEN, tick=False):
        return str(person.store(content, **fields)["id"])


def carried_out(person: Person, days: int) -> dict[str, int]:
    with time_machine.travel(THEN + days * DAY, tick=False):
        return dict(done(person, "retention").counts)


def previewed(person: Person, days: int, *rules: dict[str, Any]) -> list[Any]:
    with time_machine.travel(THEN + days * DAY, tick=False):
        return list(person.call("post", f"{POLICY}/preview", {"rules": list(rules)} if rules else {})["due"])


def use(person: Person, id_: str, moment: datetime) -> None:
    with tenant(person.caller):
        number = Grain.objects.get(id=UUID(id_)).number
        Vitals.objects.filter(grain_number=number).update(last_used_at=moment)


def test_without_a_policy_nothing_is_put_away_in_a_hundred_years(alice: Person) -> None:
    id_ = stored(alice, "the safe code is 4711")
    assert alice.call("get", POLICY)["rules"] == []
    assert carried_out(alice, 36_500) == {}
    assert status_of(alice, id_) == "active"


def test_what_nobody_used_is_archived_after_so_many_days_and_not_before(alice: Person) -> None:
    id_ = stored(alice, "the safe code is 4711")
    policy(alice, {"action": "archive", "after_days": 90})
    carried_out(alice, 89)
    assert status_of(alice, id_) == "active"
    assert carried_out(alice, 90)["archived"] == 1
    assert status_of(alice, id_) == "archived"


def test_being_recalled_counts_as_use(alice: Person) -> None:
    id_ = stored(alice, "the safe code is 4711")
    use(alice, id_, THEN + 60 * DAY)
    policy(alice, {"action": "archive", "after_days": 90})
    carried_out(alice, 149)
    assert status_of(alice, id_) == "active"
    carried_out(alice, 150)
    assert status_of(alice, id_) == "archived"


def test_the_first_rule_that_fits_decides(alice: Person) -> None:
    kept = stored(alice, "the will is at the notary", tags=["legal"])
    lost = stored(alice, "lunch was good")
    policy(alice, {"action": "keep", "tag": "legal"}, {"action": "archive", "after_days": 1})
    carried_out(alice, 400)
    assert (status_of(alice, kept), status_of(alice, lost)) == ("active", "archived")


def test_rules_fit_by_type_and_tag(alice: Person) -> None:
    ids = [
        stored(alice, f"fact {kind} {tags}", memory_type=kind, tags=tags)
        for kind in ("working", "semantic")
        for tags in ([], ["a"])
    ]
    policy(alice, {"action": "archive", "after_days": 7, "memory_type": "working", "tag": "a"})
    carried_out(alice, 8)
    assert [status_of(alice, id_) for id_ in ids] == ["active", "archived", "active", "active"]


def test_delete_erases_by_age_even_what_is_used(alice: Person) -> None:
    id_ = stored(alice, "the visitor's name is Kim")
    use(alice, id_, THEN + 29 * DAY)
    policy(alice, {"action": "delete", "after_days": 30})
    assert carried_out(alice, 29) == {}
    assert carried_out(alice, 30)["erased"] == 1
    alice.inspect(id_)
    assert alice.last.status_code == 404


def test_rest_puts_to_sleep(alice: Person) -> None:
    id_ = stored(alice, "the safe code is 4711")
    policy(alice, {"action": "rest", "after_days": 30})
    carried_out(alice, 30)
    assert status_of(alice, id_) == "dormant"


def test_a_preview_counts_and_names_and_changes_nothing(alice: Person) -> None:
    ids = {stored(alice, f"fact {n}") for n in range(3)}
    (due,) = previewed(alice, 90, {"action": "archive", "after_days": 90})
    assert (due["count"], set(due["ids"])) == (3, ids)
    assert previewed(alice, 89, {"action": "archive", "after_days": 90})[0]["count"] == 0
    assert {status_of(alice, id_) for id_ in ids} == {"active"}
    assert alice.call("get", POLICY)["rules"] == []


def test_a_preview_without_rules_is_of_the_namespaces_own(alice: Person) -> None:
    stored(alice, "the safe code is 4711")
    policy(alice, {"action": "archive", "after_days": 90})
    assert [due["count"] for due in previewed(alice, 91)] == [1]


def test_archiving_by_policy_is_undone_with_the_journal(alice: Person) -> None:
    id_ = stored(alice, "the safe code is 4711")
    policy(alice, {"action": "archive", "after_days": 90})
    carried_out(alice, 90)
    entry = alice.call("get", "/v1/admin/journal")["entries"][0]
    assert entry["kind"] == "retention.archive"
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert status_of(alice, id_) == "active"


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_a_policy_that_would_lose_too_much_stops_at_the_loss_budget(alice: Person, action: str) -> None:
    with time_machine.travel(THEN, tick=False):
        alice.store_batch(*({"content": f"fact number {n}"} for n in range(60)))
    policy(alice, {"action": action, "after_days": 90})
    from learning.jobs import job_perform

    with time_machine.travel(THEN + 90 * DAY, tick=False):
        outcome = job_perform(name="retention", namespace=alice.namespace)
    assert outcome.state == "stopped"
    with tenant(alice.caller):
        assert Grain.objects.filter(status="active").count() == 60
        assert Run.objects.get(job="retention").state == "stopped"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"action": "burn", "after_days": 1}, "rules.0.action"),
        ({"action": "archive"}, "rules.0.after_days"),
        ({"action": "keep", "after_days": 3}, "rules.0.after_days"),
        ({"action": "archive", "after_days": 0}, "rules.0.after_days"),
        ({"action": "archive", "after_days": "90"}, "rules.0.after_days"),
        ({"action": "archive", "after_days": 90, "memory_type": "dream"}, "rules.0.memory_type"),
        ({"action": "archive", "after_days": 90, "tag": "\0"}, "rules.0.tag"),
    ],
)
def test_a_bad_rule_is_refused_and_the_old_policy_stays(alice: Person, rule: dict[str, Any], field: str) -> None:
    policy(alice, {"action": "archive", "after_days": 90})
    answer = policy(alice, rule)
    assert alice.last.status_code in {400, 422}
    assert answer["field"].startswith(field.rpartition(".")[0])
    assert len(alice.call("get", POLICY)["rules"]) == 1


def test_an_empty_policy_is_said_not_assumed(alice: Person) -> None:
    policy(alice, {"action": "archive", "after_days": 90})
    alice.call("put", POLICY, {})
    assert alice.last.status_code == 422
    policy(alice)
    assert alice.call("get", POLICY)["rules"] == []


def test_a_namespace_can_switch_it_off(alice: Person) -> None:
    id_ = stored(alice, "the safe code is 4711")
    policy(alice, {"action": "archive", "after_days": 90})
    alice.call("patch", "/v1/admin/settings", {"retention": False})
    assert alice.call("get", POLICY)["enabled"] is False
    carried_out(alice, 400)
    assert status_of(alice, id_) == "active"


def test_bobs_memories_do_not_follow_alices_policy(alice: Person, bob: Person) -> None:
    his = stored(bob, "bob's own")
    policy(alice, {"action": "delete", "after_days": 1})
    carried_out(alice, 400)
    carried_out(bob, 400)
    assert status_of(bob, his) == "active"
    assert bob.call("get", POLICY)["rules"] == []


def test_only_admins_set_it(alice: Person) -> None:
    writer = alice.with_role(Role.WRITER)
    for method in ("get", "put"):
        writer.call(method, POLICY, None if method == "get" else {"rules": []})
        assert writer.last.status_code == 403


def test_the_command_shows_sets_and_previews(alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    stored(alice, "the safe code is 4711")
    name = ["--namespace", alice.namespace.name]
    call_command("retention", "set", *name, '[{"action": "archive", "after_days": 90, "tag": "x"}]')
    call_command("retention", "show", *name)
    assert capsys.readouterr().out.splitlines() == ["archive memories tagged x after 90 days"] * 2
    call_command("retention", "set", *name, '[{"action": "archive", "after_days": 90}]')
    with time_machine.travel(THEN + 91 * DAY, tick=False):
        call_command("retention", "preview", *name)
    assert "1 now: archive memories after 90 days" in capsys.readouterr().out
    for bad in ("[{}]", "nonsense", '[{"action": "burn", "after_days": 3}]', "7"):
        with pytest.raises(CommandError):
            call_command("retention", "set", *name, bad)

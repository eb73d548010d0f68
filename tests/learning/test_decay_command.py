"""memoryOSS's decay: archives what nobody used, when it is asked to, and never by a default of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.door import tenant
from grains.models import Grain, Vitals
from tests.learning.background import status_of
from tests.people import Person

THEN = datetime(2026, 1, 1, tzinfo=UTC)


def old(person: Person, content: str = "the safe code is 4711", **fields: Any) -> str:
    with time_machine.travel(THEN, tick=False):
        return str(person.store(content, **fields)["id"])


def decayed(person: Person, days: int, **body: Any) -> Any:
    with time_machine.travel(THEN + timedelta(days=days), tick=False):
        return person.call("post", "/v1/admin/decay", body)


def test_it_archives_what_is_unused_for_so_many_days(alice: Person) -> None:
    id_ = old(alice)
    assert decayed(alice, 13, after_days=14)["archived"] == 0
    assert decayed(alice, 14, after_days=14)["ids"] == [id_]
    assert status_of(alice, id_) == "archived"


def test_a_dry_run_names_them_and_leaves_them(alice: Person) -> None:
    id_ = old(alice)
    assert decayed(alice, 30, after_days=14, dry_run=True)["ids"] == [id_]
    assert status_of(alice, id_) == "active"


def test_there_is_no_default_age(alice: Person) -> None:
    decayed(alice, 30)
    assert alice.last.status_code == 422
    with pytest.raises(CommandError):
        call_command("decay", "--namespace", alice.namespace.name)


def test_what_was_recalled_meanwhile_stays(alice: Person) -> None:
    id_ = old(alice)
    with tenant(alice.caller):
        number = Grain.objects.get(id=UUID(id_)).number
        Vitals.objects.filter(grain_number=number).update(last_used_at=THEN + timedelta(days=20))
    assert decayed(alice, 30, after_days=14)["archived"] == 0


def test_what_the_policy_keeps_stays(alice: Person) -> None:
    old(alice, tags=["legal"])
    alice.call("put", "/v1/admin/retention", {"rules": [{"action": "keep", "tag": "legal"}]})
    assert decayed(alice, 30, after_days=14)["archived"] == 0


def test_it_is_undone_with_the_journal(alice: Person) -> None:
    id_ = old(alice)
    decayed(alice, 30, after_days=14)
    entry = alice.call("get", "/v1/admin/journal")["entries"][0]
    assert entry["kind"] == "decay"
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert status_of(alice, id_) == "active"


def test_an_archived_fact_can_be_stored_again(alice: Person) -> None:
    id_ = old(alice)
    decayed(alice, 30, after_days=14)
    again = alice.store("the safe code is 4711")
    assert (again["id"] != id_, "duplicate" in again) == (True, False)


def test_bobs_memories_stay(alice: Person, bob: Person) -> None:
    his = old(bob)
    assert decayed(alice, 400, after_days=1)["archived"] == 0
    assert status_of(bob, his) == "active"
    decayed(alice, 1, after_days=1, namespace=bob.namespace.name)
    assert alice.last.status_code == 403


@pytest.mark.parametrize("days", [0, -1, 36_501, "14", None])
def test_bad_ages_are_refused(alice: Person, days: Any) -> None:
    decayed(alice, 30, after_days=days)
    assert alice.last.status_code in {400, 422}


def test_the_command_does_the_same(alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    id_ = old(alice)
    wanted = ["--namespace", alice.namespace.name, "--after-days", "14"]
    with time_machine.travel(THEN + timedelta(days=15), tick=False):
        call_command("decay", *wanted, "--dry-run")
        assert id_ in capsys.readouterr().out
        assert status_of(alice, id_) == "active"
        call_command("decay", *wanted)
    assert status_of(alice, id_) == "archived"
    with pytest.raises(CommandError, match="no namespace"):
        call_command("decay", "--namespace", "nowhere", "--after-days", "14")

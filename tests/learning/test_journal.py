"""The journal tells what was changed automatically, and puts it back unless somebody else has changed it since."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import clock
from accounts.door import tenant
from accounts.errors import Conflict, NotFound
from accounts.models import Deed
from grains.models import Grain, Status
from grains.services.status import status_set
from learning.jobs import job_perform
from learning.journal import CannotUndo, entry_write, journal_undo
from learning.journal.selectors import journal_page
from learning.models import JournalEntry
from tests.learning.archiving import NAME, old_memories, statuses
from tests.people import Person


def archived(person: Person, count: int = 2) -> tuple[list[str], JournalEntry]:
    """Memories that a job has archived, and what the journal tells of it."""
    ids = old_memories(person, count)
    job_perform(name=NAME, namespace=person.namespace)
    return ids, journal_page(caller=person.caller)[0]


def set_status(person: Person, id_: str, status: Status) -> None:
    with tenant(person.caller):
        status_set(caller=person.caller, statuses={UUID(id_): status})


def test_an_entry_names_cause_before_and_after(alice: Person) -> None:
    ids, entry = archived(alice)
    assert (entry.kind, entry.actor, entry.cause) == ("archive", f"job:{NAME}", {"job": NAME, "tag": "old"})
    assert entry.before == {"grain.status": dict.fromkeys(ids, "active")}
    assert entry.after == {"grain.status": dict.fromkeys(ids, "archived")}
    assert [str(subject) for subject in entry.subjects] == ids


def test_every_entry_is_a_deed_too(alice: Person) -> None:
    ids, entry = archived(alice)
    with tenant(alice.caller):
        deed = Deed.objects.get(verb="archive")
    assert [str(subject) for subject in deed.subjects] == ids
    assert deed.detail["entry"] == str(entry.pk)
    assert deed.detail["before"] == entry.before
    assert deed.detail["after"] == entry.after
    assert deed.detail["cause"] == entry.cause


def test_undoing_puts_everything_back_and_is_a_deed(alice: Person) -> None:
    _, entry = archived(alice)
    undone = journal_undo(caller=alice.caller, id=entry.pk)
    assert (undone.restored, undone.gone, undone.already) == (2, 0, False)
    assert statuses(alice) == ["active"] * 2
    assert alice.recall("fact number 1")[0] == "fact number 1"
    told = journal_page(caller=alice.caller)[0]
    assert (told.kind, told.undoes, told.pk) == ("undo", entry.pk, undone.undo)
    with tenant(alice.caller):
        assert Deed.objects.get(verb="undo").actor == alice.caller.subject


def test_undoing_twice_is_undoing_once(alice: Person) -> None:
    _, entry = archived(alice)
    first = journal_undo(caller=alice.caller, id=entry.pk)
    again = journal_undo(caller=alice.caller, id=entry.pk)
    assert (again.already, again.restored, again.undo) == (True, 0, first.undo)
    assert len(journal_page(caller=alice.caller, kind="undo")) == 1


def test_undoing_an_undo_does_it_again_and_can_be_undone_again(alice: Person) -> None:
    _, entry = archived(alice)
    undo = journal_undo(caller=alice.caller, id=entry.pk).undo
    assert undo is not None
    journal_undo(caller=alice.caller, id=undo)
    assert statuses(alice) == ["archived"] * 2
    assert journal_undo(caller=alice.caller, id=entry.pk).restored == 2
    assert statuses(alice) == ["active"] * 2


def test_a_preview_of_undoing_changes_nothing(alice: Person) -> None:
    _, entry = archived(alice)
    assert journal_undo(caller=alice.caller, id=entry.pk, dry_run=True).restored == 2
    assert statuses(alice) == ["archived"] * 2
    assert journal_undo(caller=alice.caller, id=entry.pk).restored == 2


def test_what_somebody_changed_since_is_not_overwritten(alice: Person) -> None:
    ids, entry = archived(alice)
    set_status(alice, ids[0], Status.CONTESTED)
    with pytest.raises(CannotUndo, match=ids[0]):
        journal_undo(caller=alice.caller, id=entry.pk)
    assert statuses(alice) == ["contested", "archived"]


def test_what_somebody_put_back_already_is_left_so(alice: Person) -> None:
    ids, entry = archived(alice)
    set_status(alice, ids[0], Status.ACTIVE)
    assert journal_undo(caller=alice.caller, id=entry.pk).restored == 1
    assert statuses(alice) == ["active"] * 2


def test_what_was_forgotten_stays_forgotten(alice: Person) -> None:
    ids, entry = archived(alice)
    alice.forget(ids=[ids[0]])
    undone = journal_undo(caller=alice.caller, id=entry.pk)
    assert (undone.restored, undone.gone) == (1, 1)
    assert statuses(alice) == ["active"]


def test_a_memory_whose_twin_was_stored_meanwhile_cannot_come_back_beside_it(alice: Person) -> None:
    _, entry = archived(alice)
    twin = alice.store("fact number 0")["id"]
    with pytest.raises(Conflict, match=twin):
        journal_undo(caller=alice.caller, id=entry.pk)
    assert statuses(alice) == ["archived", "archived", "active"]
    alice.forget(ids=[twin])
    assert journal_undo(caller=alice.caller, id=entry.pk).restored == 2


def test_what_a_change_made_is_archived_by_undoing_it_and_comes_back_by_doing_it_again(alice: Person) -> None:
    made = UUID(alice.store("a summary")["id"])
    with tenant(alice.caller):
        entry = entry_write(
            caller=alice.caller,
            kind="summary",
            cause={},
            before={"grain.status": {made: None}},
            after={"grain.status": {made: Status.ACTIVE}},
        )
    undo = journal_undo(caller=alice.caller, id=entry.pk).undo
    assert statuses(alice) == ["archived"]
    assert undo is not None
    journal_undo(caller=alice.caller, id=undo)
    assert statuses(alice) == ["active"]


@pytest.mark.parametrize(
    ("field", "was", "becomes"),
    [("confidence", 1.0, 0.5), ("importance", 1.0, 0.25), ("confirmed", 0, 3)],
)
def test_numbers_of_a_grain_are_put_back_too(alice: Person, field: str, was: Any, becomes: Any) -> None:
    id_ = UUID(alice.store("a fact")["id"])
    from learning.journal.aspects import aspect_find

    known = aspect_find(f"grain.{field}")
    with tenant(alice.caller):
        known.write(alice.caller, {str(id_): becomes})
        told = {f"grain.{field}": {id_: was}}, {f"grain.{field}": {id_: becomes}}
        entry = entry_write(caller=alice.caller, kind="decay", cause={}, before=told[0], after=told[1])
    journal_undo(caller=alice.caller, id=entry.pk)
    with tenant(alice.caller):
        assert known.read(alice.caller, [str(id_)]) == {str(id_): was}


def test_the_journal_takes_no_content(alice: Person) -> None:
    id_ = UUID(alice.store("a fact")["id"])
    for cause in ({"content": "the safe code is 4711"}, {"content": "x" * 65}, {"content": ["4711"]}):
        with tenant(alice.caller), pytest.raises(ValueError, match="ids and numbers"):
            entry_write(caller=alice.caller, kind="x", cause=cause, before={}, after={})
    with tenant(alice.caller), pytest.raises(ValueError, match="same ids"):
        entry_write(caller=alice.caller, kind="x", cause={}, before={}, after={"grain.status": {id_: "active"}})


def test_bob_sees_and_undoes_nothing_of_alices(alice: Person, bob: Person) -> None:
    _, entry = archived(alice)
    assert journal_page(caller=bob.caller) == []
    with pytest.raises(NotFound):
        journal_undo(caller=bob.caller, id=entry.pk)
    with tenant(bob.caller):
        assert JournalEntry.objects.count() == 0
        assert Grain.objects.count() == 0


def test_what_is_older_than_the_journal_is_kept_goes_and_what_was_undone_stays(alice: Person) -> None:
    _, first = archived(alice)
    journal_undo(caller=alice.caller, id=first.pk)
    _, second = archived(alice)
    alice.call("patch", "/v1/admin/settings", {"journal_retention_days": 30})
    later = clock.now() + timedelta(days=31)
    assert swept(alice, clock.now()) == {}
    assert swept(alice, later) == {"journal_entries": 1}
    left = {entry.pk for entry in journal_page(caller=alice.caller)}
    assert first.pk in left
    assert second.pk not in left


def test_zero_days_keep_the_journal_for_good(alice: Person) -> None:
    archived(alice)
    alice.call("patch", "/v1/admin/settings", {"journal_retention_days": 0})
    assert swept(alice, clock.now() + timedelta(days=10_000)) == {}


def swept(person: Person, now: datetime) -> Mapping[str, int]:
    return job_perform(name="journal_sweep", namespace=person.namespace, now=now).counts

"""Undoing what the journal tells of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

import clock
from accounts.door import Caller, tenant
from accounts.errors import GarnerError, NotFound
from learning.journal.aspects import Value, Values, aspect_find
from learning.journal.entries import entry_write
from learning.models import JournalEntry


class CannotUndo(GarnerError):
    """Something else has changed since what the entry changed."""

    status, code = 409, "cannot_undo"


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing did: the entry that tells of it (None when there was nothing left to put back), how many values it
    put back, and how many of the things it is about are gone.
    """

    entry: JournalEntry
    undo: UUID | None
    restored: int
    gone: int
    already: bool = False


def journal_undo(*, caller: Caller, id: UUID, dry_run: bool = False, now: datetime | None = None) -> Undone:
    """Put everything that an entry of the journal changed back as it was. Undoing twice is undoing once.

    What a change made is archived, not erased. What was forgotten since stays forgotten. Undoing an entry of kind
    `undo` does the change again. Raises NotFound, CannotUndo when a value has been changed since by somebody else,
    Conflict when another active memory says the same as one to be restored. With dry_run nothing stays.
    """
    moment = now or clock.now()
    with tenant(caller):
        entry = JournalEntry.objects.filter(namespace_id=caller.namespace_id, pk=id).select_for_update().first()
        if entry is None:
            raise NotFound("There is no such entry in the journal.", field="id")
        if entry.undone_at:
            return Undone(entry, entry.undone_by, 0, 0, already=True)
        undone = _undone(caller, entry, moment)
        if dry_run:
            transaction.set_rollback(True)
    return undone


def _undone(caller: Caller, entry: JournalEntry, moment: datetime) -> Undone:
    before: dict[str, dict[str, Value]] = {}
    after: dict[str, dict[str, Value]] = {}
    gone = 0
    for name, becomes in reversed(entry.after.items()):
        was: dict[str, Value] = entry.before[name]
        found = aspect_find(name).read(caller, list(becomes))
        gone += len(becomes) - len(found)
        _check(entry, name, found, was, becomes)
        back = {id_: was[id_] for id_, value in found.items() if value == becomes[id_] and value != was[id_]}
        aspect_find(name).write(caller, back)
        if back:
            before[name] = {id_: becomes[id_] for id_ in back}
            after[name] = aspect_find(name).read(caller, list(back))
    restored = sum(map(len, after.values()))
    _mark(caller, entry, moment, told := _told(caller, entry, before, after, moment))
    return Undone(entry, told, restored, gone)


def _check(entry: JournalEntry, name: str, found: Values, was: Values, becomes: Values) -> None:
    moved = [id_ for id_, value in found.items() if value not in {becomes[id_], was[id_]}]
    if moved:
        listed = ", ".join(moved[:3]) + (" and others" if len(moved) > 3 else "")
        raise CannotUndo(f"{name} of {listed} has been changed since; put it right by hand first.", field="id")


def _told(
    caller: Caller, entry: JournalEntry, before: Mapping[str, Values], after: Mapping[str, Values], moment: datetime
) -> UUID | None:
    if not after:
        return None
    written = entry_write(
        caller=caller,
        kind="undo",
        cause={"undoes": entry.pk, "kind": entry.kind},
        before=before,
        after=after,
        run=entry.run,
        undoes=entry.pk,
        now=moment,
    )
    return UUID(str(written.pk))


def _mark(caller: Caller, entry: JournalEntry, moment: datetime, told: UUID | None) -> None:
    entry.undone_at, entry.undone_by = moment, told
    entry.save(update_fields=["undone_at", "undone_by"])
    if entry.undoes:  # the change is there again, and can be undone again
        first = JournalEntry.objects.filter(namespace_id=caller.namespace_id, pk=entry.undoes)
        first.update(undone_at=None, undone_by=None)

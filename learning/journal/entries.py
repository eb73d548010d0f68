"""Writing the journal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import clock
from accounts.deeds import deed_append
from accounts.door import Caller
from learning.journal.aspects import Value, aspect_find, plain
from learning.models import JournalEntry

Told = Mapping[str, Mapping[Any, Any]]


def entry_write(
    *,
    caller: Caller,
    kind: str,
    cause: Mapping[str, object],
    before: Told,
    after: Told,
    run: UUID | None = None,
    undoes: UUID | None = None,
    now: datetime | None = None,
) -> JournalEntry:
    """Write down an automatic change in the transaction that makes it: an entry, and a deed with the same words.

    `before` and `after` map aspects ("grain.status") to values by id (a grain's UUID, or what the aspect's ids are);
    both name the same ids; None before means that the change made the thing. The deed's verb is `kind`, its subjects
    are the grains named. Raises ValueError for a value that is neither id, number, moment nor a single word, and
    for ids that one side names and the other does not.
    """
    moment = now or clock.now()
    was, becomes = _plain(before), _plain(after)
    if {name: set(values) for name, values in was.items()} != {name: set(values) for name, values in becomes.items()}:
        raise ValueError("The journal names the same ids before and after.")
    entry = JournalEntry(
        namespace_id=caller.namespace_id,
        id=clock.new_id(moment),
        at=moment,
        kind=kind,
        run=run,
        actor=caller.subject,
        subjects=_subjects(becomes),
        cause={name: plain(value) for name, value in cause.items()},
        before=was,
        after=becomes,
        undoes=undoes,
    )
    entry.save(force_insert=True)
    detail = {"entry": str(entry.pk), "cause": entry.cause, "before": was, "after": becomes}
    deed_append(caller=caller, verb=kind, subjects=entry.subjects, detail=detail)
    return entry


def _plain(told: Told) -> dict[str, dict[str, Value]]:
    return {
        aspect_find(name).name: {str(id_): plain(value) for id_, value in values.items()}
        for name, values in told.items()
    }


def _subjects(told: Mapping[str, Mapping[str, Value]]) -> list[UUID]:
    named = (id_ for name, values in told.items() if name.startswith("grain.") for id_ in values)
    return [UUID(id_) for id_ in dict.fromkeys(named)]

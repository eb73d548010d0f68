"""Putting memories away and taking them back: by hand, and by what the machine finds. All of it is in the journal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

import clock
from accounts.door import Caller, tenant
from accounts.errors import Conflict, EmptyFilter, GarnerError, Invalid, NotFound
from grains.models import Grain, Status
from grains.services.custody import grains_restore
from grains.services.status import status_set
from learning.journal import entry_write
from learning.journal.selectors import RESTORED
from learning.lifecycle.transitions import may_move

MOST = 1000  # memories of one call
ASKABLE = (Status.ACTIVE, Status.DORMANT, Status.ARCHIVED)
PUT_AWAY = (Status.ARCHIVED, Status.DORMANT)  # by us; the others wait for somebody's judgement
# Those whose place a summary or a merge has taken, which the conduit of consolidation tells from an update.
CONDENSED_SQL = """
SELECT grain.id, grain.superseded_by FROM grains_grain AS grain
JOIN grains_grain AS stands ON stands.namespace_id = grain.namespace_id AND stands.id = grain.superseded_by
JOIN learning_conduit AS one ON one.namespace_id = grain.namespace_id AND one.source = stands.number
  AND one.target = grain.number AND one.provenance = 'consolidation'
WHERE grain.namespace_id = %s AND grain.id = ANY(%s::uuid[])
"""


Changed = dict[str, Mapping[UUID, object]]  # values by aspect and id, for the journal


class IllegalMove(GarnerError):
    """A status that does not follow from where a memory stands."""

    status, code = 409, "illegal_move"


def grain_move(*, caller: Caller, ids: Sequence[UUID], to: str, now: datetime | None = None) -> int:
    """Make memories active, dormant or archived, all or none; return how many were not so before.

    Raises EmptyFilter without ids, Invalid for another status or too many ids, NotFound, IllegalMove for one that waits
    for a verdict, Conflict when another active memory says the same.
    """
    if not ids:
        raise EmptyFilter("Name the memories to move.", field="ids")
    if len(ids) > MOST:
        raise Invalid(f"At most {MOST} memories are moved at once.", field="ids")
    if to not in ASKABLE:
        raise Invalid(f"status must be one of {', '.join(ASKABLE)}.", field="status")
    with tenant(caller):
        found = _found(caller, ids)
        if stuck := [id_ for id_, status in found.items() if not may_move(status, to, by_hand=True)]:
            raise IllegalMove(
                f"The memory {stuck[0]} is {found[stuck[0]]} and cannot become {to} by hand.", field="ids"
            )
        moving = {id_: status for id_, status in found.items() if status != to}
        if moving:
            kind = RESTORED if to == Status.ACTIVE else "move"
            _move(caller, moving, Status(to), kind=kind, cause={"asked_by": caller.subject}, now=now)
    return len(moving)


def grain_restore(*, caller: Caller, ids: Sequence[UUID], now: datetime | None = None) -> int:
    """Make archived and dormant memories active again; return how many were not so before.

    What a summary or a merge had taken the place of stands for itself again, and is not condensed another time. Raises
    EmptyFilter without ids, NotFound, Conflict when one is contested, quarantined or stale, which only a verdict
    changes, or when another active memory says the same.
    """
    if not ids:
        raise EmptyFilter("Name what to restore.", field="ids")
    with tenant(caller):
        found = _found(caller, ids)
        away = {id_: status for id_, status in found.items() if status in PUT_AWAY}
        if judged := [id_ for id_, status in found.items() if status not in {*PUT_AWAY, Status.ACTIVE}]:
            raise Conflict(f"The memory {judged[0]} is {found[judged[0]]}: confirm it instead.", field="ids")
        if away:
            _move(caller, away, Status.ACTIVE, kind=RESTORED, cause={"asked_by": caller.subject}, now=now)
    return len(away)


def grains_take_back(*, caller: Caller, ids: Sequence[UUID]) -> int:
    """The same for a person who decides, whatever the memories were: also what waited for a verdict.

    Returns how many were not active. Raises Forbidden, and Conflict as above.
    """
    with tenant(caller):
        condensed = _stood_for(caller, ids)
        count = grains_restore(caller=caller, ids=ids)
        if condensed:
            before, after = _freed(caller, condensed)
            cause = {"asked_by": caller.subject}
            entry_write(caller=caller, kind=RESTORED, cause=cause, before=before, after=after)
    return count


def grains_wake(*, caller: Caller, ids: Sequence[UUID]) -> list[UUID]:
    """Make dormant memories active, inside the open door; return those that were. The caller writes the journal.

    One whose twin is active stays asleep: that one answers.
    """
    woken = []
    for id_, status in _locked(caller, ids).items():
        if status == Status.DORMANT and not _has_twin(caller, id_):  # one by one: two that sleep may be twins
            status_set(caller=caller, statuses={id_: Status.ACTIVE})
            woken.append(id_)
    return woken


def _locked(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, str]:
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=list(ids))
    return dict(mine.order_by("number").select_for_update().values_list("id", "status"))


def _found(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The status of each, with its row locked. Raises NotFound."""
    found = _locked(caller, ids)
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise NotFound(f"There is no memory {missing[0]}.", field="ids")
    return found


def _stood_for(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Those of the memories that were condensed, each with what stands for it."""
    with connection.cursor() as cursor:
        cursor.execute(CONDENSED_SQL, [caller.namespace_id, list(ids)])
        return dict(cursor.fetchall())


def _freed(caller: Caller, stood_for: Mapping[UUID, UUID]) -> tuple[Changed, Changed]:
    """Let memories stand for themselves; before and after, for the journal."""
    Grain.objects.filter(namespace_id=caller.namespace_id, id__in=list(stood_for)).update(superseded_by=None)
    name = "grain.superseded_by"
    return {name: stood_for}, {name: dict.fromkeys(stood_for)}


def _has_twin(caller: Caller, id_: UUID) -> bool:
    mine = Grain.objects.filter(namespace_id=caller.namespace_id)
    grain = mine.get(id=id_)
    same = {name: getattr(grain, name) for name in ("agent", "user", "author", "content_mac")}
    return mine.filter(**same, status=Status.ACTIVE).exists()


def _move(
    caller: Caller,
    moving: Mapping[UUID, str],
    to: Status,
    *,
    kind: str,
    cause: Mapping[str, object],
    now: datetime | None,
) -> None:
    status_set(caller=caller, statuses=dict.fromkeys(moving, to))
    before: Changed = {"grain.status": moving}
    after: Changed = {"grain.status": dict.fromkeys(moving, to)}
    if to == Status.ACTIVE and (condensed := _stood_for(caller, list(moving))):
        was, becomes = _freed(caller, condensed)
        before, after = before | was, after | becomes
    entry_write(caller=caller, kind=kind, cause=cause, before=before, after=after, now=now or clock.now())

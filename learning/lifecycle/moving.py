"""Putting memories away and taking them back: by hand, and by what the machine finds. All of it is in the journal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import clock
from accounts.door import Caller, tenant
from accounts.errors import EmptyFilter, GarnerError, Invalid, NotFound
from grains.models import Grain, Status
from grains.services.status import status_set
from learning.journal import entry_write
from learning.lifecycle.transitions import may_move

MOST = 1000  # memories of one call
ASKABLE = (Status.ACTIVE, Status.DORMANT, Status.ARCHIVED)


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
        found = _locked(caller, ids)
        if missing := [id_ for id_ in ids if id_ not in found]:
            raise NotFound(f"There is no memory {missing[0]}.", field="ids")
        if stuck := [id_ for id_, status in found.items() if not may_move(status, to, by_hand=True)]:
            raise IllegalMove(
                f"The memory {stuck[0]} is {found[stuck[0]]} and cannot become {to} by hand.", field="ids"
            )
        moving = {id_: status for id_, status in found.items() if status != to}
        if moving:
            _move(caller, moving, Status(to), kind="move", cause={"asked_by": caller.subject}, now=now)
    return len(moving)


def grain_revive(
    *, caller: Caller, ids: Sequence[UUID], cause: Mapping[str, object], now: datetime | None = None
) -> list[UUID]:
    """Wake dormant memories; return those that were. One whose twin is active stays asleep: that one answers."""
    woken = []
    with tenant(caller):
        for id_, status in _locked(caller, ids).items():
            if status == Status.DORMANT and not _has_twin(caller, id_):
                _move(caller, {id_: status}, Status.ACTIVE, kind="revive", cause=cause, now=now)
                woken.append(id_)
    return woken


def _locked(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, str]:
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=list(ids))
    return dict(mine.order_by("number").select_for_update().values_list("id", "status"))


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
    entry_write(
        caller=caller,
        kind=kind,
        cause=cause,
        before={"grain.status": dict(moving)},
        after={"grain.status": dict.fromkeys(moving, to)},
        now=now or clock.now(),
    )

"""The review queue: what a person has to decide, and deciding it.

Two kinds of things wait: pairs of which the newer memory contradicts the older (kind `contradiction`), and memories
that stand aside by themselves (`candidate`: quarantined, `contested`: rejected by somebody). Keys are opaque.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Conflict, Invalid, NotFound
from grains.models import Grain, Status
from grains.selectors import Memory, with_content
from grains.services.judge import grain_judge
from grains.services.status import status_set
from learning.contradiction.resolving import dispute_close, superseded
from learning.journal import entry_write
from learning.models import Dispute, DisputeState

ACTIONS = ("confirm", "reject", "supersede")
KINDS = ("contradiction", "candidate", "contested")
_STATUS = {"candidate": Status.QUARANTINED, "contested": Status.CONTESTED}
MOST = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide: a memory, and for a contradiction the older one that it speaks against."""

    key: str
    kind: str
    memory: Memory
    against: Memory | None
    rule: str
    suggested: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """The oldest items of the queue, and how many there are of each kind."""

    items: Sequence[Item]
    counts: dict[str, int]


def review_queue(*, caller: Caller, kind: str = "", limit: int = 25) -> Queue:
    """What waits, the longest first. Raises Invalid for a kind or a limit that is none."""
    if kind not in {"", *KINDS}:
        raise Invalid(f"kind must be one of {', '.join(KINDS)}.", field="kind")
    if not 1 <= limit <= MOST:
        raise Invalid(f"limit must be from 1 to {MOST}.", field="limit")
    with tenant(caller, durable=False):
        items = _pairs(caller, limit) if kind in {"", "contradiction"} else []
        for name in ("candidate", "contested"):
            if kind in {"", name} and len(items) < limit:
                items += _alone(caller, name, limit - len(items))
        return Queue(items, _counts(caller))


def review_decide(*, caller: Caller, key: str, action: str, now: datetime | None = None) -> Item:
    """Decide one item; give it back as it was.

    confirm: the memory holds, and so does what it spoke against. reject: it does not hold, and is contested; one that
    was contested is archived. supersede: it holds, and the older one no longer does. Raises NotFound for a key that is
    not in the queue (any more), Invalid for an action that the item does not have, Conflict when an active memory says
    the same.
    """
    if action not in ACTIONS:
        raise Invalid(f"action must be one of {', '.join(ACTIONS)}.", field="action")
    moment = now or clock.now()
    kind, id_ = _read_key(key)
    with tenant(caller):
        if kind == "contradiction":
            return _decide_pair(caller, id_, action, moment)
        return _decide_alone(caller, kind, id_, action, moment)


def disputes_of(*, caller: Caller, id: UUID) -> list[Dispute]:
    """Every pair that a memory belongs to, the newest first."""
    with tenant(caller, durable=False):
        return list((_mine(caller).filter(older=id) | _mine(caller).filter(newer=id)).order_by("-opened_at"))


def _mine(caller: Caller) -> QuerySet[Dispute]:
    return Dispute.objects.filter(namespace_id=caller.namespace_id)


def _pairs(caller: Caller, limit: int) -> list[Item]:
    open_ones = list(_mine(caller).filter(state=DisputeState.OPEN).order_by("opened_at", "id")[:limit])
    memories = _memories(caller, [id_ for one in open_ones for id_ in (one.older, one.newer)])
    return [_pair_item(one, memories) for one in open_ones if {one.older, one.newer} <= set(memories)]


def _pair_item(dispute: Dispute, memories: dict[UUID, Memory]) -> Item:
    return Item(
        key=f"c.{dispute.id}",
        kind="contradiction",
        memory=memories[dispute.newer],
        against=memories[dispute.older],
        rule=dispute.rule,
        suggested="supersede" if dispute.relation == "update" else "confirm",
        since=dispute.opened_at,
    )


def _alone(caller: Caller, kind: str, limit: int) -> list[Item]:
    grains = Grain.objects.filter(namespace_id=caller.namespace_id, status=_STATUS[kind]).order_by("updated_at", "id")
    suggested = "confirm" if kind == "candidate" else "reject"
    return [
        Item(f"{kind[:2]}.{m.grain.id}", kind, m, None, "", suggested, m.grain.updated_at)
        for m in with_content(caller, list(grains[:limit]))
    ]


def _memories(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Memory]:
    grains = list(Grain.objects.filter(namespace_id=caller.namespace_id, id__in=list(ids)))
    return {memory.grain.id: memory for memory in with_content(caller, grains)}


def _counts(caller: Caller) -> dict[str, int]:
    alone = Grain.objects.filter(namespace_id=caller.namespace_id, status__in=_STATUS.values()).order_by()
    by_status = dict(alone.values_list("status").annotate(Count("id")))
    pairs = _mine(caller).filter(state=DisputeState.OPEN).count()
    return {"contradiction": pairs, **{kind: by_status.get(status, 0) for kind, status in _STATUS.items()}}


def _read_key(key: str) -> tuple[str, UUID]:
    kinds = {"c": "contradiction", "ca": "candidate", "co": "contested"}
    head, _, rest = key.partition(".")
    try:
        return kinds[head], UUID(rest)
    except (KeyError, ValueError) as error:
        raise NotFound("There is no such item in the review queue.", field="review_key") from error


def _decide_pair(caller: Caller, id_: UUID, action: str, moment: datetime) -> Item:
    dispute = _mine(caller).filter(id=id_, state=DisputeState.OPEN).select_for_update().first()
    memories = _memories(caller, [dispute.older, dispute.newer]) if dispute else {}
    if dispute is None or len(memories) < 2:
        raise NotFound("There is no such item in the review queue.", field="review_key")
    item = _pair_item(dispute, memories)
    if action == "supersede":
        if {memory.grain.status for memory in memories.values()} != {Status.ACTIVE}:
            raise Conflict("One of the two memories is not active any more.", field="review_key")
        change = superseded(caller=caller, dispute=dispute, decided_by=caller.subject, now=moment)
        entry_write(
            caller=caller, kind=change.kind, cause=change.cause, before=change.before, after=change.after, now=moment
        )
        return item
    verdict = "confirm" if action == "confirm" else "reject"
    grain_judge(caller=caller, id=dispute.newer, action=verdict, now=moment)
    state = DisputeState.BOTH if action == "confirm" else DisputeState.REFUSED
    dispute_close(dispute, state=state, decided_by=caller.subject, now=moment)
    deed_append(caller=caller, verb=f"review.{action}", subjects=[dispute.newer, dispute.older])
    return item


def _decide_alone(caller: Caller, kind: str, id_: UUID, action: str, moment: datetime) -> Item:
    grain = Grain.objects.filter(namespace_id=caller.namespace_id, id=id_, status=_STATUS[kind]).first()
    if grain is None:
        raise NotFound("There is no such item in the review queue.", field="review_key")
    if action == "supersede":
        raise Invalid("Name the successor with POST /v1/feedback: this memory stands alone.", field="action")
    (memory,) = with_content(caller, [grain])
    if action == "reject" and kind == "contested":
        status_set(caller=caller, statuses={grain.id: Status.ARCHIVED})
        entry_write(
            caller=caller,
            kind="review.archive",
            cause={"decided_by": caller.subject},
            before={"grain.status": {grain.id: grain.status}},
            after={"grain.status": {grain.id: Status.ARCHIVED}},
            now=moment,
        )
    else:
        grain_judge(caller=caller, id=id_, action=action, now=moment)
    return Item(f"{kind[:2]}.{id_}", kind, memory, None, "", action, grain.updated_at)

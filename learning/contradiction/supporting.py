"""Memories that say the same support each other: a conduit both ways, as long as they do."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from grains.models import Grain
from learning.contradiction.examining import Finding
from learning.jobs import Work
from learning.models import Conduit, Relation
from learning.use.dropping import ASPECT, brought_back, named

WEIGHT = 0.7  # Flux's for typed edges
MADE_BY = "contradiction"  # the job


def support_settle(work: Work, id_: UUID, agreeing: Sequence[Finding]) -> None:
    """Make a memory's conduits of support those that its words say now, in the step that examined it."""
    numbers = {side.id: side.grain.number for finding in agreeing for side in (finding.older, finding.newer)}
    mine = Grain.objects.filter(namespace_id=work.caller.namespace_id, id__in=[id_, *numbers])
    living = dict(mine.values_list("id", "number"))  # one forgotten in this moment fails the step, which is retried
    own = living.pop(id_, None)
    if own is None:
        return
    held = Conduit.objects.filter(namespace_id=work.caller.namespace_id, relation=Relation.SUPPORTS, provenance=MADE_BY)
    had, others = set(held.filter(source=own).values_list("target", flat=True)), set(living.values())
    if gone := had - others:
        held.filter(Q(source=own, target__in=gone) | Q(source__in=gone, target=own)).delete()
    if new := others - had:
        _link(work, own, new)


def _link(work: Work, own: int, others: set[int]) -> None:
    """Link a memory with others, but for those that somebody has parted, and write it down."""
    moment = work.now
    fields = {"namespace_id": work.caller.namespace_id, "relation": Relation.SUPPORTS, "provenance": MADE_BY}
    ends = [pair for other in sorted(others) for pair in ((own, other), (other, own))]
    made = [
        Conduit(**fields, source=one, target=other, weight=WEIGHT, created_at=moment, last_used_at=moment)
        for one, other in ends
    ]
    told, parted = named(work.caller, made), brought_back(work.caller, "link")
    wanted = {name: one for name, one in zip(told, made, strict=True) if name not in parted}
    Conduit.objects.bulk_create(wanted.values(), ignore_conflicts=True)
    if wanted:
        after = {name: told[name] for name in wanted}
        work.journal("link", cause={"says": "same"}, before={ASPECT: dict.fromkeys(after)}, after={ASPECT: after})

"""Reading where memories stand: how many in each status, and which changed last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Count

import clock
from accounts.door import Caller, tenant
from grains.models import Grain, Status, Vitals
from grains.selectors import Memory, with_content
from retrieval import trust

PAGE = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """A memory and how far it is believed, by its origin, confidence and verdicts."""

    memory: Memory
    trust: float

    @property
    def low_trust(self) -> bool:
        """Whether it alone is no reason to inject."""
        return self.trust < trust.LOW


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Counts of every status, and some memories."""

    counts: dict[str, int]
    memories: Sequence[Standing]


def lifecycle_page(
    *, caller: Caller, status: str = "", limit: int = 25, include_archived: bool = False, now: datetime | None = None
) -> Lifecycle:
    """The memories of a status (without one: all but archived ones), those first that changed last."""
    with tenant(caller, durable=False):
        mine = Grain.objects.filter(namespace_id=caller.namespace_id).order_by()
        counts = dict.fromkeys(Status.values, 0) | dict(mine.values_list("status").annotate(Count("id")))
        shown = mine.filter(status=status) if status else mine
        if not status and not include_archived:
            shown = shown.exclude(status=Status.ARCHIVED)
        memories = with_content(caller, list(shown.order_by("-updated_at", "-number")[:limit]))
        trusts = _trusts(caller, [memory.grain for memory in memories], now or clock.now())
    return Lifecycle(counts, [Standing(memory, t) for memory, t in zip(memories, trusts, strict=True)])


def _trusts(caller: Caller, grains: Sequence[Grain], now: datetime) -> list[float]:
    rows = Vitals.objects.filter(namespace_id=caller.namespace_id, grain_number__in=[g.number for g in grains])
    vitals = {row.grain_number: row for row in rows}
    mine = [vitals[grain.number] for grain in grains]
    verified = [v.last_verified_at and (now - v.last_verified_at).total_seconds() / 86400 for v in mine]
    nothing = np.zeros(len(grains))
    standing = trust.Standing(
        origin=trust.origins([grain.provenance for grain in grains]),
        confidence=np.array([grain.confidence for grain in grains]),
        votes_for=np.array([v.confirmed + v.helped for v in mine]),
        votes_against=np.array([v.rejected + v.misled for v in mine]),
        corroborated=np.array([float(v.corroborated) for v in mine]),
        verified_days=np.array([np.nan if days is None else days for days in verified], np.float64),
        source_for=nothing,
        source_against=nothing,
    )
    return [float(one) for one in trust.trust(standing)]

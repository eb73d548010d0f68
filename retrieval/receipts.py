"""The caller's recalls of the last day with what became of them: read from traces and ratings, never in its way."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.door import Caller, tenant
from grains.models import Grain
from grains.selectors import Memory, with_content
from retrieval.errors import NotInTrace
from retrieval.models import Rating, Trace
from retrieval.services.feedback import trace_find

WINDOW = timedelta(hours=24)
MOST = 1000  # recalls of a day that are looked at; a busier key is judged by its last ones


@dataclass(frozen=True, slots=True)
class Receipt:
    """One recall: what it returned, and the ratings of this caller on it."""

    trace: Trace
    returned: Sequence[UUID]
    rated: dict[UUID, Rating]

    @property
    def pending(self) -> list[UUID]:
        """Results that the caller has not rated."""
        return [id_ for id_ in self.returned if id_ not in self.rated]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A recall with its results' memories as they are now; forgotten ones are missing."""

    receipt: Receipt
    memories: dict[UUID, Memory]


def receipts_recent(*, caller: Caller, now: datetime) -> list[Receipt]:
    """This key's recalls of the last WINDOW, newest first, at most MOST."""
    with tenant(caller, durable=False):
        recent = Trace.objects.filter(
            namespace_id=caller.namespace_id, actor=caller.subject, at__range=(now - WINDOW, now)
        )
        traces = list(recent.order_by("-at")[:MOST])
        ratings = _ratings(caller, [trace.id for trace in traces])
    return [_receipt(trace, ratings[trace.id]) for trace in traces]


def explanation(*, caller: Caller, trace_id: UUID, grain_id: UUID | None = None) -> Explanation:
    """Everything about one recall of the caller's namespace.

    Raises UnknownTrace, and NotInTrace when a grain is named that the recall did not return.
    """
    with tenant(caller, durable=False):
        trace = trace_find(caller=caller, trace_id=trace_id)
        receipt = _receipt(trace, _ratings(caller, [trace.id])[trace.id])
        if grain_id not in {None, *receipt.returned}:
            raise NotInTrace(f"The recall {trace_id} did not return the memory {grain_id}.", field="memory_id")
        still_there = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=receipt.returned)
        memories = with_content(caller, list(still_there))
    return Explanation(receipt, {memory.grain.id: memory for memory in memories})


def _ratings(caller: Caller, trace_ids: Sequence[UUID]) -> defaultdict[UUID, list[Rating]]:
    by_trace = defaultdict(list)
    for rating in Rating.objects.filter(namespace_id=caller.namespace_id, actor=caller.subject, trace_id__in=trace_ids):
        by_trace[rating.trace_id].append(rating)
    return by_trace


def _receipt(trace: Trace, ratings: Sequence[Rating]) -> Receipt:
    return Receipt(trace, [UUID(result["id"]) for result in trace.ranking], {one.grain_id: one for one in ratings})

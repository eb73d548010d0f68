"""The pages behind a recall's first one: the ranking that its trace kept, without what was forgotten since."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

import clock
from accounts.door import Caller, tenant
from grains.models import Status
from retrieval.calibration import Decision, Verdict
from retrieval.cursors import cursor_opened, cursor_sealed
from retrieval.models import Trace
from retrieval.profiles import Profile
from retrieval.recall import Recalled, Result, result_line
from retrieval.search import LIMIT, Search
from retrieval.services.feedback import trace_find
from retrieval.traces import Receipt, memories_of, trace_write


def recall_next(
    *, caller: Caller, cursor: str, limit: int = 10, vectors: bool = False, now: datetime | None = None
) -> Recalled:
    """The next `limit` memories behind a cursor, with a receipt of their own so that they can be rated.

    Raises Invalid for a cursor that is none of ours, UnknownTrace when its recall has expired.
    """
    moment = now or clock.now()
    origin, offset = cursor_opened(caller, cursor)
    with tenant(caller, durable=False):
        trace = trace_find(caller=caller, trace_id=origin)
        search = _search(trace, min(limit, LIMIT))
        results, offset = _page(caller, search, trace.params.get("rest", []), offset, vectors=vectors)
        trace_id = clock.new_id(moment)
        lines = [result_line(result) for result in results]
        trace_write(caller, search, Receipt(trace_id, moment, trace.decision, lines))
    more = offset < len(trace.params.get("rest", []))
    verdict = Verdict(Decision(trace.decision), ("next_page",), 0.0)
    return Recalled(trace_id, verdict, results, cursor_sealed(caller, origin, offset) if more else None)


def _search(trace: Trace, limit: int) -> Search:
    as_of = trace.params.get("as_of")
    return Search(
        trace.query,
        limit,
        as_of=datetime.fromisoformat(as_of) if as_of else None,
        profile=Profile(trace.profile),
    )


def _page(
    caller: Caller, search: Search, rest: Sequence[Sequence[Any]], offset: int, *, vectors: bool
) -> tuple[list[Result], int]:
    """Fill a page from `offset` on, past memories that are gone; return it and where the next one starts."""
    results: list[Result] = []
    while len(results) < search.limit and offset < len(rest):
        taken = rest[offset : offset + search.limit - len(results)]
        offset += len(taken)
        numbers = np.array([number for number, _ in taken], np.int64)
        memories, embeddings = memories_of(caller, search, numbers, vectors=vectors)
        results += [
            Result(memories[number], score, [], {}, embeddings.get(number))
            for number, score in taken
            if number in memories and memories[number].grain.status == Status.ACTIVE
        ]
    return results, offset

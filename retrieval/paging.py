"""The pages behind a recall's first one: the ranking that its trace kept, without what was forgotten since."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

import clock
from accounts.door import Caller, tenant
from grains.filters import Filter
from retrieval.calibration import Decision, Verdict
from retrieval.cursors import cursor_opened, cursor_sealed
from retrieval.known import Known, known_of
from retrieval.models import Trace
from retrieval.profiles import Profile
from retrieval.recall import Recalled, Result, result_line
from retrieval.search import LIMIT, Search
from retrieval.services.feedback import trace_find
from retrieval.traces import Behind, Receipt, trace_write


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
        search = replace(search_of(trace, min(limit, LIMIT)), asked_at=moment)
        behind = _behind(trace)
        results, offset = _page(caller, search, behind, offset, vectors=vectors)
        trace_id = clock.new_id(moment)
        lines = [result_line(result) for result in results]
        trace_write(caller, search_of(trace, search.limit), Receipt(trace_id, moment, trace.decision, lines))
    more = offset < len(behind)
    verdict = Verdict(Decision(trace.decision), ("next_page",), 0.0)
    return Recalled(trace_id, verdict, results, cursor_sealed(caller, origin, offset) if more else None)


def _behind(trace: Trace) -> list[tuple[int, float]]:
    """Numbers and scores of what stood behind the first page."""
    kept = Behind(**trace.params.get("behind", {"numbers": (), "scores": ()}))
    return list(zip(*kept, strict=True))


def search_of(trace: Trace, limit: int) -> Search:
    """The search that a trace is the receipt of, as far as its later pages need it."""
    as_of = trace.params.get("as_of")
    return Search(
        trace.query,
        limit,
        where=Filter(status=trace.params.get("status", "")),
        as_of=datetime.fromisoformat(as_of) if as_of else None,
        profile=Profile(trace.profile),
        include=trace.params.get("include", ()),
        strict=trace.params.get("strict", False),
    )


def _page(
    caller: Caller, search: Search, rest: Sequence[tuple[int, float]], offset: int, *, vectors: bool
) -> tuple[list[Result], int]:
    """Fill a page from `offset` on, past memories that are gone or put away since; and where the next starts."""
    results: list[Result] = []
    while len(results) < search.limit and offset < len(rest):
        taken = rest[offset : offset + search.limit - len(results)]
        offset += len(taken)
        numbers = np.array([number for number, _ in taken], np.int64)
        known, embeddings = known_of(caller, search, numbers, vectors=vectors)
        results += [
            Result(known[number], score, [], {}, embeddings[number].tolist() if number in embeddings else None)
            for number, score in taken
            if number in known and _still(search, known[number])
        ]
    return results, offset


def _still(search: Search, known: Known) -> bool:
    """Whether a memory may still be shown: it has not been put away, nor, in a strict recall, become stale."""
    return known.memory.grain.status in search.statuses and not (search.strict and known.stale)

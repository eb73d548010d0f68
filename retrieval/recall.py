"""recall(): the only retrieval there is. Adapters parse, call this, render.

understand -> embed -> candidates (two round trips) -> fuse -> calibrate and decide -> trace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

import clock
from accounts.door import Caller, tenant
from embedding import embed
from grains.selectors import Memory
from retrieval.arrays import Statement, pipelined
from retrieval.calibration import Verdict, decide
from retrieval.candidates import Asked, Found, gather
from retrieval.cursors import cursor_sealed
from retrieval.fusion import fuse
from retrieval.names import names_of, names_statement
from retrieval.question import Question, name_keys, understand
from retrieval.scoring import Ranked, ranked
from retrieval.search import Search, checked
from retrieval.sizes import SIZE_SQL, Size, size_keep, size_known
from retrieval.stages import stage
from retrieval.traces import Receipt, memories_of, trace_write

_SCORE_DIGITS = 6
PAGED = 200  # memories behind the first page that a trace keeps


@dataclass(frozen=True, slots=True)
class Result:
    """One memory of the ranking. `score` is absolute, 0 to 1; `signals` add up to the ranking's own score."""

    memory: Memory
    score: float
    channels: list[str]
    signals: Mapping[str, float]
    vector: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """A ranking, best first, the decision whether it is worth injecting, and the id of its trace."""

    trace_id: UUID
    verdict: Verdict
    results: list[Result]
    next_cursor: str | None = None


def recall(*, caller: Caller, search: Search, vectors: bool = False, now: datetime | None = None) -> Recalled:
    """The memories of the caller's namespace that answer the query best, at most `search.limit`.

    Raises Invalid for a query that is blank, too long or not text. Writes nothing but its trace.
    """
    moment = now or clock.now()
    search = checked(search)
    with tenant(caller, durable=False):
        with stage("understand"):
            question, size = understood(caller, search)
        with stage("embed"):
            vector = _vector(caller, search, question)
        found = gather(caller, search, Asked.of(caller, question, vector, size))
        with stage("fuse"):
            fused = fuse(found.pool, question)
            verdict = decide(fused)
            ranking = ranked(caller, search, found.pool, fused, moment)
        with stage("results"):
            results = _results(caller, search, found, ranking, vectors=vectors)
        with stage("trace"):
            trace_id = clock.new_id(moment)
            lines = [result_line(result) for result in results]
            rest = _rest(search, found, ranking)
            trace_write(caller, search, Receipt(trace_id, moment, verdict.decision, lines, rest))
    return Recalled(trace_id, verdict, results, cursor_sealed(caller, trace_id, 0) if rest else None)


def understood(caller: Caller, search: Search) -> tuple[Question, Size]:
    """The question with the authors it names, and the namespace's size, in one round trip."""
    size = size_known(caller.namespace_id)
    statements: list[Statement] = [names_statement(caller.namespace_id, name_keys(search.query))]
    if size is None:
        statements.append((SIZE_SQL, [caller.namespace_id]))
    names, *counted = pipelined(statements)
    if size is None:
        size = size_keep(caller.namespace_id, counted[0][0])
    return understand(search.query, names_of(names), latin_only=settings.EMBEDDING_BACKEND == "onnx"), size


def _vector(caller: Caller, search: Search, question: Question) -> NDArray[np.float32]:
    if search.vector is not None:
        return np.array(search.vector, np.float32)
    vector: NDArray[np.float32] = embed([question.embedded], scope=str(caller.namespace_id), operation="query")[0]
    return vector


def _rest(search: Search, found: Found, ranking: Ranked) -> list[tuple[int, float]]:
    """What a cursor pages through: the ranking behind the results."""
    rows = ranking.order[search.limit : search.limit + PAGED]
    numbers, shown = found.pool.number[rows].tolist(), ranking.score[rows].round(_SCORE_DIGITS).tolist()
    return list(zip(numbers, shown, strict=True))


def _results(caller: Caller, search: Search, found: Found, ranking: Ranked, *, vectors: bool) -> list[Result]:
    rows = ranking.order[: search.limit]
    numbers = found.pool.number[rows].astype(np.int64)
    memories, embeddings = memories_of(caller, search, numbers, vectors=vectors)
    return [
        Result(
            memory=memories[number],
            score=round(float(ranking.score[row]), _SCORE_DIGITS),
            channels=_channels(found, number),
            signals=_signals(ranking, row),
            vector=embeddings.get(number),
        )
        for row, number in zip(rows.tolist(), numbers.tolist(), strict=True)
        if number in memories  # forgotten meanwhile by somebody else
    ]


def _channels(found: Found, number: int) -> list[str]:
    """Which channels brought a grain; one that none did came as a neighbour of another."""
    channels = {"vector": number in found.by_vector, "fts": number in found.by_words}
    return [name for name, brought in channels.items() if brought] or ["session"]


def _signals(ranking: Ranked, row: int) -> dict[str, float]:
    return {name: float(column[row]) for name, column in ranking.signals.items() if column[row]}


def result_line(result: Result) -> dict[str, object]:
    """What the trace keeps of a result."""
    return {"id": result.memory.grain.id, "score": result.score, "signals": result.signals}

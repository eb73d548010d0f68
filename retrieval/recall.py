"""recall(): the only retrieval there is. Adapters parse, call this, render.

understand -> embed -> candidates (two round trips) -> fuse -> list -> decide -> trace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import clock
from accounts.door import Caller, tenant
from embedding.windows import Window
from grains.selectors import Memory
from retrieval.calibration import Verdict, decide
from retrieval.candidates import Asked, Found
from retrieval.channels import Step, step_shown
from retrieval.cursors import cursor_sealed
from retrieval.deadline import Deadline
from retrieval.decision import decided
from retrieval.explain import Evidence, explained
from retrieval.fusion import fuse
from retrieval.gathering import LeftOut, asked_all, gathered, understood_within
from retrieval.known import Known
from retrieval.listing import Listing
from retrieval.passages import passages_of
from retrieval.rerank import reranked
from retrieval.scoring import Ranked, ranked
from retrieval.search import Search, checked
from retrieval.selection import Selected, channels_of, path_of, row_of, selected
from retrieval.several import parts_of, together
from retrieval.stages import stage
from retrieval.traces import Receipt, trace_write
from retrieval.understanding import Misunderstood

_SCORE_DIGITS = 6
PAGED = 200  # memories behind the first page that a trace keeps


@dataclass(frozen=True, slots=True)
class Result:
    """One memory of the ranking. `score` is absolute, 0 to 1; `signals` add up to the ranking's own score.

    `others` are its near-duplicates, which it stands for.
    """

    known: Known
    score: float
    channels: list[str]
    signals: Mapping[str, float]
    vector: Sequence[float] | None = None
    others: Sequence[Known] = ()
    path: Sequence[Step] = ()  # how the graph led to it
    passage: Window | None = None  # of a long memory, the part that answers

    @property
    def memory(self) -> Memory:
        """The grain with its content."""
        return self.known.memory


@dataclass(frozen=True, slots=True)
class Recalled:
    """A ranking, best first, the decision whether it is worth injecting, and the id of its trace.

    `left_out` names the channels that did not answer in time, and why. `tokens` is what the results take of a budget.
    """

    trace_id: UUID
    verdict: Verdict
    results: list[Result]
    next_cursor: str | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    tokens: int | None = None
    explanation: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """What recall_batch() is asked, checked."""

    caller: Caller
    searches: Sequence[Search]
    deadlines: Sequence[Deadline]
    moment: datetime
    vectors: bool

    @property
    def soonest(self) -> Deadline:
        """The deadline of what is done for all of them together."""
        return min(self.deadlines, key=lambda one: one.left)


@dataclass(frozen=True, slots=True)
class _Task:
    """One recall to be done: by whom, as it was asked, and with its time filled in."""

    caller: Caller
    search: Search
    timed: Search
    moment: datetime
    vectors: bool
    last: bool  # of its batch: nothing is asked of the database after its trace


def recall(*, caller: Caller, search: Search, vectors: bool = False, now: datetime | None = None) -> Recalled:
    """The memories of the caller's namespace that answer the query best, at most `search.limit`.

    Raises Invalid for a query that is blank, too long or not text. Writes nothing but its trace.
    """
    return recall_batch(caller=caller, searches=[search], vectors=vectors, now=now)[0]


def recall_batch(
    *, caller: Caller, searches: Sequence[Search], vectors: bool = False, now: datetime | None = None
) -> list[Recalled]:
    """recall() for several questions of one caller, in order: understood together and embedded in one batch."""
    moment = now or clock.now()
    wanted = [checked(search) for search in searches]
    work = _Work(caller, wanted, [Deadline(search.deadline_ms) for search in wanted], moment, vectors)
    with tenant(caller, durable=False, rides=not work.soonest.bounded):  # a savepoint's end would close the door again
        try:
            return _answered(work, presuming=True)
        except Misunderstood:
            return _answered(work, presuming=False)


def _answered(work: _Work, *, presuming: bool) -> list[Recalled]:
    """The answers, in order. With presuming=True raises Misunderstood where names are not what they were."""
    caller, wanted, soonest = work.caller, work.searches, work.soonest
    with stage("understand"):
        told = understood_within(caller, wanted, soonest, presuming=presuming)
    with stage("embed"):
        parts = [parts_of(search, question) for search, question in zip(wanted, told.questions, strict=True)]
        spread = [(search, part) for search, several in zip(wanted, parts, strict=True) for part in several]
        asked, slow = asked_all(caller, [one for one, _ in spread], [part for _, part in spread], told, soonest)
        fresh = iter(asked)
    tasks = [
        _Task(caller, search, _timed(search, work.moment), work.moment, work.vectors, last=n == len(wanted))
        for n, search in enumerate(wanted, 1)
    ]
    return [
        _recalled(task, [next(fresh) for _ in several], deadline, told.left_out | slow)
        for task, several, deadline in zip(tasks, parts, work.deadlines, strict=True)
    ]


def _recalled(task: _Task, parts: Sequence[Asked], deadline: Deadline, slow: LeftOut) -> Recalled:
    """The answer to a question that is understood and embedded, part by part, inside the open door."""
    caller, search = task.caller, task.timed
    answers = [gathered(caller, search, part, deadline) for part in parts]
    asked, left_out = answers[0][0], {name: why for *_, missing in answers for name, why in missing.items()}
    left_out = {name: why for name, why in slow.items() if name != "vector" or asked.vector is None} | left_out
    with stage("fuse"):
        fused_apart = [fuse(found.pool, part.question) for part, found, _ in answers]
        found, fused = together([found for _, found, _ in answers], fused_apart)
        ranking = ranked(caller, search, found, fused, search.moment)
    ranking = reranked(caller, search, found.pool, ranking, deadline)
    with stage("results"):
        listing = Listing.of(found.pool.number, ranking.score, ranking.order)
        chosen = selected(caller, search, found, listing, vectors=task.vectors)
        places = passages_of(caller, search, parts, found.pool, chosen.shown)
        results = [_result(found, ranking, chosen, number, places.get(number)) for number in chosen.shown]
        best = results[0].known if results else None
        verdict = decided(decide(fused), best, list(chosen.listing.cuts.values()), list(left_out))
    explanation = None
    if search.explain:
        explanation = explained(Evidence(caller, search, parts, found, fused, ranking, chosen, verdict))
    with stage("trace"):
        trace_id, behind = clock.new_id(task.moment), chosen.rest(PAGED, _SCORE_DIGITS)
        lines = [result_line(result) for result in results]
        receipt = Receipt(trace_id, task.moment, verdict.decision, lines, behind, left_out)
        trace_write(caller, task.search, receipt, last=task.last)
    cursor = cursor_sealed(caller, trace_id, 0) if behind.numbers else None
    return Recalled(trace_id, verdict, results, cursor, left_out, chosen.tokens, explanation)


def _timed(search: Search, moment: datetime) -> Search:
    return search if search.asked_at else replace(search, asked_at=moment)


def _result(found: Found, ranking: Ranked, chosen: Selected, number: int, passage: Window | None) -> Result:
    row = row_of(found.pool, number)
    return Result(
        known=chosen.known[number],
        score=round(chosen.score[number], _SCORE_DIGITS),
        channels=channels_of(found, chosen, number),
        signals={} if row is None else _signals(ranking, row),
        vector=chosen.vectors.get(number),
        path=path_of(found, number),
        passage=passage,
        others=[chosen.known[other] for other in chosen.listing.likes.get(number, ()) if other in chosen.known],
    )


def _signals(ranking: Ranked, row: int) -> dict[str, float]:
    return {name: float(column[row]) for name, column in ranking.signals.items() if column[row]}


def result_line(result: Result) -> dict[str, object]:
    """What the trace keeps of a result."""
    signals = {name: round(value, _SCORE_DIGITS) for name, value in result.signals.items()}
    line: dict[str, object] = {"id": result.memory.grain.id, "score": result.score, "signals": signals}
    return {**line, "path": [{**step_shown(step), "key": step.key} for step in result.path]} if result.path else line

"""Feedback that teaches: verdicts on a recall's results change the graph in the transaction that records them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError

import clock
from accounts.door import Caller, tenant
from accounts.namespace_settings import setting_of
from embedding import embed
from grains.identity import term_keys
from learning import credit, stakes
from learning.constants import MOST_HELPED, MOST_MISLED
from learning.entries import wording_key
from learning.shortcuts import shortcuts_statements
from learning.stakes import Asked as Entries
from learning.switches import LEARNING, REPUTATION, SHORTCUTS
from retrieval.arrays import Statement, pipelined
from retrieval.errors import NotInTrace
from retrieval.search import Search
from retrieval.services.feedback import Asked, Verdict, asked_of, asked_statements, ratings_statements
from retrieval.services.reputation import Rated, outcome_statement, source_statements
from retrieval.understanding import understood

VOICES_SQL = """
INSERT INTO learning_voice (namespace_id, actor, target, helped, misled)
SELECT %s, %s, target, helped, misled
FROM unnest(%s::bigint[], %s::float8[], %s::float8[]) AS new (target, helped, misled)
ON CONFLICT (namespace_id, target, actor) DO UPDATE SET helped = excluded.helped, misled = excluded.misled
"""


# The memories, each with the caller's voice on it so far. In order, so that two verdicts never wait for one another.
RATED_SQL = """
SELECT grain.id, grain.number, grain.provenance::text, grain.author::text, grain.agent::text,
    coalesce(voice.helped, 0), coalesce(voice.misled, 0)
FROM grains_grain AS grain
LEFT JOIN learning_voice AS voice
  ON voice.namespace_id = grain.namespace_id AND voice.target = grain.number AND voice.actor = %s
WHERE grain.namespace_id = %s AND grain.id = ANY(%s) ORDER BY grain.number
"""


class Memory(NamedTuple):
    """What feedback needs of a grain, and the caller's voice on it so far."""

    id: UUID
    number: int
    provenance: str
    author: str
    agent: str
    helped: float
    misled: float


@dataclass(frozen=True, slots=True)
class Change:
    """What a caller says of a grain now, and what it had said of it before for the same recall."""

    grain: Memory
    before: Verdict | None
    after: Verdict

    @property
    def worth(self) -> float:
        """By how much the worth of the verdict changes, -2 to 2; 0 when it only says the same again."""
        origin = self.grain.provenance
        return credit.worth(self.after, origin) - credit.worth(self.before, origin)


def feedback_give(
    *, caller: Caller, trace_id: UUID, verdicts: Sequence[Verdict], now: datetime | None = None
) -> list[Change]:
    """Record verdicts on results of a recall, all or none, and learn from them: in force when this returns.

    Saying the same again changes nothing; a later verdict of a caller replaces its earlier one with what it taught.
    Raises UnknownTrace, and NotInTrace for a grain that the recall did not return or that was forgotten since.
    """
    try:
        with tenant(caller, rides=True):
            return _given(caller, trace_id, verdicts, now or clock.now())
    except IntegrityError as error:  # the recall returned it, and it is being forgotten
        raise NotInTrace("A rated memory has been forgotten.", field="grain_id") from error


def _given(caller: Caller, trace_id: UUID, verdicts: Sequence[Verdict], now: datetime) -> list[Change]:
    """Four trips: what there is, what the question was, what is at stake, and everything that changes."""
    last = {verdict.grain_id: verdict for verdict in verdicts}
    own = caller.namespace_id
    rated: Statement = (RATED_SQL, [caller.subject, own, list(last)])
    _, *rows, memories = pipelined([(stakes.LOCK_SQL, [own]), *asked_statements(caller, trace_id), rated])
    asked = asked_of(trace_id, *rows)
    written = ratings_statements(caller=caller, trace_id=trace_id, asked=asked, verdicts=verdicts, now=now)
    if len(memories) < len(last):
        raise NotInTrace("A rated memory has been forgotten.", field="grain_id")
    before = {id_: verdict for id_, (verdict, _) in asked.said.items()}
    changes = [Change(one, before.get(one.id), last[one.id]) for one in (Memory(*row) for row in memories)]
    if setting_of(own, REPUTATION):  # before the entries, as the job that counts uses: neither waits for the other
        written += _counted(caller, changes, now)
    if setting_of(own, LEARNING):
        written += _learned(caller, asked.query, changes, now) + _paired(caller, asked, changes, now)
    pipelined(written, last=True)
    return changes


def _learned(caller: Caller, query: str, changes: Sequence[Change], now: datetime) -> list[Statement]:
    worths = {change.grain.number: change.worth for change in changes if change.worth}
    if not worths:
        return []
    entries = _entries(caller, query)
    held = stakes.stakes_held(caller.namespace_id, entries, worths, now)
    return stakes.stakes_statements(caller, entries, stakes.stakes_changed(held, entries, caller.subject, worths), now)


def _entries(caller: Caller, query: str) -> Entries:
    """The recall's question as entries: understood and embedded as it was for the recall."""
    question, _ = understood(caller, Search(query))
    (vector,) = embed([question.embedded], scope=str(caller.namespace_id), operation="query")
    key = wording_key(caller.namespace_id, query)
    return Entries(key, vector, term_keys(caller.namespace_id, question.terms))


def _paired(caller: Caller, asked: Asked, changes: Sequence[Change], now: datetime) -> list[Statement]:
    """Grains that this recall's verdicts call useful together."""
    if not setting_of(caller.namespace_id, SHORTCUTS):
        return []
    useful = {change.grain.number for change in changes if change.after.useful}
    praised = {change.grain.number for change in changes if change.after.useful and not _praised(change.before)}
    taken_back = {change.grain.number for change in changes if not change.after.useful and _praised(change.before)}
    if not praised | taken_back:
        return []
    named = {change.grain.id for change in changes}
    useful |= {number for id_, (verdict, number) in asked.said.items() if verdict.useful and id_ not in named}
    return shortcuts_statements(caller.namespace_id, useful, praised, taken_back, now)


def _praised(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.useful


def _counted(caller: Caller, changes: Sequence[Change], now: datetime) -> list[Statement]:
    """What the verdicts say of the memories themselves and of their sources, as far as the caller's voice reaches."""
    voiced = [(change.grain, *_voiced(change)) for change in changes]
    moved = [(one, helped, misled) for one, helped, misled in voiced if (helped, misled) != (one.helped, one.misled)]
    if not moved:
        return []
    rated = [Rated(one, helped - one.helped, misled - one.misled) for one, helped, misled in moved]
    columns = [[one.number for one, *_ in moved], [helped for _, helped, _ in moved], [misled for *_, misled in moved]]
    return [
        (VOICES_SQL, [caller.namespace_id, caller.subject, *columns]),
        outcome_statement(caller=caller, rated=rated),
        *source_statements(caller=caller, rated=rated, now=now),
    ]


def _voiced(change: Change) -> tuple[float, float]:
    """A caller's voice (helped, misled) after a change, within its bounds."""
    (helped_before, misled_before), (helped, misled) = credit.outcome(change.before), credit.outcome(change.after)
    return (
        min(max(change.grain.helped + helped - helped_before, 0.0), MOST_HELPED),
        min(max(change.grain.misled + misled - misled_before, 0.0), MOST_MISLED),
    )

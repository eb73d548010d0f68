"""Feedback that teaches: verdicts on a recall's results change the graph in the transaction that records them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import clock
from accounts.door import Caller, tenant
from accounts.namespace_settings import setting_of
from embedding import embed
from grains.identity import term_keys
from grains.models import Grain
from learning import credit, stakes
from learning.constants import MOST_HELPED, MOST_MISLED
from learning.entries import wording_key
from learning.models import Voice
from learning.shortcuts import shortcuts_count, shortcuts_discount
from learning.stakes import Asked
from learning.switches import LEARNING, REPUTATION, SHORTCUTS
from retrieval.arrays import pipelined
from retrieval.models import Rating, Trace
from retrieval.search import Search
from retrieval.services.feedback import Verdict, feedback_record
from retrieval.services.reputation import Rated, outcome_rated, source_rated
from retrieval.understanding import understood

VOICES_SQL = """
INSERT INTO learning_voice (namespace_id, actor, target, helped, misled)
SELECT %s, %s, target, helped, misled
FROM unnest(%s::bigint[], %s::float8[], %s::float8[]) AS new (target, helped, misled)
ON CONFLICT (namespace_id, target, actor) DO UPDATE SET helped = excluded.helped, misled = excluded.misled
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What a caller says of a grain now, and what it had said of it before for the same recall."""

    grain: Grain
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
    moment = now or clock.now()
    with tenant(caller):
        pipelined([(stakes.LOCK_SQL, [caller.namespace_id])])
        said = _said(caller, trace_id)
        trace = feedback_record(caller=caller, trace_id=trace_id, verdicts=verdicts, now=moment)
        changes = _changes(caller, verdicts, said)
        if setting_of(caller.namespace_id, LEARNING):
            _learn(caller, trace, changes, moment)
            _pair(caller, said, changes, moment)
        if setting_of(caller.namespace_id, REPUTATION):
            _count(caller, changes, moment)
    return changes


def _said(caller: Caller, trace_id: UUID) -> dict[UUID, Verdict]:
    """The caller's verdicts on this recall so far."""
    ratings = Rating.objects.filter(namespace_id=caller.namespace_id, trace_id=trace_id, actor=caller.subject)
    return {one.grain_id: Verdict(one.grain_id, one.useful, one.strength) for one in ratings}


def _changes(caller: Caller, verdicts: Sequence[Verdict], said: Mapping[UUID, Verdict]) -> list[Change]:
    last = {verdict.grain_id: verdict for verdict in verdicts}
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=last).order_by("number")
    grains = mine.only("id", "number", "provenance", "author", "agent")  # all that anybody asks of it here
    return [Change(grain, said.get(grain.id), last[grain.id]) for grain in grains]


def _learn(caller: Caller, trace: Trace, changes: Sequence[Change], now: datetime) -> None:
    worths = {change.grain.number: change.worth for change in changes if change.worth}
    if not worths:
        return
    asked = _asked(caller, trace)
    held = stakes.stakes_held(caller.namespace_id, asked, worths, now)
    stakes.stakes_write(caller, asked, stakes.stakes_changed(held, asked, caller.subject, worths), now)


def _asked(caller: Caller, trace: Trace) -> Asked:
    """The recall's question as entries: understood and embedded as it was for the recall."""
    question, _ = understood(caller, Search(trace.query))
    (vector,) = embed([question.embedded], scope=str(caller.namespace_id), operation="query")
    key = wording_key(caller.namespace_id, trace.query)
    return Asked(key, vector, term_keys(caller.namespace_id, question.terms))


def _pair(caller: Caller, said: Mapping[UUID, Verdict], changes: Sequence[Change], now: datetime) -> None:
    """Grains that this recall's verdicts call useful together."""
    if not setting_of(caller.namespace_id, SHORTCUTS):
        return
    useful = {change.grain.number for change in changes if change.after.useful}
    praised = {change.grain.number for change in changes if change.after.useful and not _praised(change.before)}
    taken_back = {change.grain.number for change in changes if not change.after.useful and _praised(change.before)}
    if not praised | taken_back:
        return
    others = [id_ for id_, verdict in said.items() if verdict.useful and id_ not in {c.grain.id for c in changes}]
    useful |= set(
        Grain.objects.filter(namespace_id=caller.namespace_id, id__in=others).values_list("number", flat=True)
    )
    shortcuts_count(caller.namespace_id, useful, praised, now)
    shortcuts_discount(caller.namespace_id, useful, taken_back)


def _praised(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.useful


def _count(caller: Caller, changes: Sequence[Change], now: datetime) -> None:
    """What the verdicts say of the memories themselves and of their sources, as far as the caller's voice reaches."""
    numbers = [change.grain.number for change in changes]
    own = {"namespace_id": caller.namespace_id, "actor": caller.subject}
    heard = {voice.target: voice for voice in Voice.objects.filter(**own, target__in=numbers)}
    voices, rated = [], []
    for change in changes:
        voice = heard.get(change.grain.number) or Voice(**own, target=change.grain.number)
        one = _voiced(voice, change)
        if one.helped or one.misled:
            voices.append(voice)
            rated.append(one)
    if rated:
        columns = [[voice.target for voice in voices], [v.helped for v in voices], [v.misled for v in voices]]
        pipelined([(VOICES_SQL, [caller.namespace_id, caller.subject, *columns])])
        outcome_rated(caller=caller, rated=rated)
        source_rated(caller=caller, rated=rated, now=now)


def _voiced(voice: Voice, change: Change) -> Rated:
    """Move a caller's voice by a change, within its bounds; what it moved by."""
    (helped_before, misled_before), (helped, misled) = credit.outcome(change.before), credit.outcome(change.after)
    was_helped, was_misled = voice.helped, voice.misled
    voice.helped = min(max(was_helped + helped - helped_before, 0.0), MOST_HELPED)
    voice.misled = min(max(was_misled + misled - misled_before, 0.0), MOST_MISLED)
    return Rated(change.grain, voice.helped - was_helped, voice.misled - was_misled)

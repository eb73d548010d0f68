"""Examining a memory: which older ones it speaks against, and what is to become of each pair. Writes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from accounts.door import Caller
from learning.contradiction.candidates import Statement, nearest, statement_of
from learning.contradiction.claims import claims_of
from learning.contradiction.comparing import Comparison, Relation, compare
from learning.contradiction.deciding import Decision, decide, one_speaker

# A language model's opinion of (older, newer), or None when it has none.
Judge = Callable[[str, str], Relation | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A pair of memories that do not go together."""

    older: Statement
    newer: Statement
    comparison: Comparison
    decision: Decision
    decided_by: str = "rules"


def examined(caller: Caller, id_: UUID) -> list[Finding]:
    """What the rules find about a memory and those near to it, inside the open door."""
    this = statement_of(caller, id_)
    if this is None or not claims_of(this.content):
        return []
    pairs = ((min(this, other, key=_order), max(this, other, key=_order)) for other in nearest(caller, this))
    findings = (_finding(older, newer) for older, newer in pairs)
    return [found for found in findings if found.decision != Decision.NOTHING]


def judged(finding: Finding, judge: Judge) -> Finding | None:
    """A pair that the rules leave open, after a language model was asked; None when it sees no contradiction.

    It may find an update where sources and contexts would let one be found by rules, and never more than that: a
    memory is text from outside, and what it says may have been written for the model.
    """
    if finding.decision != Decision.REVIEW or (
        finding.comparison.relation == Relation.UPDATE and finding.comparison.sure
    ):
        return finding
    relation = judge(finding.older.content, finding.newer.content)
    if relation is None:
        return finding
    if relation in {Relation.NONE, Relation.SAME}:
        return None
    comparison = Comparison(relation, sure=relation == Relation.UPDATE, rule=f"model_{finding.comparison.rule}"[:32])
    return replace(
        finding,
        comparison=comparison,
        decision=decide(comparison, finding.older.side, finding.newer.side),
        decided_by="model",
    )


def wants_judge(findings: Sequence[Finding]) -> bool:
    """Whether a language model could help with any of them."""
    return any(found.decision == Decision.REVIEW for found in findings)


def _order(statement: Statement) -> tuple[object, int]:
    return statement.since, statement.grain.number


def _finding(older: Statement, newer: Statement) -> Finding:
    comparison = compare(older.content, newer.content, one_speaker=one_speaker(older.side, newer.side))
    return Finding(older, newer, comparison, decide(comparison, older.side, newer.side))

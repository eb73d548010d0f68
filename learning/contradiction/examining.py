"""Examining a memory: which older ones it speaks against, and what is to become of each pair. Writes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from accounts.door import Caller
from learning.contradiction.candidates import Statement, nearest, statement_of
from learning.contradiction.claims import claims_of
from learning.contradiction.comparing import Comparison, Relation, compare
from learning.contradiction.deciding import Decision, decide, one_speaker

ALIKE = 0.82  # Flux's cosine from which its judge was asked

# A language model's opinion of (older, newer), or None when it has none.
Judge = Callable[[str, str], Relation | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A pair of memories that do not go together, or that say the same."""

    older: Statement
    newer: Statement
    comparison: Comparison
    decision: Decision
    decided_by: str = "rules"

    @property
    def agrees(self) -> bool:
        """Whether the two say the same: then they go together, and support each other."""
        return self.comparison.relation == Relation.SAME


def examined(caller: Caller, id_: UUID, *, to_judge: bool = False) -> list[Finding]:
    """What the rules find about a memory and those near to it, inside the open door.

    With `to_judge` also the pairs that are so alike that a language model is to be asked, whatever the rules say.
    """
    this = statement_of(caller, id_)
    if this is None or not (to_judge or claims_of(this.content)):
        return []
    found = []
    for other, cosine in nearest(caller, this):
        finding = _finding(min(this, other, key=_order), max(this, other, key=_order))
        alike = to_judge and cosine >= ALIKE and finding.comparison.relation == Relation.NONE
        if finding.decision != Decision.NOTHING or finding.agrees or alike:
            found.append(finding)
    return found


def judged(finding: Finding, judge: Judge) -> Finding | None:
    """A pair that the rules leave open, after a language model was asked; None when it sees no contradiction.

    Where the rules see one too, it may find an update, which wins as if they had found it. Where they see none, a
    person has the last word: a memory is text from outside, and may have been written for the model.
    """
    relation = judge(finding.older.content, finding.newer.content)
    seen = finding.comparison.relation != Relation.NONE
    if relation is None:
        return finding if seen else None
    if relation in {Relation.NONE, Relation.SAME}:
        return None
    sure = seen and relation == Relation.UPDATE
    comparison = Comparison(relation, sure=sure, rule=f"model_{finding.comparison.rule}"[:32].rstrip("_"))
    decision = decide(comparison, finding.older.side, finding.newer.side)
    return replace(finding, comparison=comparison, decision=decision, decided_by="model")


def _order(statement: Statement) -> tuple[object, int]:
    return statement.since, statement.grain.number


def _finding(older: Statement, newer: Statement) -> Finding:
    comparison = compare(older.content, newer.content, one_speaker=one_speaker(older.side, newer.side))
    return Finding(older, newer, comparison, decide(comparison, older.side, newer.side))

"""What to do about a pair: nothing, ask a person, or let the newer one take the older one's place.

Nothing is silenced by being contradicted: while a person is asked, both memories are recalled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from grains.models import Provenance
from learning.contradiction.comparing import Comparison, Relation
from retrieval.trust import ORIGIN

LESS_SURE = (
    0.25  # by so much less confident than the older one, and the newer one decides nothing (a confirmation's worth)
)


class Decision(StrEnum):
    """What becomes of a pair without anybody being asked."""

    NOTHING = "nothing"
    REVIEW = "review"
    SUPERSEDE = "supersede"


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one memory of a pair, beside its words."""

    provenance: str
    confidence: float = 1.0
    confirmed: int = 0
    agent: str = ""
    user: str = ""
    author: str = ""
    tags: Sequence[str] = ()

    @property
    def origin(self) -> float:
        """How far its provenance alone is believed."""
        return ORIGIN[Provenance(self.provenance)]


def comparable(older: Side, newer: Side) -> bool:
    """Whether two memories can be about the same thing: those about two users never are."""
    return older.user == newer.user


def one_speaker(older: Side, newer: Side) -> bool:
    """Whether "I" means the same person in both."""
    return older.author == newer.author


def decide(found: Comparison, older: Side, newer: Side) -> Decision:
    """Rules alone. A sure update wins when its source is at least as good, the contexts agree, and nobody has confirmed
    the older memory. A bare contradiction wins only over what was merely inferred: one negated sentence is no proof.
    """
    if found.relation not in {Relation.UPDATE, Relation.CONFLICT} or not comparable(older, newer):
        return Decision.NOTHING
    if older.confirmed or not _one_context(older, newer) or newer.confidence < older.confidence - LESS_SURE:
        return Decision.REVIEW
    if found.relation == Relation.UPDATE and found.sure and newer.origin >= older.origin:
        return Decision.SUPERSEDE
    merely_inferred = older.provenance == Provenance.AI_INFERRED and newer.origin > ORIGIN[Provenance.AI_STATED]
    if found.rule == "opposite" and merely_inferred:
        return Decision.SUPERSEDE
    return Decision.REVIEW


def _one_context(older: Side, newer: Side) -> bool:
    """Whether agents and tags let both be about one thing: "the port is 8080" holds in one project."""
    agents = {older.agent, newer.agent} - {""}
    return len(agents) < 2 and (not older.tags or not newer.tags or bool(set(older.tags) & set(newer.tags)))

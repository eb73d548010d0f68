"""Flux's ratings: each is recorded or skipped by itself, never refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.door import Caller
from learning.services.feedback import feedback_give
from retrieval.dialects.flux import effective_signal
from retrieval.errors import NotInTrace, UnknownTrace
from retrieval.services.feedback import Verdict


@dataclass(frozen=True, slots=True)
class Rating:
    """One rating as it comes in; ids are any text."""

    trace_id: str
    grain_id: str
    useful: bool
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Rated:
    """What became of a rating: reinforced, penalized or skipped, and what it weighs, -1 to 1."""

    trace_id: str
    grain_id: str
    action: str
    signal: float


def ratings_record(*, caller: Caller, ratings: Sequence[Rating]) -> list[Rated]:
    """Record the ratings one by one; those of unknown recalls or grains are skipped."""
    return [_record(caller, rating) for rating in ratings]


def _record(caller: Caller, rating: Rating) -> Rated:
    try:
        trace, grain = UUID(rating.trace_id), UUID(rating.grain_id)
        verdict = Verdict(grain, rating.useful, rating.strength)
        (change,) = feedback_give(caller=caller, trace_id=trace, verdicts=[verdict])
    except (ValueError, UnknownTrace, NotInTrace):
        return Rated(rating.trace_id, rating.grain_id, "skipped", 0.0)
    signal = effective_signal(useful=rating.useful, strength=rating.strength, provenance=change.grain.provenance)
    return Rated(rating.trace_id, rating.grain_id, "reinforced" if rating.useful else "penalized", signal)

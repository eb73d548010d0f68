"""Flux's ratings: each is recorded or skipped by itself, never refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
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
    """Record the ratings, in order; those of unknown recalls or grains are skipped.

    Those of one recall in a row are recorded at once, unless one of them cannot be.
    """
    recorded: list[Rated] = []
    for trace, some in groupby(ratings, key=lambda one: one.trace_id):
        recorded += _recorded(caller, trace, list(some))
    return recorded


def _recorded(caller: Caller, trace: str, ratings: Sequence[Rating]) -> list[Rated]:
    try:
        verdicts = [Verdict(UUID(one.grain_id), one.useful, one.strength) for one in ratings]
        changes = feedback_give(caller=caller, trace_id=UUID(trace), verdicts=verdicts)
    except (ValueError, UnknownTrace, NotInTrace):
        if len(ratings) == 1:
            return [Rated(trace, ratings[0].grain_id, "skipped", 0.0)]
        return [rated for one in ratings for rated in _recorded(caller, trace, [one])]
    origins = {change.grain.id: change.grain.provenance for change in changes}
    return [_rated(one, origins[verdict.grain_id]) for one, verdict in zip(ratings, verdicts, strict=True)]


def _rated(rating: Rating, provenance: str) -> Rated:
    signal = effective_signal(useful=rating.useful, strength=rating.strength, provenance=provenance)
    return Rated(rating.trace_id, rating.grain_id, "reinforced" if rating.useful else "penalized", signal)

"""Near repeats: which of many texts says all that another one says. Pure but for the clock's ticks; no database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from grains.models import Provenance
from text.facts import Said, covers

BLOCK = 1000  # rows that are held against all others at once: 40 MB at 10,000
MOST_NEAR = 32  # neighbours of one memory that are looked at, the nearest
TRUST = [Provenance.USER_STATED, Provenance.EXTERNAL_SOURCE, Provenance.AI_STATED, Provenance.AI_INFERRED]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A memory as it is held against others of the same agent, user and author."""

    id: UUID
    number: int
    version: int
    said: Said
    tags: frozenset[str]
    memory_type: str
    provenance: str
    confidence: float
    importance: float
    updated_at: datetime
    holds: tuple[datetime | None, datetime | None]
    day: date | None

    @property
    def rank(self) -> tuple[object, ...]:
        """Ascending: who says most, is best founded, and was touched last comes first (memoryOSS's order)."""
        return (
            -len(self.said.words),
            TRUST.index(Provenance(self.provenance)),
            -self.confidence,
            -self.updated_at.timestamp(),
            -len(self.tags),
            self.number,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A memory and those that may go because it says all they say, with their cosines to it."""

    kept: Candidate
    merged: Sequence[Candidate]
    cosines: Sequence[float]


def near_pairs(
    vectors: NDArray[np.float32], threshold: float, tick: Callable[[], None]
) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows, each once, whose cosine is at least `threshold`; at most MOST_NEAR a row. Rows have length 1.

    `tick` is called before each block.
    """
    for start in range(0, len(vectors), BLOCK):
        tick()
        cosines = vectors[start : start + BLOCK] @ vectors[: start + BLOCK].T
        for row in range(len(cosines)):
            own = cosines[row, : start + row]
            near = np.flatnonzero(own >= threshold)
            for column in near[np.argsort(-own[near])][:MOST_NEAR]:
                yield start + row, int(column), float(own[column])


def replaceable(kept: Candidate, dropped: Candidate) -> bool:
    """Whether nothing is lost when `kept` stands for `dropped`: neither words, nor a tag, a date, or standing."""
    return (
        covers(kept.said, dropped.said)
        and dropped.tags <= kept.tags
        and dropped.memory_type == kept.memory_type
        and dropped.holds == kept.holds
        and (dropped.day is None or dropped.day == kept.day)
        and TRUST.index(Provenance(kept.provenance)) <= TRUST.index(Provenance(dropped.provenance))
    )


def grouped(candidates: Sequence[Candidate], pairs: Sequence[tuple[int, int, float]]) -> list[Group]:
    """Groups of memories that one of them can stand for; each memory is in one at most. Best keepers first."""
    near: dict[int, list[tuple[int, float]]] = {}
    for one, other, cosine in pairs:
        near.setdefault(one, []).append((other, cosine))
        near.setdefault(other, []).append((one, cosine))
    taken: set[int] = set()
    groups = []
    for row in sorted(near, key=lambda row: candidates[row].rank):
        if row in taken:
            continue
        free = [(other, cosine) for other, cosine in sorted(near[row]) if other not in taken]
        goes = [(other, cosine) for other, cosine in free if replaceable(candidates[row], candidates[other])]
        if goes:
            taken |= {row, *(other for other, _ in goes)}
            groups.append(
                Group(candidates[row], [candidates[other] for other, _ in goes], [cosine for _, cosine in goes])
            )
    return groups

"""BM25 over postings, exact for the grains whose postings are given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Saturation and length normalisation; b this low suits texts from one line to one page.
# Measured on LoCoMo (k1 1.2, b .75 against these: recall@10 .607, .613); b .75 was never better on BEAM dev either.
K1, B = 0.9, 0.4

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
_GRAIN = 30  # bits behind the grain
_TF = 15
_LOW = 0x7FFF  # of a smallint that is never negative


@dataclass(frozen=True, slots=True)
class Postings:
    """One term's postings, each grain at most once.

    `frequency` is the number of grains with the term in the namespace (at least len(packed); more when only a
    part was read).
    """

    packed: Numbers  # grain << 30 | tf << 15 | the grain's length in terms: the database sends one array, not three
    frequency: int
    exact: bool = False  # the question's author would not have paraphrased it (Question.exact)

    @property
    def grains(self) -> Numbers:
        """Whose they are."""
        return self.packed >> _GRAIN


def packed(grains: NDArray[np.integer], tf: NDArray[np.integer], size: NDArray[np.integer]) -> Numbers:
    """Postings as the statements send them; grains' numbers below 2**33."""
    return (grains.astype(np.int64) << _GRAIN) | (tf.astype(np.int64) << _TF) | size.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Lexical:
    """What words say of grains, one row a grain, ascending by number.

    `held` is the share of the question's idf mass that the grain has, `exact` the same of its exact terms alone;
    both 0 to 1.
    """

    grains: Numbers
    bm25: Floats  # > 0
    held: Floats
    exact: Floats
    parts: "Parts | None" = None  # what bm25 is the sum of; None without postings


@dataclass(frozen=True, slots=True)
class Parts:
    """What each posting adds to the BM25 of its grain: equal-length columns."""

    row: NDArray[np.intp]  # of the grain, in Lexical
    term: NDArray[np.intp]  # counted from 0
    value: Floats

    def among(self, rows: NDArray[np.intp], at: NDArray[np.intp], total: int) -> Floats:
        """What each term adds, a column a term, for `total` grains; `at` is where those of `rows` stand there."""
        place = np.full(int(self.row.max()) + 1, -1)
        place[rows] = at
        wanted = place[self.row]
        known = wanted >= 0
        matrix = np.zeros((total, int(self.term.max()) + 1))
        matrix[wanted[known], self.term[known]] = self.value[known]
        return matrix


def idf(total: int, frequency: int) -> float:
    """Inverse document frequency, > 0; `total` may be stale and below `frequency`."""
    total = max(total, frequency, 1)
    return float(np.log1p((total - frequency + 0.5) / (frequency + 0.5)))


def bm25(postings: Sequence[Postings], total: int, mean_size: float) -> Lexical:
    """BM25 of every grain in the postings of a question's terms.

    One Postings a term; absent terms (no grains, frequency 0) too: they are mass that nobody holds. `total` and
    `mean_size` are of the namespace and may be slightly stale.
    """
    lengths = [len(term.packed) for term in postings]
    if not sum(lengths):
        return Lexical(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
    weights = np.array([idf(total, term.frequency) for term in postings])
    idfs = np.repeat(weights, lengths)
    read = np.concatenate([term.packed for term in postings])
    tf, size = (read >> _TF) & _LOW, read & _LOW
    value = idfs * tf * (K1 + 1) / (tf + K1 * (1 - B + B * size / max(mean_size, 1.0)))
    grains, place = np.unique(read >> _GRAIN, return_inverse=True)
    held = np.minimum(np.bincount(place, idfs) / weights.sum(), 1.0)
    summed = np.asarray(np.bincount(place, value), np.float64)
    parts = Parts(place, np.repeat(np.arange(len(lengths)), lengths), value)
    return Lexical(grains, summed, held, _exact(postings, weights, place), parts)


def _exact(postings: Sequence[Postings], weights: Floats, place: NDArray[np.intp]) -> Floats:
    """Each grain's share of the exact terms' idf mass; 0 when the question has none."""
    chosen = weights * np.array([term.exact for term in postings])
    mass = float(chosen.sum())
    if not mass:
        return np.zeros(int(place.max()) + 1)
    share = np.bincount(place, np.repeat(chosen, [len(term.packed) for term in postings])) / mass
    return np.minimum(share, 1.0)

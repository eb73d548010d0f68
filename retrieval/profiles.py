"""Named scorings over the same candidates: ours, and those of the three seeds, as far as they make sense.

Pure functions of columns: numbers in, numbers out. A seed's score is its own (relative to the pool in memoryOSS),
so only Garner's is absolute; the decision to inject rests on Garner's ranking whatever the profile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion.pool import Floats


class Profile(StrEnum):
    """Whose formula ranks."""

    GARNER = "garner"
    MEMORYOSS = "memoryoss"
    MEMEX = "memex"
    FLUX = "flux"


@dataclass(frozen=True, slots=True)
class ChannelWeights:
    """memoryOSS's weights of its channels, 0 to 1 each."""

    vector: float = 0.30
    fts: float = 0.30
    exact: float = 0.25
    recency: float = 0.15


@dataclass(frozen=True, slots=True)
class Candidates:
    """n candidates as columns of equal length."""

    cosine: Floats  # -1 to 1
    bm25: Floats  # >= 0
    held: Floats  # share of the question's idf mass, 0 to 1
    exact: Floats  # the same of its exact terms, 0 to 1
    age_days: Floats  # >= 0
    confidence: Floats  # 0 to 1
    importance: Floats  # 0 to 2


IMPORTANCE_SHARE = 0.1  # chosen: importance moves a score by a tenth at the most, whatever the profile
NOISE_COSINE, NOISE_BM25 = 0.25, 1.0  # memoryOSS: what a channel must exceed to count
FEW = 3  # hits from which a channel is scaled by its best
TRUST_FLOOR = 0.6  # memoryOSS: what a memory without any trust keeps
RECENCY_HOURS = 168.0  # memoryOSS: after a week recency counts half
WALK = "graph"  # the channel that walks the conduits for Flux's profile
# Flux's vector fallback: the confidence of the walk below which it is needed, how many it brings, and what part of
# their cosines counts.
UNSURE, FALLBACK, FALLBACK_SHARE = 0.25, 10, 0.5


def memoryoss(found: Candidates, weights: ChannelWeights) -> dict[str, Floats]:
    """memoryOSS 0.1: weighted channels, scaled within the pool, times trust.

    Left out: the idf boost (one scalar for all candidates cannot prefer any) and the query cache.
    """
    parts = {
        "vector": weights.vector * _scaled(found.cosine, NOISE_COSINE),
        "fts": weights.fts * _scaled(found.bm25, NOISE_BM25),
        "exact": weights.exact * _of_best(found.exact),
        "recency": weights.recency / (1 + found.age_days * 24 / RECENCY_HOURS),
    }
    factor = _factor(Profile.MEMORYOSS, found)
    return {name: np.asarray(part * factor, np.float64) for name, part in parts.items()}


def memex(found: Candidates, alpha: float, half_life_days: float) -> dict[str, Floats]:
    """memex: alpha of the cosine, the rest of a recency that halves every `half_life_days`."""
    factor = _factor(Profile.MEMEX, found)
    return {
        "vector": np.asarray(alpha * found.cosine * factor, np.float64),
        "recency": np.asarray((1 - alpha) * 0.5 ** (found.age_days / half_life_days) * factor, np.float64),
    }


def flux(found: Candidates, signal: Floats, sure: float) -> dict[str, Floats]:
    """Flux's pure-graph mode: `signal` (0 to 1) is what the walk along the conduits brought each candidate.

    Where the walk is not `sure` of its best (below UNSURE), the FALLBACK nearest count with half of their cosine,
    of which the larger wins. Times .5 + .5 of the grain's confidence. What has neither scores 0, and is no result.
    """
    factor = _factor(Profile.FLUX, found)
    nearest = np.argsort(-found.cosine, kind="stable")[:FALLBACK]
    fallback = np.zeros(len(signal))
    if sure < UNSURE:
        fallback[nearest] = FALLBACK_SHARE * np.maximum(found.cosine[nearest], 0.0)
    walked = signal >= fallback
    return {
        "graph": np.asarray(np.where(walked, signal, 0.0) * factor, np.float64),
        "fallback": np.asarray(np.where(walked, 0.0, fallback) * factor, np.float64),
    }


def factors(profile: Profile, found: Candidates) -> dict[str, Floats]:
    """What a seed's formula multiplies all its channels with, by name."""
    importance = importance_factor(found.importance)
    if profile == Profile.MEMORYOSS:
        return {"trust": TRUST_FLOOR + (1 - TRUST_FLOOR) * found.confidence, "importance": importance}
    if profile == Profile.FLUX:
        return {"confidence": 0.5 + 0.5 * found.confidence, "importance": importance}
    return {"importance": importance}


def _factor(profile: Profile, found: Candidates) -> Floats:
    return np.asarray(np.prod(list(factors(profile, found).values()), axis=0), np.float64)


def importance_factor(importance: Floats) -> Floats:
    """.9 to 1.1; 1 for a memory of importance 1."""
    return np.asarray(1 + IMPORTANCE_SHARE * (np.clip(importance, 0.0, 2.0) - 1), np.float64)


def total(parts: Mapping[str, Floats]) -> Floats:
    """The score, as the sum of its parts."""
    return np.asarray(np.sum(list(parts.values()), axis=0), np.float64)


def best_first(score: Floats, number: NDArray[np.integer]) -> NDArray[np.intp]:
    """Rows by falling score; of equals, the later memory first."""
    return np.lexsort((-number, -score))


def _scaled(values: Floats, noise: float) -> Floats:
    """A channel as memoryOSS scales it: what exceeds the noise, by the best; with few hits, raw or by the best."""
    hits = values > 0
    best = float(values.max(initial=0.0))
    if hits.sum() < FEW:
        return np.clip(values if noise == NOISE_COSINE else _of_best(values), 0.0, 1.0)
    if best <= noise:
        return np.zeros(len(values))
    return np.asarray(np.maximum(values - noise, 0.0) / max(best - noise, 0.01))


def _of_best(values: Floats) -> Floats:
    best = float(values.max(initial=0.0))
    return np.asarray(values / best) if best > 0 else np.zeros(len(values))

"""Metrics of rankings: recall@k, all@k, MRR, nDCG, bootstrap intervals, AUROC."""

import math
import random
from collections.abc import Collection, Iterable, Mapping, Sequence

CUTS = (1, 5, 10, 20, 50)
NDCG_CUT = 10
BOOTSTRAP_ROUNDS = 1_000

Row = Mapping[str, float]


def ranking_metrics(ranked: Sequence[str], relevant: Collection[str]) -> dict[str, float]:
    """Metrics of one ranking of ids, best first; a repeated id counts once, at its first place.

    recall@k is the share of `relevant` among the first k, all@10 whether all are there, mrr the reciprocal rank of
    the first. Raises ValueError when nothing is relevant.
    """
    wanted = set(relevant)
    if not wanted:
        raise ValueError("metrics need at least one relevant id")
    places = [place for place, found in enumerate(dict.fromkeys(ranked)) if found in wanted]
    recalls = {f"recall@{k}": sum(place < k for place in places) / len(wanted) for k in CUTS}
    return {
        **recalls,
        "all@10": float(recalls["recall@10"] == 1),
        "mrr": 1 / (places[0] + 1) if places else 0.0,
        f"ndcg@{NDCG_CUT}": _gain(place for place in places if place < NDCG_CUT)
        / _gain(range(min(NDCG_CUT, len(wanted)))),
    }


def mean(rows: Sequence[Row]) -> dict[str, float]:
    """The mean of each metric over rankings; empty for none."""
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]} if rows else {}


def interval(values: Sequence[float], *, seed: int = 1) -> tuple[float, float]:
    """95 % bootstrap interval of a mean; the same seed gives the same interval. Raises ValueError for no values."""
    if not values:
        raise ValueError("an interval needs at least one value")
    dice = random.Random(seed)  # noqa: S311 - resampling, nothing secret
    means = sorted(sum(dice.choices(values, k=len(values))) / len(values) for _ in range(BOOTSTRAP_ROUNDS))
    return means[int(BOOTSTRAP_ROUNDS * 0.025)], means[int(BOOTSTRAP_ROUNDS * 0.975)]


def difference(rows: Sequence[Row], base: Sequence[Row], metric: str) -> tuple[float, float, float]:
    """Mean difference of a metric, query by query, with its 95 % bootstrap interval: (mean, low, high).

    `rows` and `base` are of the same queries in the same order; pairing takes the queries' own spread out of it.
    """
    gaps = [row[metric] - other[metric] for row, other in zip(rows, base, strict=True)]
    low, high = interval(gaps)
    return sum(gaps) / len(gaps), low, high


def reliability(confidences: Sequence[float], hits: Sequence[bool], bins: int = 10) -> list[tuple[float, float, int]]:
    """The calibration curve: (mean confidence, share of hits, how many) of each equally wide bin that is not empty."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for confidence, hit in zip(confidences, hits, strict=True):
        filled.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, hit))
    return [
        (sum(c for c, _ in pairs) / len(pairs), sum(hit for _, hit in pairs) / len(pairs), len(pairs))
        for _, pairs in sorted(filled.items())
    ]


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Chance that one of `higher` is over one of `lower`, ties counting half; nan when either is empty."""
    if not higher or not lower:
        return math.nan
    over = sum((high > low) + 0.5 * (high == low) for high in higher for low in lower)
    return over / (len(higher) * len(lower))


def _gain(places: Iterable[int]) -> float:
    """Discounted gain of relevant ids at these places, 0 the first."""
    return sum(1 / math.log2(place + 2) for place in places)

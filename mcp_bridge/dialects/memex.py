"""memex's order of results: alpha of relevance, the rest of recency."""

from collections.abc import Sequence
from datetime import datetime

from retrieval.recall import Result

HALF_LIFE_DAYS = 30.0  # memex's RECENCY_DECAY_DAYS


def blended(results: Sequence[Result], *, alpha: float, now: datetime) -> list[tuple[Result, float]]:
    """The results with alpha * score + (1 - alpha) * 0.5 ** (age / 30 days), best first."""
    scored = [(one, alpha * one.score + (1 - alpha) * _recency(one, now)) for one in results]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


def _recency(result: Result, now: datetime) -> float:
    age = max(0.0, (now - result.memory.grain.created_at).total_seconds() / 86_400)
    return float(0.5 ** (age / HALF_LIFE_DAYS))

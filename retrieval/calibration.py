"""From a ranking to a promise: an absolute score for each memory, and whether to show them at all."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from retrieval.fusion.pool import Floats
from retrieval.fusion.ranking import Facts, Ranking

# Logistic regression on LoCoMo and BEAM dev: answerable questions against questions of other people's memories,
# sets weighted equally.
COSINE, COVERED, OFFSET = 14.7, 3.9, -6.7
GAP = 8.0  # logits lost per cosine unit behind the best memory
INJECT, EVIDENCE = 0.62, 0.40  # confidence from which memories are shown; from which more evidence may help
NEAR, FOUND = 0.45, 0.50  # cosine and covered that are named as a reason of their own


class Decision(StrEnum):
    """What to do with the memories found."""

    INJECT = "inject"
    NEED_MORE_EVIDENCE = "need_more_evidence"
    ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, its reasons (slugs), and the confidence it rests on, 0 to 1."""

    decision: Decision
    reasons: tuple[str, ...]
    confidence: float


def confidence(facts: Facts) -> float:
    """Probability that the namespace is about the question at all (not: that it holds the answer)."""
    return float(_logistic(COSINE * facts.cosine + COVERED * facts.covered + OFFSET))


def scores(ranking: Ranking) -> Floats:
    """An absolute score for each row of the pool, 0 to 1, in the order of the ranking.

    The best memory has the confidence of the whole recall, so noise scores low; the others fall with their distance.
    """
    if not len(ranking.score):
        return np.empty(0)
    facts = ranking.facts
    best = COSINE * facts.cosine + COVERED * facts.covered + OFFSET
    return np.asarray(_logistic(best - GAP * (ranking.score.max() - ranking.score)))


def decide(ranking: Ranking) -> Verdict:
    """Whether the ranking is worth injecting."""
    if not len(ranking.score):
        return Verdict(Decision.ABSTAIN, ("no_candidates",), 0.0)
    sure = confidence(ranking.facts)
    if sure >= INJECT:
        return Verdict(Decision.INJECT, _evidence(ranking.facts), sure)
    decision = Decision.NEED_MORE_EVIDENCE if sure >= EVIDENCE else Decision.ABSTAIN
    return Verdict(decision, _lacks(ranking.facts), sure)


def _evidence(facts: Facts) -> tuple[str, ...]:
    """What speaks for the memories; at least the sum of it, when neither alone does."""
    found = [("near_in_meaning", facts.cosine >= NEAR), ("words_found", facts.covered >= FOUND)]
    return tuple(reason for reason, holds in found if holds) or ("enough_together",)


def _lacks(facts: Facts) -> tuple[str, ...]:
    """What is missing; at least the sum of it, when neither alone is."""
    missing = [("nothing_near_in_meaning", facts.cosine < NEAR), ("words_missing", facts.covered < FOUND)]
    return tuple(reason for reason, holds in missing if holds) or ("too_little_together",)


def _logistic(logit: float | Floats) -> Any:
    return 1 / (1 + np.exp(-np.clip(logit, -60, 60)))

"""From a ranking to a promise: an absolute score for each memory, and whether to show them at all."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from retrieval.fusion.pool import Floats
from retrieval.fusion.ranking import Facts, Ranking

# Logistic regression on LoCoMo and BEAM dev, our own facts, namespaces of 3 to 60 facts of a few words, documentation:
# answerable questions against questions of other people's memories, kinds weighted equally. NAMED is held back (the fit
# says 6): every LoCoMo question names an author. Words are weighted more, and vectors less, than the fit says (3 and
# 22), for the sake of facts.
COSINE, COVERED, NAMED, OFFSET = 19.0, 5.0, 2.0, -1.9
# In a chat something is always near, and some turn has most words. The fit says -2.2; among facts 4.5 % of BEAM's
# questions are injected with it.
TALK = -1.8
# Lost among notes for names, numbers and codes of the question that no one memory has: a note names what it is about.
# A turn need not, the one before it did: among LoCoMo's turns -2 costs 2 % of the answerable questions.
# The fit says -4.5, which documentation's AUROC pays for (.990; .992 with -3, .994 without).
STRANGE = -3.0
# Among many memories the best is near by chance: logits lost with the logarithm of how many there are. Both ends are
# where the sets end; unknown counts as many.
SIZE, FEW, MANY = -1.1, 10, 1_000
COVERED_UNKNOWN = 0.45  # for a question without search terms; between answerable ones (.65) and others (.3)
# How fast the others fall, per cosine unit behind the best: of what the best is worth, one that is .1 behind is worth
# half, .2 a quarter, .4 a sixteenth. How often each answers, as a share of how often the best does (LoCoMo, BEAM, own
# facts): .3 to .6, .14 to .5, .06 to .12.
GAP = 7.0
# Confidence from which memories are shown: inject .92 / .98 / .95 of the answerable questions of LoCoMo / BEAM / own
# facts and .015 / .012 / .017 of the others; from EVIDENCE on, more evidence may tip it.
INJECT, EVIDENCE = 0.62, 0.38
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
    return float(1 / (1 + np.exp(-np.clip(sum(terms(facts).values()), -60, 60))))


def scores(ranking: Ranking) -> Floats:
    """An absolute score for each row of the pool, 0 to 1, in the order of the ranking.

    The best memory has the confidence of the whole recall, so noise scores low; the others have a share of it that
    falls with their distance, however sure the recall is of the best.
    """
    if not len(ranking.score):
        return np.empty(0)
    behind = ranking.score.max() - ranking.score
    return np.asarray(confidence(ranking.facts) * np.exp(-GAP * behind))


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
    found = [("near_in_meaning", facts.cosine >= NEAR), ("words_found", (facts.covered or 0.0) >= FOUND)]
    return tuple(reason for reason, holds in found if holds) or ("enough_together",)


def _lacks(facts: Facts) -> tuple[str, ...]:
    """What is missing; at least the sum of it, when neither alone is."""
    missing = [("nothing_near_in_meaning", facts.cosine < NEAR), ("words_missing", (facts.covered or 0.0) < FOUND)]
    return tuple(reason for reason, holds in missing if holds) or ("too_little_together",)


def terms(facts: Facts) -> dict[str, float]:
    """What the log-odds of the confidence are the sum of."""
    covered = COVERED_UNKNOWN if facts.covered is None else facts.covered
    return {
        "cosine": COSINE * facts.cosine,
        "covered": COVERED * covered,
        "named": NAMED * facts.named,
        "talk": TALK * facts.talk,
        "strange": STRANGE * (1 - facts.talk) * facts.strange,
        "size": SIZE * math.log(min(max(facts.memories or MANY, FEW), MANY)),
        "offset": OFFSET,
    }

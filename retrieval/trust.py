"""How far to believe a memory, 0 to 1: a pure function of what is known of it. Time alone takes nothing away.

Evidence adds up in log-odds, each part bounded, so that no single one decides and every trust can be explained:

    trust = logistic(origin + stated + source + outcome + corroborated + confirmed)

A memory that nobody has rated has the trust of its origin for ever: one of 400 days is worth what it was on its first.
The constants are chosen, not fitted: no public set has wrong memories with votes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grains.models import Provenance
from retrieval.fusion.pool import Floats

LOW = 0.3  # memoryOSS's threshold: below it a memory alone is no reason to inject

# Trust of a memory that nobody has rated. All are over LOW, by far: being inferred is no fault.
ORIGIN = {
    Provenance.USER_STATED: 0.85,
    Provenance.EXTERNAL_SOURCE: 0.75,
    Provenance.AI_STATED: 0.70,
    Provenance.AI_INFERRED: 0.55,
}
STATED = 2.0  # log-odds lost by what was stored with confidence 0; none at 1
SOURCE_PRIOR, SOURCE_MOST = 2.0, 1.5  # pseudo-counts for and against a source; what its reputation may move
OUTCOME_PRIOR, OUTCOME_MOST = 1.0, 2.5  # the same of the memory's own verdicts (memoryOSS's +1 and +2)
CORROBORATED_EACH, CORROBORATED_MOST = 0.5, 1.0  # per doubling of the memories that say the same
CONFIRMED, CONFIRMED_HALF_LIFE = 0.5, 180.0  # added by a confirmation of today; days until half of it is left


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of n memories, as columns. Votes and counts are >= 0; `verified_days` is nan where nobody did.

    `votes_for` and `votes_against` are confirmations and rejections together with what callers said after recalls;
    `source_for`, `source_against` the counts of the most telling source that has any.
    """

    origin: Floats  # trust of the provenance, 0 to 1; see origins()
    confidence: Floats  # 0 to 1, the storing caller's
    votes_for: Floats
    votes_against: Floats
    corroborated: Floats
    verified_days: Floats
    source_for: Floats
    source_against: Floats


def origins(provenance: Sequence[str]) -> Floats:
    """The trust of each origin."""
    return np.array([ORIGIN[Provenance(one)] for one in provenance], np.float64)


def parts(standing: Standing) -> dict[str, Floats]:
    """The log-odds that trust is the sum of, by name."""
    source = _log_odds(standing.source_for + SOURCE_PRIOR, standing.source_against + SOURCE_PRIOR)
    outcome = _log_odds(standing.votes_for + OUTCOME_PRIOR, standing.votes_against + OUTCOME_PRIOR)
    alike = CORROBORATED_EACH * np.log2(1 + np.maximum(standing.corroborated, 0.0))
    fresh = CONFIRMED * 0.5 ** (np.maximum(standing.verified_days, 0.0) / CONFIRMED_HALF_LIFE)
    return {
        "origin": _log_odds(standing.origin, 1 - standing.origin),
        "stated": STATED * (np.clip(standing.confidence, 0.0, 1.0) - 1),
        "source": np.clip(source, -SOURCE_MOST, SOURCE_MOST),
        "outcome": np.clip(outcome, -OUTCOME_MOST, OUTCOME_MOST),
        "corroborated": np.minimum(alike, CORROBORATED_MOST),
        "confirmed": np.nan_to_num(fresh, nan=0.0),
    }


def trust(standing: Standing) -> Floats:
    """The trust of each memory, over 0 and under 1."""
    return np.asarray(1 / (1 + np.exp(-np.sum(list(parts(standing).values()), axis=0))), np.float64)


def reputation(a: float, b: float) -> float:
    """A source's expected share of right memories, 0 to 1; .5 for one that was never rated."""
    return (a + SOURCE_PRIOR) / (a + b + 2 * SOURCE_PRIOR)


def _log_odds(for_it: Floats, against_it: Floats) -> Floats:
    return np.asarray(np.log(for_it) - np.log(against_it), np.float64)

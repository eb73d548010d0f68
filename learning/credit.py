"""What verdicts are worth: pure arithmetic of stakes and weights."""

from math import tanh

from grains.models import Provenance
from learning.constants import CEILING, HELPED, MISLED, RATE, STAKE, STEP
from retrieval.services.feedback import Verdict


def worth(verdict: Verdict | None, provenance: str) -> float:
    """A verdict's worth, -1 to 1; 0 for none. Praise counts as far as the memory's origin is believed."""
    if verdict is None:
        return 0.0
    return verdict.strength * (RATE[Provenance(provenance)] if verdict.useful else -1.0)


def stake(net: float, change: float, *, signed: bool) -> float:
    """A caller's stake on a conduit when the worth of its verdict changes (-2 to 2).

    At most STAKE either way; one that is not signed (of a term) never falls below nothing: blame belongs to the
    question that was asked, and other questions share its terms.
    """
    return min(max(net + STEP * change, -STAKE if signed else 0.0), STAKE)


def weight(stakes: float) -> float:
    """The weight of a conduit with this sum of stakes: any number of callers together stay within CEILING."""
    return min(max(tanh(stakes), -CEILING), CEILING)


def outcome(verdict: Verdict | None) -> tuple[float, float]:
    """(helped, misled): what a verdict counts for the memory itself, beside the question."""
    if verdict is None:
        return 0.0, 0.0
    return (HELPED * verdict.strength, 0.0) if verdict.useful else (0.0, MISLED * verdict.strength)

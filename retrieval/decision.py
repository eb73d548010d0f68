"""The decision of a recall: what calibration says of the ranking, and what is known of the memories on top of it."""

from collections.abc import Sequence

from retrieval.calibration import Decision, Verdict
from retrieval.known import Known
from retrieval.listing import Cut
from retrieval.trust import LOW

GATES = ("min_score", "min_channel", "min_trust")


def decided(verdict: Verdict, best: Known | None, cuts: Sequence[Cut], left_out: Sequence[str]) -> Verdict:
    """The verdict on what is returned, `best` first. `cuts` are what was cut, `left_out` the channels that were.

    Nothing left: abstain, with the gates that took it. A best memory that is doubtful (low_trust), contested, or stale
    without a successor in sight (stale) is no reason to inject: more evidence is needed.
    """
    degraded = tuple(f"without_{channel}" for channel in left_out)
    if best is None:
        gates = [gate for gate in GATES if any(cut.reason == gate for cut in cuts)]
        budget = ("over_budget",) if any(cut.reason == "budget" for cut in cuts) else ()
        reasons = (*(f"under_{gate}" for gate in gates), *budget)
        return Verdict(
            Decision.ABSTAIN, (*(reasons or ("no_candidates",)), *degraded), verdict.confidence if reasons else 0.0
        )
    doubts = tuple(_doubts(best))
    decision = verdict.decision
    if doubts and decision == Decision.INJECT:
        decision = Decision.NEED_MORE_EVIDENCE
    if not doubts and not degraded:
        return verdict
    return Verdict(decision, (*doubts, *verdict.reasons, *degraded), verdict.confidence)


def _doubts(best: Known) -> list[str]:
    doubts = {
        "low_trust": best.trust < LOW,
        "contested": best.memory.grain.status == "contested",
        "stale": bool(best.stale),
    }
    return [doubt for doubt, holds in doubts.items() if holds]

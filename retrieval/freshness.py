"""Whether a memory still holds: what its dates, its status and its successor say at a moment. Pure.

Being recalled verifies nothing; a confirmation does, and only one that came after the review date puts it off.
"""

from datetime import datetime

from grains.models import Grain, Status


def stale_because(
    grain: Grain, last_verified_at: datetime | None, moment: datetime, *, past: bool = False
) -> list[str]:
    """Why a memory is stale at `moment`; empty when it is not.

    superseded: another took its place. stale: somebody said so. expired, not_yet_valid: outside valid_from..valid_to.
    review_due: review_by has passed without a confirmation. In the `past`, `grain.superseded_by` is what counted then
    and today's status says nothing.
    """
    told = grain.status == Status.STALE and not past
    reviewed = last_verified_at is not None and grain.review_by is not None and last_verified_at >= grain.review_by
    reasons = {
        "superseded": grain.superseded_by is not None,
        "stale": told and grain.superseded_by is None,
        "expired": grain.valid_to is not None and grain.valid_to <= moment,
        "not_yet_valid": grain.valid_from is not None and grain.valid_from > moment,
        "review_due": grain.review_by is not None and grain.review_by <= moment and not reviewed,
    }
    return [reason for reason, holds in reasons.items() if holds]

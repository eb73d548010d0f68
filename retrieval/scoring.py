"""Rank a recall's candidates by its profile: Garner's fusion as it is, or a seed's formula over the same pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from accounts.namespace_settings import Between, NamespaceSetting, register, setting_of
from retrieval import profiles
from retrieval.arrays import pipelined
from retrieval.calibration import scores
from retrieval.candidates import Found
from retrieval.channels import NOBODY
from retrieval.fusion import Pool, Ranking
from retrieval.fusion.pool import Floats
from retrieval.profiles import Candidates, Profile
from retrieval.search import Search

MEMEX_HALF_LIFE_DAYS = register(
    NamespaceSetting(
        "memex_half_life_days",
        float,
        "MEMEX_HALF_LIFE_DAYS",
        Between(0.01, 36_500),
        "After how many days the memex dialect's recency has halved.",
    )
)
AGES_SQL = """
SELECT array_agg(number), array_agg(extract(epoch FROM created_at)::float8), array_agg(confidence)
FROM grains_grain WHERE namespace_id = %s AND number = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows of the pool, best first, with the score that is shown (0 to 1) and what it is made of, in row order.

    A seed's signals add up to the score; `factors` are what each of them has been multiplied with already.
    """

    order: NDArray[np.intp]
    score: Floats
    signals: Mapping[str, Floats]
    factors: Mapping[str, Floats] = field(default_factory=dict)


def ranked(caller: Caller, search: Search, found: Found, fused: Ranking, now: datetime) -> Ranked:
    """The pool by the search's profile. Seeds' formulas need ages: one more round trip, inside the open door.

    What Flux's walk does not reach is no result of its profile: `order` leaves it out.
    """
    pool = found.pool
    if search.profile == Profile.GARNER or not len(pool):
        return Ranked(fused.order, scores(fused), fused.signals)
    candidates = _candidates(caller, pool, now)
    parts = _parts(caller, search, candidates, found)
    score = profiles.total(parts)
    order = profiles.best_first(score, pool.number)
    order = order[score[order] > 0] if search.profile == Profile.FLUX else order
    return Ranked(order, np.clip(score, 0.0, 1.0), parts, profiles.factors(search.profile, candidates))


def _parts(caller: Caller, search: Search, columns: Candidates, found: Found) -> dict[str, Floats]:
    if search.profile == Profile.MEMORYOSS:
        return profiles.memoryoss(columns, search.weights)
    if search.profile == Profile.MEMEX:
        return profiles.memex(columns, search.alpha, setting_of(caller.namespace_id, MEMEX_HALF_LIFE_DAYS))
    walk = found.reached.get(profiles.WALK, NOBODY)
    return profiles.flux(columns, walk.columns(found.pool.number)[1], walk.sure)


def _candidates(caller: Caller, pool: Pool, now: datetime) -> Candidates:
    numbers = pool.number.astype(np.int64)
    ((number, stored, confidence),) = pipelined([(AGES_SQL, [caller.namespace_id, numbers])])[0]
    at = np.argsort(number)[np.searchsorted(np.sort(number), numbers)]
    return Candidates(
        cosine=pool.dense.astype(np.float64),
        bm25=pool.bm25.astype(np.float64),
        held=pool.held.astype(np.float64),
        exact=np.zeros(len(pool)) if pool.exact is None else pool.exact.astype(np.float64),
        age_days=np.maximum(now.timestamp() - stored[at], 0.0) / 86_400,
        confidence=confidence[at],
        importance=pool.importance.astype(np.float64),
    )

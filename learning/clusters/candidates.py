"""Clusters as a source of candidates: who was found in a cluster brings the most central others of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from accounts.namespace_settings import NamespaceSetting, register, setting_of
from retrieval.arrays import Statement
from retrieval.channels import NOBODY, Reached, Step

TOUCHING = 10  # of the best candidates so far, whose clusters count
TOUCHED = 2  # clusters at the most, each touched by two or more of them
PER_CLUSTER = 8
# The most that one is lifted, in cosine units: they are candidates, no more. LoCoMo dev's recall@10 .8327 without,
# .8329 with next to none and .8307 with .05; BEAM's .6519, .6526, .6544.
LIFT = 0.001

CANDIDATES = register(
    NamespaceSetting(
        "cluster_candidates",
        bool,
        "CLUSTER_CANDIDATES",
        None,
        "Recalls also look at others of the clusters they touch.",
    )
)
# Members are read in the order of an index; those that are touching already are no news.
MATES_SQL = f"""
WITH touched AS (
    SELECT cluster_id, count(*)::float8 / {TOUCHING} AS touch FROM learning_clustermember
    WHERE namespace_id = %s AND grain_number = ANY(%s::bigint[])
    GROUP BY cluster_id HAVING count(*) > 1 ORDER BY count(*) DESC, cluster_id LIMIT {TOUCHED}
)
SELECT array_agg(mate.grain_number), array_agg(touched.touch * mate.weight)
FROM touched CROSS JOIN LATERAL (
    SELECT member.grain_number, member.weight FROM learning_clustermember AS member
    WHERE member.namespace_id = %s AND member.cluster_id = touched.cluster_id
      AND member.grain_number <> ALL(%s::bigint[])
    ORDER BY member.weight DESC LIMIT {PER_CLUSTER}
) AS mate
"""  # noqa: S608 (our own constants)


class ClusterMates:
    """Brings the most central others of the clusters that the best candidates belong to."""

    name = "cluster"

    def statement(self, caller: Caller, numbers: NDArray[np.int64]) -> Statement | None:
        """Nothing where the namespace does not want it."""
        if not setting_of(caller.namespace_id, CANDIDATES):
            return None
        best = numbers[:TOUCHING]
        return MATES_SQL, [caller.namespace_id, best, caller.namespace_id, best]

    def reached(self, rows: Sequence[tuple[Any, ...]]) -> Reached:
        """Each with a lift as small as wiring's."""
        numbers, touch = rows[0]
        if numbers is None:
            return NOBODY
        steps = {number: Step("cluster") for number in numbers.tolist()}
        return Reached(numbers, LIFT * touch, touch, np.ones(len(numbers), np.int64), steps)

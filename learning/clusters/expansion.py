"""Other members of the clusters that a recall touched: one bounded statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from accounts.door import Caller, tenant
from grains.models import Grain, Vitals
from grains.selectors import with_content
from retrieval.expansion import Beside

PER_CLUSTER, MOST = 2, 3  # Flux's EXPANSION_CANDIDATES_PER_CLUSTER and EXPANSION_MAX_CANDIDATES
SCALE = 0.5  # Flux's: what lies beside is worth half of what was found, at most
# Members are read in the order of an index, PER_CLUSTER active ones of each cluster that the recall touched.
BESIDE_SQL = """
WITH touched AS (
    SELECT cluster_id, max(weight) AS touch FROM learning_clustermember
    WHERE namespace_id = %(namespace)s AND grain_number = ANY(%(numbers)s) GROUP BY cluster_id
)
SELECT other.grain_number, touched.touch * other.weight * %(scale)s AS score
FROM touched CROSS JOIN LATERAL (
    SELECT member.grain_number, member.weight
    FROM learning_clustermember AS member
    JOIN grains_grain AS grain ON grain.namespace_id = member.namespace_id AND grain.number = member.grain_number
    WHERE member.namespace_id = %(namespace)s AND member.cluster_id = touched.cluster_id
      AND member.grain_number <> ALL(%(numbers)s) AND grain.status = 'active'
    ORDER BY member.weight DESC LIMIT %(per_cluster)s
) AS other
ORDER BY score DESC, other.grain_number LIMIT %(most)s
"""


def beside(*, caller: Caller, numbers: Sequence[int]) -> list[Beside]:
    """The most central other members of the clusters of `numbers`, at most MOST, with scores up to SCALE."""
    asked: dict[str, Any] = {"namespace": caller.namespace_id, "numbers": list(numbers), "scale": SCALE}
    with tenant(caller, durable=False):
        with connection.cursor() as cursor:
            cursor.execute(BESIDE_SQL, {**asked, "per_cluster": PER_CLUSTER, "most": MOST})
            scores: dict[int, float] = dict(cursor.fetchall())
        grains = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=list(scores))
        memories = {memory.grain.number: memory for memory in with_content(caller, list(grains))}
        core = set(
            Vitals.objects.filter(
                namespace_id=caller.namespace_id, grain_number__in=list(scores), core=True
            ).values_list("grain_number", flat=True)
        )
    return [
        Beside(memories[number], score, core=number in core) for number, score in scores.items() if number in memories
    ]

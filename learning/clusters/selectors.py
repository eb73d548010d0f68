"""Reading clusters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from accounts.door import Caller, tenant
from accounts.errors import NotFound
from grains.models import Grain
from grains.selectors import Memory, with_content
from learning.models import Cluster, ClusterMember

MOST = 1000  # clusters of a listing, the largest
SHOWN = 20  # members that are shown, the most central
STATISTICS_SQL = """
SELECT jsonb_build_object(
    'statuses', (SELECT jsonb_object_agg(status, held) FROM (
        SELECT status, count(*) AS held FROM members GROUP BY status) AS by_status),
    'memory_types', (SELECT jsonb_object_agg(memory_type, held) FROM (
        SELECT memory_type, count(*) AS held FROM members GROUP BY memory_type) AS by_type),
    'uses', coalesce(sum(uses), 0), 'mean_importance', avg(importance), 'mean_confidence', avg(confidence),
    'last_used_at', max(last_used_at), 'first_stored_at', min(created_at), 'last_stored_at', max(created_at))
FROM members
"""
MEMBERS_SQL = """
WITH members AS (
    SELECT grain.status, grain.memory_type, grain.importance, grain.confidence, grain.created_at,
        vitals.uses, vitals.last_used_at
    FROM learning_clustermember AS member
    JOIN grains_grain AS grain ON grain.namespace_id = member.namespace_id AND grain.number = member.grain_number
    JOIN grains_vitals AS vitals ON vitals.namespace_id = grain.namespace_id AND vitals.grain_number = grain.number
    WHERE member.namespace_id = %s AND member.cluster_id = %s
)
"""


@dataclass(frozen=True, slots=True)
class ClusterSeen:
    """A cluster with statistics of its members, and the most central ones with their weights."""

    cluster: Cluster
    statistics: Mapping[str, Any]
    members: Sequence[tuple[Memory, float]]


def clusters_list(*, caller: Caller) -> list[Cluster]:
    """The caller's clusters, the largest first, at most MOST."""
    with tenant(caller, durable=False):
        mine = Cluster.objects.filter(namespace_id=caller.namespace_id, size__gt=0)
        return list(mine.order_by("-size", "id")[:MOST])


def cluster_see(*, caller: Caller, id: UUID) -> ClusterSeen:
    """One cluster of the caller's. Raises NotFound."""
    with tenant(caller, durable=False):
        found = Cluster.objects.filter(namespace_id=caller.namespace_id, pk=id).first()
        if found is None:
            raise NotFound("There is no such cluster.", field="id")
        with connection.cursor() as cursor:
            cursor.execute(MEMBERS_SQL + STATISTICS_SQL, [caller.namespace_id, found.pk])
            (statistics,) = cursor.fetchone()
        return ClusterSeen(found, orjson.loads(statistics), _central(caller, found))


def _central(caller: Caller, cluster: Cluster) -> list[tuple[Memory, float]]:
    members = ClusterMember.objects.filter(namespace_id=caller.namespace_id, cluster_id=cluster.pk)
    weights = dict(members.order_by("-weight", "grain_number").values_list("grain_number", "weight")[:SHOWN])
    grains = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=list(weights))
    memories = {memory.grain.number: memory for memory in with_content(caller, list(grains))}
    return [(memories[number], weight) for number, weight in weights.items() if number in memories]

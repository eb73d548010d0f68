"""The jobs that find clusters and name them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection

import clock
from accounts.door import Caller, tenant
from accounts.namespace_settings import NamespaceSetting, register, setting_of
from grains.models import Grain, Status
from grains.selectors import with_content
from learning.clusters.communities import Communities, Edges, communities, inherited
from learning.clusters.naming import SAMPLED, cluster_names
from learning.consolidation.near import near_pairs
from learning.jobs import Work, job
from learning.models import Cluster, ClusterMember, Relation

EVERY = timedelta(hours=6)  # Flux's maintenance
BINDING = (Relation.RELATED, Relation.SIMILAR, Relation.SUPPORTS)  # the others lead away from what is about the same
STAND_IN = 20_000  # grains up to which neighbours by vector stand in for a graph that is hardly wired: some 8 s
NEIGHBOUR = 0.4  # least cosine of such neighbours: MiniLM's of texts about one thing; chance is below .2
EDGES_SQL = """
SELECT source, target, weight FROM learning_conduit AS conduit
WHERE namespace_id = %s AND source IS NOT NULL AND relation = ANY(%s) AND weight > 0
  AND EXISTS (SELECT FROM grains_grain AS one WHERE one.namespace_id = conduit.namespace_id
    AND one.number = conduit.source AND one.status = 'active')
  AND EXISTS (SELECT FROM grains_grain AS other WHERE other.namespace_id = conduit.namespace_id
    AND other.number = conduit.target AND other.status = 'active')
"""
VECTORS_SQL = """
SELECT number, halfvec_send(embedding) FROM grains_grain AS grain JOIN grains_passage AS passage
  ON passage.namespace_id = grain.namespace_id AND passage.grain_number = grain.number
WHERE grain.namespace_id = %s AND grain.status = 'active' AND passage.current AND passage.n = 0 ORDER BY number
"""
INSERT_SQL = """
INSERT INTO learning_clustermember (namespace_id, grain_number, cluster_id, weight)
SELECT %s, number, cluster, weight
FROM unnest(%s::bigint[], %s::uuid[], %s::float8[]) AS new (number, cluster, weight)
WHERE EXISTS (SELECT FROM grains_grain WHERE namespace_id = %s AND grains_grain.number = new.number)
ON CONFLICT (namespace_id, grain_number) DO UPDATE SET cluster_id = excluded.cluster_id, weight = excluded.weight
"""


ENABLED = register(
    NamespaceSetting("clusters", bool, "CLUSTERS", None, "Find clusters of memories; without, the last ones stay.")
)


def wanted(caller: Caller, now: datetime) -> bool:
    """Whether the namespace wants clusters."""
    return setting_of(caller.namespace_id, ENABLED)


@job("cluster", every=EVERY, wanted=wanted)
def cluster(work: Work) -> None:
    """Finds communities of memories, and keeps the ids of those that were there."""
    if not setting_of(work.caller.namespace_id, ENABLED):
        return
    work.renew()
    with tenant(work.caller):
        edges = _edges(work)
        old = dict(ClusterMember.objects.filter(**_mine(work.caller)).values_list("grain_number", "cluster_id"))
    found = communities(edges)
    places = {id_: place for place, id_ in enumerate(sorted(set(old.values())))}
    heirs = inherited({number: places[id_] for number, id_ in old.items()}, found)
    ids = sorted(places, key=places.__getitem__)
    kept = {label: ids[place] for label, place in heirs.items()}
    if _same(found, kept, old):
        return
    with work.step():
        _write(work, found, kept)
        _rename(work.caller)


def unnamed(caller: Caller, now: datetime) -> bool:
    """Whether a cluster has lost its name with a member."""
    with tenant(caller, durable=False):
        return Cluster.objects.filter(namespace_id=caller.namespace_id, name="", size__gt=0).exists()


@job("cluster_names", every=timedelta(minutes=5), wanted=unnamed)
def name_clusters(work: Work) -> None:
    """Names the clusters that lost their name when a member was forgotten."""
    with tenant(work.caller):
        nameless = Cluster.objects.filter(**_mine(work.caller), name="").count()
    if nameless:
        with work.step():
            _rename(work.caller)
            work.count(named=nameless)


def _mine(caller: Caller) -> dict[str, int]:
    return {"namespace_id": caller.namespace_id}


def _edges(work: Work) -> Edges:
    with connection.cursor() as cursor:
        relations = [relation.value for relation in BINDING]
        cursor.execute(EDGES_SQL, [work.caller.namespace_id, relations])
        rows = cursor.fetchall()
        grains = Grain.objects.filter(**_mine(work.caller), status=Status.ACTIVE).count()
        if len(rows) < grains <= STAND_IN:
            cursor.execute(VECTORS_SQL, [work.caller.namespace_id])
            rows += _neighbours(cursor.fetchall())
    columns = np.array(rows, np.float64).reshape(-1, 3).T
    return Edges(columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2])


def _neighbours(rows: list[tuple[int, bytes]]) -> list[tuple[int, int, float]]:
    if not rows:
        return []
    vectors = np.array([np.frombuffer(sent, ">f2", offset=4) for _, sent in rows], np.float32)
    pairs = near_pairs(vectors, NEIGHBOUR, lambda: None)
    return [(rows[one][0], rows[other][0], cosine) for one, other, cosine in pairs]


def _same(found: Communities, kept: Mapping[int, UUID], old: Mapping[int, UUID]) -> bool:
    labels = zip(found.number.tolist(), found.label.tolist(), strict=True)
    return {number: kept.get(label) for number, label in labels} == old


def _write(work: Work, found: Communities, kept: Mapping[int, UUID]) -> None:
    sizes = np.bincount(found.label, minlength=len(found.cohesion)).tolist()
    ids = {label: kept.get(label) or clock.new_id(work.now) for label in range(len(sizes))}
    ClusterMember.objects.filter(**_mine(work.caller)).exclude(grain_number__in=found.number.tolist()).delete()
    Cluster.objects.bulk_create(
        (
            Cluster(
                id=ids[label],
                **_mine(work.caller),
                size=size,
                cohesion=float(found.cohesion[label]),
                created_at=work.now,
                updated_at=work.now,
            )
            for label, size in enumerate(sizes)
        ),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["size", "cohesion", "updated_at"],
    )
    members = [ids[label] for label in found.label.tolist()]
    with connection.cursor() as cursor:
        namespace = work.caller.namespace_id
        cursor.execute(INSERT_SQL, [namespace, found.number.tolist(), members, found.inside.tolist(), namespace])
    Cluster.objects.filter(**_mine(work.caller)).exclude(id__in=list(ids.values())).delete()
    work.count(clusters=len(sizes), kept=len(kept))


def _rename(caller: Caller) -> None:
    """Name every cluster anew: a word tells more or less with what the others are about."""
    clusters = list(Cluster.objects.filter(**_mine(caller)).order_by("created_at", "id"))
    names = cluster_names({place: _contents(caller, one) for place, one in enumerate(clusters)})
    for place, one in enumerate(clusters):
        one.name = names[place]
    Cluster.objects.bulk_update(clusters, ["name"], batch_size=500)


def _contents(caller: Caller, one: Cluster) -> list[str]:
    members = ClusterMember.objects.filter(**_mine(caller), cluster_id=one.id).order_by("-weight", "grain_number")
    numbers = list(members.values_list("grain_number", flat=True)[:SAMPLED])
    grains = Grain.objects.filter(**_mine(caller), number__in=numbers, zero_knowledge=False)
    return [memory.content for memory in with_content(caller, list(grains))]

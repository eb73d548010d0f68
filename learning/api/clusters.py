"""Clusters of a namespace: what its memories are about."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import MemoryView
from accounts.errors import NotFound
from accounts.scopes import Scope
from learning.clusters.selectors import ClusterSeen, cluster_see, clusters_list
from learning.models import Cluster


class ClusterOut(serializers.Serializer[Any]):
    """A community of memories. Its id stays when it is found again; its name is of its members' words."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True, help_text="Empty until it is named anew, after a member was erased.")
    size = serializers.IntegerField()
    cohesion = serializers.FloatField(help_text="Share of its conduits' weight that stays inside, 0 to 1.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ClustersOut(serializers.Serializer[Any]):
    """The clusters, the largest first."""

    clusters = ClusterOut(many=True)
    total = serializers.IntegerField()


class ClusterMemberOut(serializers.Serializer[Any]):
    """A memory of a cluster."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    status = serializers.CharField()
    weight = serializers.FloatField()


class ClusterStatisticsOut(serializers.Serializer[Any]):
    """Numbers of its members."""

    statuses = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    memory_types = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    uses = serializers.IntegerField()
    mean_importance = serializers.FloatField(allow_null=True)
    mean_confidence = serializers.FloatField(allow_null=True)
    first_stored_at = serializers.DateTimeField(allow_null=True)
    last_stored_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class ClusterSeenOut(ClusterOut):
    """A cluster with its statistics and its most central memories."""

    statistics = ClusterStatisticsOut()
    members = ClusterMemberOut(many=True)


class ClustersView(MemoryView):
    """What the namespace's memories are about."""

    scope = Scope.RECALL

    @extend_schema(operation_id="v1_clusters_list", responses=ClustersOut)
    def get(self, request: Request) -> Response:
        """All clusters, the largest first."""
        found = clusters_list(caller=self.caller)
        return Response({"clusters": [_cluster_json(one) for one in found], "total": len(found)})


class ClusterView(MemoryView):
    """One cluster."""

    scope = Scope.RECALL

    @extend_schema(responses=ClusterSeenOut)
    def get(self, request: Request, id: str) -> Response:
        """The cluster with statistics of all its memories, and the 20 most central ones."""
        return Response(_seen_json(cluster_see(caller=self.caller, id=_cluster_id(id))))


def _cluster_json(cluster: Cluster) -> dict[str, Any]:
    plain = ("name", "size", "cohesion", "created_at", "updated_at")
    return {"id": str(cluster.pk), **{name: getattr(cluster, name) for name in plain}}


def _seen_json(seen: ClusterSeen) -> dict[str, Any]:
    members = [
        {"id": str(memory.grain.id), "content": memory.content, "status": memory.grain.status, "weight": weight}
        for memory, weight in seen.members
    ]
    return {**_cluster_json(seen.cluster), "statistics": seen.statistics, "members": members}


def _cluster_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such cluster.", field="id") from None

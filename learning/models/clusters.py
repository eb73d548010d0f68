"""Clusters: communities of grains, with ids that survive re-clustering."""

from django.db import models

import clock
from accounts.models import Namespace, new_id


class Cluster(models.Model):
    """A community of grains. `name` is of words of its members: a trigger empties it when one of them goes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=128, blank=True)
    size = models.IntegerField(default=0)
    cohesion = models.FloatField(default=0.0)  # share of its conduits' weight that stays inside, 0 to 1
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "id"], name="cluster_of_namespace")]
        indexes = [models.Index(fields=["namespace", "-size"], name="cluster_size")]

    def __str__(self) -> str:
        return self.name or str(self.id)


class ClusterMember(models.Model):
    """That a grain belongs to a cluster. `weight` is the share of its conduits' weight that stays in it, 0 to 1."""

    pk = models.CompositePrimaryKey("namespace", "grain_number")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    grain_number = models.BigIntegerField()
    cluster = models.ForeignKey(
        Cluster, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    weight = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["namespace", "cluster", "-weight"], name="membership_cluster")]

    def __str__(self) -> str:
        return f"{self.grain_number} in {self.cluster_id}"

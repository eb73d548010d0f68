"""Receipts of recalls, and what callers said of them."""

from django.db import models

import clock
from accounts.models import Namespace, new_id
from grains.models import Grain


class Trace(models.Model):
    """The receipt of one recall: who asked what, and the ranking with its scores. Partitioned by day."""

    pk = models.CompositePrimaryKey("namespace_id", "at", "id")
    namespace_id = models.BigIntegerField()
    id = models.UUIDField(default=new_id)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    query = models.TextField()
    profile = models.CharField(max_length=16)
    decision = models.CharField(max_length=24)
    params = models.JSONField(default=dict)
    ranking = models.JSONField(default=list)  # [{"id", "score", "signals": {...}}], best first

    class Meta:
        managed = False  # made by SQL: Django has no partitions
        db_table = "retrieval_trace"

    def __str__(self) -> str:
        return f"trace {self.id}"


class Rating(models.Model):
    """A caller's verdict on one grain of one recall; saying it again replaces it."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    trace_id = models.UUIDField()
    grain = models.ForeignKey(Grain, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    actor = models.CharField(max_length=64)
    useful = models.BooleanField()
    strength = models.FloatField(default=1.0)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "trace_id", "grain", "actor"], name="one_rating_per_actor"),
            models.CheckConstraint(condition=models.Q(strength__gte=0, strength__lte=1), name="strength_0_to_1"),
        ]
        indexes = [models.Index(fields=["namespace", "grain"], name="rating_grain")]

    def __str__(self) -> str:
        return f"{self.actor} on {self.grain_id}"


class SourceKind(models.TextChoices):
    """What a memory can come from, the most telling first."""

    AUTHOR = "author"
    AGENT = "agent"
    PROVENANCE = "provenance"


class Source(models.Model):
    """How often what came from an author, an agent or a kind of origin proved right: counts of a Beta distribution.

    Without the prior's; nobody has a row until something of theirs was rated.
    """

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=SourceKind)
    name = models.CharField(max_length=256)
    a = models.FloatField(default=0.0)  # weight of the verdicts for it ...
    b = models.FloatField(default=0.0)  # ... and against it
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "kind", "name"], name="one_source_per_name"),
            models.CheckConstraint(condition=models.Q(a__gte=0, b__gte=0), name="source_counts_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

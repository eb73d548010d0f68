"""Pairs of memories of which the newer one contradicts the older: what was decided, or waits for a person."""

from django.db import models

import clock
from accounts.models import Namespace, new_id


class DisputeState(models.TextChoices):
    """What became of a pair."""

    OPEN = "open"  # waits for a person; both are recalled meanwhile
    SUPERSEDED = "superseded"  # the newer one holds; the older one is stale
    REFUSED = "refused"  # the older one holds; the newer one is contested
    BOTH = "both"  # both hold
    WITHDRAWN = "withdrawn"  # one of them has changed since, and they agree now


class Dispute(models.Model):
    """Two memories that do not go together, `newer` said after `older`. Goes when either of them is forgotten."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    older = models.UUIDField()
    newer = models.UUIDField()
    older_version = models.PositiveIntegerField()
    newer_version = models.PositiveIntegerField()
    relation = models.CharField(max_length=16)  # update or conflict
    rule = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=DisputeState, default=DisputeState.OPEN)
    decided_by = models.CharField(max_length=64, blank=True)  # rules, model, or the key of a person
    entry = models.UUIDField(null=True)  # the journal's, of a supersession
    opened_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "older", "newer"], name="one_dispute_per_pair")]
        indexes = [
            models.Index(fields=["namespace", "state", "-opened_at"], name="dispute_queue"),
            models.Index(fields=["namespace", "newer"], name="dispute_newer"),
        ]

    def __str__(self) -> str:
        return f"{self.newer} against {self.older}: {self.state}"


class Unexamined(models.Model):
    """A memory that is new or has changed, and waits to be held against the others."""

    pk = models.CompositePrimaryKey("namespace", "grain_id")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    grain_id = models.UUIDField()

    def __str__(self) -> str:
        return str(self.grain_id)

"""Endpoints and what was, is or could not be delivered to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

import clock
from accounts.outbox.models import NOWHERE


def new_id() -> object:
    """A UUIDv7."""
    return clock.new_id(clock.now())


class Webhook(models.Model):
    """An endpoint of a namespace. It rests after failures and is paused for good when they go on for days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="+", db_index=False)
    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=128, blank=True)
    events = ArrayField(models.CharField(max_length=64))  # verbs of deeds and kinds of events; none: every one
    secret = models.TextField(editable=False)  # sealed (accounts.vault)
    old_secret = models.TextField(blank=True, editable=False)  # signs beside the new one until old_until
    old_until = models.DateTimeField(null=True)
    paused = models.BooleanField(default=False)
    paused_because = models.CharField(max_length=128, blank=True)
    next_at = models.DateTimeField(null=True)  # when there is something to send; null: nothing waits
    claim = models.UUIDField(default=NOWHERE)
    claimed_until = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["namespace"], name="webhook_namespace"),
            models.Index(fields=["next_at"], condition=models.Q(paused=False), name="webhook_due"),
        ]

    def __str__(self) -> str:
        return f"{self.id} to {self.url}"

    @property
    def context(self) -> str:
        """What its sealed secrets are bound to."""
        return f"webhook/{self.namespace_id}/{self.id}"


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Delivery(models.Model):
    """One message to one endpoint. Its id is the message's, the same in every attempt."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="+", db_index=False)
    webhook = models.ForeignKey(  # to (namespace, id): by SQL
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False, db_constraint=False
    )
    deed_id = models.UUIDField(null=True)
    event = models.CharField(max_length=64)
    body = models.TextField()  # as it is signed and sent, byte for byte
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.PENDING)
    status = models.SmallIntegerField(null=True)  # the last answer's
    error = models.CharField(max_length=128, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "deed_id"], name="one_delivery_per_deed")]
        indexes = [
            models.Index(fields=["webhook", "due_at", "id"], condition=models.Q(state="pending"), name="delivery_due"),
            models.Index(fields=["namespace", "created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"

"""How a namespace does: the state of each signal, and what it was over time."""

from django.db import models

import clock
from accounts.models import Namespace, new_id


class HealthSignal(models.Model):
    """One signal of one namespace: its last value, whether it is firing, and since when."""

    pk = models.CompositePrimaryKey("namespace", "name")
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=40)
    value = models.FloatField()
    warm = models.BooleanField(default=False)  # False: too little has happened to judge it
    severity = models.CharField(max_length=8, blank=True)  # while it is firing
    streak = models.SmallIntegerField(default=0)  # looks in a row that spoke for the other state
    fires = models.IntegerField(default=0)
    fired_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(default=clock.now)
    alerted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(streak__gte=0), name="streak_not_negative")]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"

    @property
    def firing(self) -> bool:
        """Whether its value is out of range, by more than a moment's noise."""
        return bool(self.severity)


class HealthSample(models.Model):
    """The value of every signal at one look: what charts show."""

    pk = models.CompositePrimaryKey("namespace", "at")
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class AlertState(models.TextChoices):
    """How far an alert has come by e-mail."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    NOBODY = "nobody"  # no address was set; webhooks have their own way


class Alert(models.Model):
    """One alert of a signal: told to webhooks when it is raised, and to people by e-mail."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    signal = models.CharField(max_length=40)
    turn = models.CharField(max_length=8)
    severity = models.CharField(max_length=8)
    value = models.FloatField()
    at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=8, choices=AlertState, default=AlertState.WAITING)
    attempts = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=128, blank=True)  # an exception's class: its message may hold addresses

    class Meta:
        indexes = [models.Index(fields=["namespace", "-at"], name="alert_recent")]

    def __str__(self) -> str:
        return f"{self.signal} {self.turn}"

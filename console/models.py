"""The logs as Django's admin can show them: it asks for a primary key of one column, so here an id is enough."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Namespace


class DeedLine(models.Model):
    """A line of the log of changes (accounts.models.Deed)."""

    id = models.UUIDField(primary_key=True)
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    verb = models.CharField(max_length=32)
    subjects = ArrayField(models.UUIDField())
    detail = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "accounts_deed"
        verbose_name = "deed"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.verb}"


class TraceLine(models.Model):
    """The receipt of a recall (retrieval.models.Trace)."""

    id = models.UUIDField(primary_key=True)
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    query = models.TextField()
    profile = models.CharField(max_length=16)
    decision = models.CharField(max_length=24)
    params = models.JSONField(default=dict)
    ranking = models.JSONField(default=list)

    class Meta:
        managed = False
        db_table = "retrieval_trace"
        verbose_name = "recall"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.query[:80]}"

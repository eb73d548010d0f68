"""The journal of what was changed automatically: what it was before and after, so that it can be undone."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

import clock
from accounts.models import Namespace, new_id


class JournalEntry(models.Model):
    """One automatic change. `before` and `after` map an aspect to values by id: numbers and states, no content.

    Its subjects are grains that may be gone by now, so nothing here is a foreign key to them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=32)
    run = models.UUIDField(null=True, blank=True)
    actor = models.CharField(max_length=64)
    subjects = ArrayField(models.UUIDField())
    cause = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    undoes = models.UUIDField(null=True, blank=True)  # an entry of kind `undo` names the one that it reversed
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.UUIDField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["namespace", "-at", "-id"], name="journal_recent"),
            models.Index(fields=["namespace", "run"], name="journal_run"),
            GinIndex(fields=["subjects"], name="journal_subjects"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"

"""What waits for the graph's jobs, and how far they have come."""

from django.db import models

from accounts.models import Namespace


class Unwired(models.Model):
    """A memory that is new or has changed, and waits to be wired."""

    pk = models.CompositePrimaryKey("namespace", "grain_id")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    grain_id = models.UUIDField()

    def __str__(self) -> str:
        return str(self.grain_id)


class FoldedTo(models.Model):
    """The last recall of a namespace whose results were counted as uses."""

    namespace = models.OneToOneField(Namespace, on_delete=models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    trace_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.namespace_id}: {self.at}"

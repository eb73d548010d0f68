"""The graph: entries, through which a question comes in, and conduits, along which it reaches grains.

Grains are named by their narrow number, entries by a keyed hash: the tables tell nobody a word. Every foreign key
is (namespace, number), so the database refuses an edge between two tenants (migration 0002).
"""

from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField

import clock
from accounts.models import Namespace
from grains.models import DIMENSION


class EntryKind(models.IntegerChoices):
    """What a question and a grain may share."""

    TERM = 1, "term"  # the posting's own key
    ENTITY = 2, "entity"
    AUTHOR = 3, "author"
    WORDING = 4, "wording"  # a question that was rated: its vector is in Wording


class Relation(models.IntegerChoices):
    """What a conduit says of its two ends; read from source to target: "source supersedes target"."""

    RELATED = 1, "related"
    SIMILAR = 2, "similar"
    SUPPORTS = 3, "supports"
    SUPERSEDES = 4, "supersedes"
    CONTRADICTS = 5, "contradicts"
    DERIVED_FROM = 6, "derived_from"


class DecayClass(models.IntegerChoices):
    """How fast what was learned fades: half-lives of 30, 7 and 2 days."""

    CORE = 1, "core"
    WORKING = 2, "working"
    EPHEMERAL = 3, "ephemeral"


class Entry(models.Model):
    """A feature through which questions enter the graph. `key` is a keyed hash, unlike in any other namespace."""

    pk = models.CompositePrimaryKey("namespace", "key")
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=EntryKind)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["namespace", "kind", "last_used_at"], name="entry_age")]

    def __str__(self) -> str:
        return f"{EntryKind(self.kind).label} {self.key}"


class Wording(models.Model):
    """The vector of an entry that is a wording, apart and narrow: a recall scans all of its namespace."""

    pk = models.CompositePrimaryKey("namespace", "entry")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    entry = models.BigIntegerField()
    embedding = HalfVectorField(dimensions=DIMENSION)

    def __str__(self) -> str:
        return f"wording {self.entry}"


class Conduit(models.Model):
    """A weighted edge to the grain `target`, from an entry or from the grain `source`: one of them is null.

    Directed: what holds both ways is two conduits, so each end has its own out-degree to keep below the cap.
    `weight` is the one of `last_used_at`; what it is worth now is learning.decay's to say. From a wording it is
    signed: below 0 says that the grain does not answer it.
    """

    id = models.BigAutoField(primary_key=True)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    entry = models.BigIntegerField(null=True)
    source = models.BigIntegerField(null=True)
    target = models.BigIntegerField()
    relation = models.SmallIntegerField(choices=Relation, default=Relation.RELATED)
    decay_class = models.SmallIntegerField(choices=DecayClass, default=DecayClass.WORKING)
    weight = models.FloatField(default=0.5)
    uses = models.IntegerField(default=0)
    provenance = models.CharField(max_length=16, default="wired")  # wired, feedback, shortcut, or the job that made it
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=False, source__isnull=True) | Q(entry__isnull=True, source__isnull=False),
                name="conduit_has_one_origin",
            ),
            models.CheckConstraint(condition=Q(weight__gte=-1, weight__lte=1), name="conduit_weight"),
            models.UniqueConstraint(
                fields=["namespace", "entry", "target"], condition=Q(entry__isnull=False), name="conduit_of_entry"
            ),
            models.UniqueConstraint(
                fields=["namespace", "source", "target", "relation"],
                condition=Q(source__isnull=False),
                name="conduit_of_grain",
            ),
        ]
        indexes = [models.Index(fields=["namespace", "target"], name="conduit_target")]

    def __str__(self) -> str:
        return f"{self.entry or self.source} {Relation(self.relation).label} {self.target}"

"""The write side's tables. Narrow ones (passages, postings, vitals) stand apart from content, so that
scanning them is cheap and learning never rewrites a memory. Every foreign key is (namespace, id): the database
itself refuses an edge between two tenants (migration 0002)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField

import clock
from accounts.models import Namespace, new_id

DIMENSION = 384  # all-MiniLM-L6-v2's


class MemoryType(models.TextChoices):
    """What kind of memory it is (memoryOSS's four; memex has the first three)."""

    EPISODIC = "episodic"
    SEMANTIC = "semantic"
    PROCEDURAL = "procedural"
    WORKING = "working"


class Provenance(models.TextChoices):
    """Where a memory comes from: how far to believe it and how fast it may learn (Flux's four)."""

    USER_STATED = "user_stated"
    EXTERNAL_SOURCE = "external_source"
    AI_STATED = "ai_stated"
    AI_INFERRED = "ai_inferred"


class Status(models.TextChoices):
    """Where a grain stands in its life; only active ones are unique by content."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"
    CONTESTED = "contested"
    STALE = "stale"
    DORMANT = "dormant"
    ARCHIVED = "archived"


class Grain(models.Model):
    """One memory: an identity that outlives its versions. Text fields are empty, never null, when unknown."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField(editable=False)  # the narrow tables' key, from the sequence grains_number
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    agent = models.CharField(max_length=256, blank=True)
    user = models.CharField(max_length=256, blank=True)
    author = models.CharField(max_length=256, blank=True)
    author_first = models.CharField(max_length=256, blank=True)  # its first word, case-folded: found by a query's words
    session = models.CharField(max_length=256, blank=True)
    session_key = models.BigIntegerField(default=0)  # a hash of the session's name; 0: no session
    turn = models.IntegerField(default=0)  # place in the session, by arrival
    tags = ArrayField(models.CharField(max_length=256), default=list, blank=True)
    memory_type = models.CharField(max_length=16, choices=MemoryType, default=MemoryType.SEMANTIC)
    importance = models.FloatField(default=1.0)
    provenance = models.CharField(max_length=16, choices=Provenance, default=Provenance.AI_STATED)
    confidence = models.FloatField(default=1.0)
    metadata = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)
    review_by = models.DateTimeField(null=True, blank=True)  # stale from then on, unless it was verified since
    content_mac = models.BinaryField(max_length=32, editable=False)
    pieces = models.IntegerField(default=0)  # of the current content: word pieces of the encoder, not truncated ...
    words = models.SmallIntegerField(default=0)  # ... terms posted, BM25's document length ...
    flags = models.SmallIntegerField(default=0)  # ... and text.cues' bits
    superseded_by = models.UUIDField(null=True, blank=True)  # a stale grain's successor, of the same namespace
    pinned = models.BooleanField(default=False)  # a person said that no automatic change may touch it
    zero_knowledge = models.BooleanField(default=False)  # the content is the client's ciphertext, the vector its own
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "id"], name="grain_of_namespace"),
            models.UniqueConstraint(fields=["namespace", "number"], name="grain_number"),
            models.UniqueConstraint(
                fields=["namespace", "agent", "user", "author", "content_mac"],
                condition=Q(status=Status.ACTIVE),
                name="active_content_once",
            ),
            models.CheckConstraint(condition=Q(importance__gte=0, importance__lte=2), name="importance_0_to_2"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="confidence_0_to_1"),
        ]
        indexes = [
            models.Index(fields=["namespace", "session_key", "turn"], include=["number"], name="grain_session"),
            models.Index(fields=["namespace", "author_first", "author"], name="grain_author"),
            models.Index(fields=["namespace", "-created_at", "id"], name="grain_recent"),
            models.Index(
                fields=["namespace", "superseded_by"],
                condition=Q(superseded_by__isnull=False),
                name="grain_superseded_by",
            ),
            models.Index(
                fields=["namespace", "agent", "user", "created_at"],
                condition=Q(status=Status.ACTIVE, memory_type=MemoryType.EPISODIC),
                name="grain_episodic",  # the summariser counts by it
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Version(models.Model):
    """A grain's content at one time; never changed, only followed by the next version."""

    pk = models.CompositePrimaryKey("namespace", "grain", "n")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    grain = models.ForeignKey(
        Grain, on_delete=models.DO_NOTHING, related_name="versions", db_constraint=False, db_index=False
    )
    n = models.PositiveIntegerField()
    content = models.TextField()
    created_at = models.DateTimeField()  # system time: when it became the current version ...
    ended_at = models.DateTimeField(null=True, blank=True)  # ... and when the next one took over

    def __str__(self) -> str:
        return f"{self.grain_id} v{self.n}"


class Passage(models.Model):
    """A vector of a grain's version: n = 0 is the whole text (with its context), n > 0 a window of a long one."""

    pk = models.CompositePrimaryKey("namespace", "grain_number", "version", "n")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    grain_number = models.BigIntegerField()
    version = models.PositiveIntegerField()
    n = models.SmallIntegerField()
    current = models.BooleanField(default=True)  # False: of a version that is past, kept for `as_of`
    # The grain whose text is also in this vector. A foreign key: a grain cannot go while its text is in another's
    # vector, so forgetting re-embeds the dependants first (grains/dependants.py).
    context_number = models.BigIntegerField(null=True)
    # Where a window stands in the content: characters, `stop` exclusive. Null for what is no part of it.
    start = models.PositiveIntegerField(null=True)
    stop = models.PositiveIntegerField(null=True)
    model = models.CharField(max_length=64)
    embedding = HalfVectorField(dimensions=DIMENSION)

    class Meta:
        indexes = [
            models.Index(
                fields=["namespace", "context_number"],
                condition=Q(context_number__isnull=False),
                name="passage_context",
            )
        ]

    def __str__(self) -> str:
        return f"{self.grain_number} v{self.version} passage {self.n}"


class Derivation(models.Model):
    """A grain whose text was made from another's: erasing the source erases it too (grains/derived.py)."""

    pk = models.CompositePrimaryKey("namespace", "grain_number", "source_number")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    grain_number = models.BigIntegerField()
    source_number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["namespace", "source_number"], name="derivation_source")]

    def __str__(self) -> str:
        return f"{self.grain_number} from {self.source_number}"


class Posting(models.Model):
    """A term of a grain's current version. `term` is a keyed hash, so the table tells nobody its words.

    The primary key's index also holds tf and size (migration 0002), so a term is read from it alone.
    """

    pk = models.CompositePrimaryKey("namespace", "term", "grain_number")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    term = models.BigIntegerField()
    grain_number = models.BigIntegerField()
    tf = models.SmallIntegerField()
    size = models.SmallIntegerField()  # the grain's length in terms, repeated here so that BM25 reads one index

    class Meta:
        indexes = [
            models.Index(
                fields=["namespace", "grain_number"], name="posting_grain"
            ),  # for deletion; deduplicated, small
        ]

    def __str__(self) -> str:
        return f"{self.term} in {self.grain_number}"


class Vitals(models.Model):
    """A grain's changing numbers, apart from it: learning rewrites this row and nothing else."""

    pk = models.CompositePrimaryKey("namespace", "grain_number")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    grain_number = models.BigIntegerField()
    uses = models.IntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)
    confirmed = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    last_verified_at = models.DateTimeField(null=True)  # when somebody last said that it is right; recall does not
    helped = models.FloatField(default=0.0)  # outcome of use: what callers said for it after recalls ...
    misled = models.FloatField(default=0.0)  # ... and against it; each verdict counts as far as its caller is believed
    core = models.BooleanField(default=False)  # of use in many contexts: what leads to it fades slowly
    corroborated = models.IntegerField(default=0)  # independent memories that say the same

    def __str__(self) -> str:
        return f"vitals of {self.grain_number}"

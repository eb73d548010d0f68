"""Where each consumer stands in each namespace, and the deeds that it could not handle."""

from uuid import UUID

from django.db import models

NOWHERE = UUID(int=0)  # before the first id of a transaction


class OutboxHead(models.Model):
    """How far a consumer has looked for namespaces with new deeds: below `xid` every one is known to its places."""

    consumer = models.CharField(max_length=32, primary_key=True)
    xid = models.BigIntegerField()
    at = models.DateTimeField(null=True)  # of the last look: deeds of older days need not be looked through again

    def __str__(self) -> str:
        return f"{self.consumer} has looked up to {self.xid}"


class Place(models.Model):
    """A consumer's place in a namespace: every deed up to (xid, last_id) is handled or a dead letter."""

    consumer = models.CharField(max_length=32)
    namespace_id = models.BigIntegerField()  # no foreign key: the log outlives a deleted namespace
    xid = models.BigIntegerField()
    last_id = models.UUIDField(default=NOWHERE)
    known_xid = models.BigIntegerField()  # below it there may be unhandled deeds
    since = models.DateTimeField(null=True)  # no unhandled deed is much older
    waiting = models.BooleanField(default=True)
    pending = models.IntegerField(default=0)  # deeds found and not handled yet
    due_at = models.DateTimeField()
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    width = models.SmallIntegerField()  # deeds of the next batch: narrowed to find the one that fails
    error = models.CharField(max_length=128, blank=True)  # the error's class; its message might hold content

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "namespace_id"], name="one_place_per_consumer")]
        indexes = [
            models.Index(fields=["consumer", "due_at"], condition=models.Q(waiting=True), name="place_due"),
            models.Index(fields=["namespace_id"], condition=models.Q(waiting=True), name="place_backlog"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} in {self.namespace_id}"


class DeadLetter(models.Model):
    """A deed that a consumer gave up on; it can be revived when its cause is mended."""

    consumer = models.CharField(max_length=32)
    namespace_id = models.BigIntegerField()
    deed_id = models.UUIDField()
    deed_at = models.DateTimeField()
    verb = models.CharField(max_length=32)
    attempts = models.SmallIntegerField()
    error = models.CharField(max_length=128)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["namespace_id", "at"], name="deadletter_age")]

    def __str__(self) -> str:
        return f"{self.consumer} could not handle {self.deed_id}: {self.error}"

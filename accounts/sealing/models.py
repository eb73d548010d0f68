"""Seals, and the line below which the sealer has seen everything."""

from django.db import models


class Seal(models.Model):
    """One link of a namespace's chain: it covers the rows of one log in (low, high], in the order (xid, id)."""

    pk = models.CompositePrimaryKey("namespace_id", "n")
    namespace_id = models.BigIntegerField()  # no foreign key: the evidence outlives a deleted namespace
    n = models.BigIntegerField()  # from 1, without gaps
    kind = models.CharField(max_length=8)  # rows, dropped (a day went with its retention) or restored
    log = models.CharField(max_length=8)
    day = models.DateField()  # of the rows' `at`: a day can be dropped, and its seals stay
    low = models.BigIntegerField()
    low_id = models.UUIDField()
    high = models.BigIntegerField()
    high_id = models.UUIDField()
    count = models.IntegerField()
    late = models.IntegerField()  # rows whose `at` lies outside of the time in which they were written
    columns = models.TextField()  # that the digest covers: a table may gain some later
    marks = models.BinaryField()  # 24 bytes a row: its id and 8 bytes that tell the row that was changed
    digest = models.BinaryField()
    previous = models.BinaryField()
    mac = models.BinaryField()
    key_id = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        managed = False  # made by SQL: nobody but the owner's scan may add a seal, and nobody may change one
        db_table = "accounts_seal"

    def __str__(self) -> str:
        return f"seal {self.n} of namespace {self.namespace_id}"

"""What each caller's verdicts hold at stake, so that nobody's voice outgrows its share."""

from django.db import models

from accounts.models import Namespace


class Stake(models.Model):
    """One caller's say on the conduit from `entry` to `target`, -STAKE to STAKE, as of the conduit's last use.

    The conduit's weight is tanh of the sum of all its stakes.
    """

    pk = models.CompositePrimaryKey("namespace", "entry", "target", "actor")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    entry = models.BigIntegerField()
    target = models.BigIntegerField()
    actor = models.CharField(max_length=64)
    net = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["namespace", "target"], name="stake_target")]

    def __str__(self) -> str:
        return f"{self.actor} on {self.entry} -> {self.target}"


class Voice(models.Model):
    """What one caller's verdicts have counted for a grain itself (helped) and against it (misled) so far."""

    pk = models.CompositePrimaryKey("namespace", "target", "actor")
    namespace = models.ForeignKey(
        Namespace, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    target = models.BigIntegerField()
    actor = models.CharField(max_length=64)
    helped = models.FloatField(default=0.0)
    misled = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"{self.actor} on {self.target}"

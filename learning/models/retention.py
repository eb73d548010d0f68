"""A namespace's retention policy: an ordered list of rules, of which the first that fits a memory decides."""

from django.db import models
from django.db.models import Q

from accounts.models import Namespace
from grains.models import MemoryType


class RetentionAction(models.TextChoices):
    """What a rule does to the memories it fits."""

    KEEP = "keep"  # nothing, ever: later rules do not get at them
    REST = "rest"  # dormant after so many days unused: asleep until a question wakes them
    ARCHIVE = "archive"  # archived after so many days unused
    DELETE = "delete"  # erased so many days after they were stored, used or not


class RetentionRule(models.Model):
    """One rule. Empty `memory_type` and `tag` fit every memory."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField()
    memory_type = models.CharField(max_length=16, choices=MemoryType, blank=True)
    tag = models.CharField(max_length=256, blank=True)
    action = models.CharField(max_length=16, choices=RetentionAction)
    after_days = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "place"], name="one_rule_a_place"),
            models.CheckConstraint(
                condition=Q(action="keep", after_days__isnull=True) | (~Q(action="keep") & Q(after_days__gte=1)),
                name="retention_has_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.action} {self.memory_type or 'any'} {self.tag} {self.after_days or ''}"

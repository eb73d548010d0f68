"""How the memory does for one caller: what is stored, what is recalled, what is rated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from accounts.door import Caller, tenant
from accounts.models import Deed
from grains.models import Grain, Status
from retrieval.calibration import Decision
from retrieval.receipts import MOST, WINDOW, Receipt, receipts_recent

ENOUGH = 20  # recalls before a rate is worth a warning
RATED_AT_LEAST, ANSWERED_AT_LEAST = 0.8, 0.5  # Flux's healthy ranges of the two rates


@dataclass(frozen=True, slots=True)
class Health:
    """Counts by status, and the caller's recalls of the last day. Rates are 1.0 where nothing was."""

    by_status: dict[str, int]
    receipts: Sequence[Receipt]

    @property
    def returned(self) -> int:
        """Results that the caller was shown."""
        return sum(len(one.returned) for one in self.receipts)

    @property
    def pending(self) -> int:
        """Results that wait for a rating."""
        return sum(len(one.pending) for one in self.receipts)

    @property
    def feedback_rate(self) -> float:
        """Share of the results that were rated."""
        return _share(self.returned - self.pending, self.returned)

    @property
    def answered_rate(self) -> float:
        """Share of the recalls whose memories were worth showing."""
        shown = sum(one.trace.decision == Decision.INJECT for one in self.receipts)
        return _share(shown, len(self.receipts))

    @property
    def useful_rate(self) -> float:
        """Share of the rated recalls in which at least one memory was useful."""
        rated = [one for one in self.receipts if one.rated]
        return _share(sum(any(r.useful for r in one.rated.values()) for one in rated), len(rated))

    @property
    def dormant_rate(self) -> float:
        """Share of dormant ones among active and dormant memories; 0.0 where there are none."""
        active, dormant = self.by_status.get(Status.ACTIVE, 0), self.by_status.get(Status.DORMANT, 0)
        return dormant / (active + dormant) if dormant else 0.0

    @property
    def advice(self) -> list[str]:
        """What the caller could do better; empty when all is well."""
        return [
            sentence
            for sentence, holds in (
                ("Few results are rated: give feedback after each recall.", self.feedback_rate < RATED_AT_LEAST),
                ("Few recalls are answered: store more, in full sentences.", self.answered_rate < ANSWERED_AT_LEAST),
            )
            if holds and len(self.receipts) >= ENOUGH
        ]


def health_of(*, caller: Caller, now: datetime) -> Health:
    """Look at the caller's namespace and at its own recalls of the last day."""
    with tenant(caller, durable=False):
        mine = Grain.objects.filter(namespace_id=caller.namespace_id).order_by()
        by_status = dict(mine.values_list("status").annotate(Count("id")))
    return Health(by_status, receipts_recent(caller=caller, now=now))


def provenance_stored(*, caller: Caller, now: datetime) -> dict[str, int]:
    """How many memories of each provenance this key stored in the last WINDOW, as far as they are still there."""
    with tenant(caller, durable=False):
        deeds = Deed.objects.filter(
            namespace_id=caller.namespace_id, actor=caller.subject, verb="store", at__range=(now - WINDOW, now)
        )
        ids = [id_ for subjects in deeds.order_by("-at").values_list("subjects", flat=True)[:MOST] for id_ in subjects]
        mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids).order_by()
        return dict(mine.values_list("provenance").annotate(Count("id")))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0

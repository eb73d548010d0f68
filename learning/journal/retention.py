"""For how long the journal is kept."""

from datetime import timedelta

from accounts.namespace_settings import Between, NamespaceSetting, register, setting_of
from learning.jobs import Work, job
from learning.journal.selectors import RESTORED
from learning.models import JournalEntry

KEPT = register(
    NamespaceSetting(
        name="journal_retention_days",
        type=int,
        default_from="JOURNAL_RETENTION_DAYS",
        bounds=Between(0, 36_500),
        help="Days for which the journal of automatic changes is kept and can be undone; 0: for good.",
    )
)
PORTION = 1_000  # entries of one transaction


@job("journal_sweep", every=timedelta(hours=24))
def journal_sweep(work: Work) -> None:
    """Drop entries of the journal that are older than it is kept; what somebody has undone stays undone."""
    days = setting_of(work.caller.namespace_id, KEPT)
    if not days:
        return
    own = JournalEntry.objects.filter(namespace_id=work.caller.namespace_id, at__lt=work.now - timedelta(days=days))
    old = own.filter(undone_at=None).exclude(kind__in=("undo", RESTORED))  # jobs read from these what not to do again
    gone = PORTION
    while gone == PORTION:
        with work.step():
            gone, _ = old.filter(pk__in=list(old.order_by("id").values_list("pk", flat=True)[:PORTION])).delete()
            if gone:
                work.count(journal_entries=gone)

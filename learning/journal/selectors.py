"""Reading the journal."""

from uuid import UUID

from accounts.door import Caller, tenant
from accounts.errors import Invalid
from learning.models import JournalEntry

PAGE = 100
RESTORED = "restore"  # the kind of what was put away and somebody took back by hand


def journal_page(
    *,
    caller: Caller,
    kind: str = "",
    run: UUID | None = None,
    subject: UUID | None = None,
    before: UUID | None = None,
    limit: int = PAGE,
) -> list[JournalEntry]:
    """Entries of the caller's journal, the newest first: of a kind, a run, about a grain; older than `before`.

    Raises Invalid for a limit outside 1 to PAGE.
    """
    if not 1 <= limit <= PAGE:
        raise Invalid(f"limit must be from 1 to {PAGE}.", field="limit")
    with tenant(caller, durable=False):
        found = JournalEntry.objects.filter(namespace_id=caller.namespace_id)
        if kind:
            found = found.filter(kind=kind)
        if run:
            found = found.filter(run=run)
        if subject:
            found = found.filter(subjects__contains=[subject])
        if before:
            found = found.filter(pk__lt=before)  # ids are in the order of time
        return list(found.order_by("-id")[:limit])


def left_alone(caller: Caller, kind: str) -> set[UUID]:
    """What somebody has brought back, out of changes of this kind by undoing or by hand: jobs leave it as it is.

    Inside the open door.
    """
    mine = JournalEntry.objects.filter(namespace_id=caller.namespace_id)
    undone = mine.filter(kind=kind, undone_at__isnull=False) | mine.filter(kind=RESTORED, undone_at=None)
    return {subject for subjects in undone.values_list("subjects", flat=True) for subject in subjects}

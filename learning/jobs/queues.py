"""Reading what waits for a job in a table of its own, a step at a time."""

from uuid import UUID

from accounts.door import tenant
from learning.jobs.work import Work
from learning.models import Unexamined, Unwired


def next_waiting(work: Work, queue: type[Unexamined] | type[Unwired], most: int) -> list[UUID]:
    """The next memories that wait, behind the last one of this run (`after` in its progress), in the order of ids."""
    with tenant(work.caller, durable=False):
        mine = queue.objects.filter(namespace_id=work.caller.namespace_id)
        if after := work.progress.get("after"):
            mine = mine.filter(grain_id__gt=after)
        return list(mine.order_by("grain_id").values_list("grain_id", flat=True)[:most])

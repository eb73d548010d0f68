"""memoryOSS's decay: archive what was not used for so many days, now and once.

Unlike there nothing is assumed: who wants it says after how many days. A memory counts as used when it was recalled,
changed or judged, not only when it was changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import clock
from accounts.door import Caller, tenant
from accounts.errors import Invalid
from grains.models import Grain, Status
from grains.services.status import status_set
from learning.journal import entry_write
from learning.models import RetentionAction
from learning.retention.policy import SHOWN, retention_rules
from learning.retention.rules import MOST_DAYS, Rule, due_by_rule

PUT_AWAY = (Status.ACTIVE, Status.DORMANT, Status.STALE)  # those that wait for a verdict stay where they are
STEP = 500  # memories of one transaction, and of one entry of the journal


@dataclass(frozen=True, slots=True)
class Decayed:
    """How many memories were archived (or would be), and the first SHOWN of them."""

    count: int
    ids: Sequence[UUID]


def grain_decay(*, caller: Caller, after_days: int, dry_run: bool = False, now: datetime | None = None) -> Decayed:
    """Archive what was unused for `after_days`, except what the namespace's policy says to keep. Undone by the journal.

    Raises Invalid for a number of days outside 1..MOST_DAYS.
    """
    if not 1 <= after_days <= MOST_DAYS:
        raise Invalid(f"after_days must be from 1 to {MOST_DAYS}.", field="after_days")
    moment = now or clock.now()
    keeps = [rule for rule in retention_rules(caller=caller) if rule.action == RetentionAction.KEEP]
    rules = [*keeps, Rule(RetentionAction.ARCHIVE, after_days)]
    shown: list[UUID] = []
    count = last = 0
    while due := _due(caller, rules, moment, last):
        last = due[-1][0]
        gone = [id_ for _, id_ in due] if dry_run else _archive(caller, [id_ for _, id_ in due], after_days, moment)
        shown += gone[: SHOWN - len(shown)]
        count += len(gone)
    return Decayed(count, shown)


def _due(caller: Caller, rules: Sequence[Rule], now: datetime, after: int) -> list[tuple[int, UUID]]:
    with tenant(caller, durable=False):
        ((_, due),) = due_by_rule(caller.namespace_id, rules, now)
        return list(due.filter(number__gt=after).order_by("number").values_list("number", "id")[:STEP])


def _archive(caller: Caller, ids: Sequence[UUID], after_days: int, now: datetime) -> list[UUID]:
    with tenant(caller):
        mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=list(ids))
        locked = dict(mine.order_by("number").select_for_update().values_list("id", "status"))
        before = {id_: status for id_, status in locked.items() if status in PUT_AWAY}
        if before:
            after = dict.fromkeys(before, Status.ARCHIVED)
            status_set(caller=caller, statuses=after)
            cause = {"asked_by": caller.subject, "after_days": after_days}
            entry_write(
                caller=caller,
                kind="decay",
                cause=cause,
                before={"grain.status": dict(before)},
                after={"grain.status": dict(after)},
                now=now,
            )
    return list(before)

"""A namespace's policy: reading it, setting it, and seeing beforehand what it would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from learning.models import RetentionRule
from learning.retention.rules import Rule, checked, due_by_rule

SHOWN = 200  # ids of a rule that a preview names; it counts all


@dataclass(frozen=True, slots=True)
class Due:
    """What one rule would do now: to how many memories, and to which (the oldest SHOWN)."""

    rule: Rule
    count: int
    ids: Sequence[UUID]


def retention_rules(*, caller: Caller) -> list[Rule]:
    """The namespace's policy in order; empty where everything is kept."""
    with tenant(caller, durable=False):
        rows = RetentionRule.objects.filter(namespace_id=caller.namespace_id).order_by("place")
        return [Rule(row.action, row.after_days, row.memory_type, row.tag) for row in rows]


def retention_set(*, caller: Caller, rules: Sequence[Rule]) -> list[Rule]:
    """Replace the policy; an empty one keeps everything. Touches no memory: the job's next run does. Raises Invalid."""
    clean = checked(rules)
    with tenant(caller):
        RetentionRule.objects.filter(namespace_id=caller.namespace_id).delete()
        RetentionRule.objects.bulk_create(
            RetentionRule(
                namespace_id=caller.namespace_id,
                place=place,
                memory_type=rule.memory_type,
                tag=rule.tag,
                action=rule.action,
                after_days=rule.after_days,
            )
            for place, rule in enumerate(clean)
        )
        told = [{"action": rule.action, "after_days": rule.after_days, "type": rule.memory_type} for rule in clean]
        deed_append(caller=caller, verb="retention.set", subjects=[], detail={"rules": told})
    return clean


def retention_preview(*, caller: Caller, rules: Sequence[Rule] | None = None, now: datetime | None = None) -> list[Due]:
    """What each rule of the policy, or of a proposed one, would do now. Changes nothing. Raises Invalid."""
    wanted = retention_rules(caller=caller) if rules is None else checked(rules)
    with tenant(caller, durable=False):
        return [
            Due(rule, due.count(), list(due.order_by("number").values_list("id", flat=True)[:SHOWN]))
            for rule, due in due_by_rule(caller.namespace_id, wanted, now or clock.now())
        ]

"""Rules as conditions on grains: which memories the first fitting rule of a policy has come due for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DateTimeField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from accounts.errors import Invalid
from grains import limits
from grains.models import Grain, MemoryType, Status, Vitals
from learning.models import RetentionAction
from text.normal import normal, unstorable

MOST_RULES = 50
MOST_DAYS = 36_500

# From where each action takes memories. What waits for somebody's verdict (contested, quarantined) is not put away,
# but it is erased: "not longer than a year" holds for everything.
_FROM = {
    RetentionAction.REST: (Status.ACTIVE,),
    RetentionAction.ARCHIVE: (Status.ACTIVE, Status.DORMANT, Status.STALE),
    RetentionAction.DELETE: tuple(Status),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`action` for the memories of a type with a tag, `after_days` without use (delete: after being stored)."""

    action: str
    after_days: int | None = None
    memory_type: str = ""
    tag: str = ""

    @property
    def fits(self) -> Q:
        """The memories that the rule is about, due or not."""
        named = {"memory_type": self.memory_type} if self.memory_type else {}
        return Q(**named, tags__contains=[self.tag]) if self.tag else Q(**named)

    def due(self, now: datetime) -> Q:
        """Those of them whose time has come. `unused_since` is an annotation of `policed`."""
        if self.action == RetentionAction.KEEP or self.after_days is None:
            return Q(pk__in=[])
        since = "created_at" if self.action == RetentionAction.DELETE else "unused_since"
        statuses = _FROM[RetentionAction(self.action)]
        return Q(**{f"{since}__lte": now - timedelta(days=self.after_days)}, status__in=statuses)


def rule_told(rule: Rule) -> str:
    """A rule as people read it."""
    what = " ".join(filter(None, (rule.memory_type, "memories", rule.tag and f"tagged {rule.tag}")))
    return f"{rule.action} {what}" + (f" after {rule.after_days} days" if rule.after_days else "")


def checked(rules: Sequence[Rule]) -> list[Rule]:
    """The rules in normal form. Raises Invalid."""
    if len(rules) > MOST_RULES:
        raise Invalid(f"A policy has at most {MOST_RULES} rules.", field="rules")
    return [_checked(rule, f"rules.{n}") for n, rule in enumerate(rules)]


def _checked(rule: Rule, at: str) -> Rule:
    if rule.action not in RetentionAction.values:
        raise Invalid(f"action must be one of {', '.join(RetentionAction.values)}.", field=f"{at}.action")
    if rule.memory_type and rule.memory_type not in MemoryType.values:
        raise Invalid(f"memory_type must be one of {', '.join(MemoryType.values)}.", field=f"{at}.memory_type")
    tag = normal(rule.tag).strip()
    if unstorable(tag) or len(tag) > limits.NAME_CHARS:
        raise Invalid("tag must be text of at most 256 characters.", field=f"{at}.tag")
    if (rule.action == RetentionAction.KEEP) != (rule.after_days is None):
        raise Invalid("keep has no after_days, every other action needs it.", field=f"{at}.after_days")
    if rule.after_days is not None and not 1 <= rule.after_days <= MOST_DAYS:
        raise Invalid(f"after_days must be from 1 to {MOST_DAYS}.", field=f"{at}.after_days")
    return Rule(rule.action, rule.after_days, rule.memory_type, tag)


def policed(namespace_id: int) -> QuerySet[Grain]:
    """The grains of a namespace that no person has pinned, with `unused_since`: when they were last recalled, changed
    or judged.
    """
    vitals = Vitals.objects.filter(namespace_id=OuterRef("namespace_id"), grain_number=OuterRef("number"))
    last_used = Subquery(vitals.values("last_used_at")[:1], output_field=DateTimeField())
    return Grain.objects.filter(namespace_id=namespace_id, pinned=False).annotate(
        unused_since=Greatest("updated_at", Coalesce(last_used, "updated_at"))
    )


def due_by_rule(namespace_id: int, rules: Sequence[Rule], now: datetime) -> list[tuple[Rule, QuerySet[Grain]]]:
    """For each rule that does something the grains that it has come due for: no earlier rule fits those."""
    found = []
    earlier = Q(pk__in=[])
    for rule in rules:
        if rule.action != RetentionAction.KEEP:
            found.append((rule, policed(namespace_id).filter(rule.fits & rule.due(now)).exclude(earlier)))
        earlier |= rule.fits
    return found

"""The job that carries a policy out. Archiving is undone with the journal; erasing is for good."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from accounts.door import Caller, tenant
from accounts.namespace_settings import setting_of
from grains.models import Grain, Status
from grains.services.forget import grain_forget
from grains.services.status import status_set
from learning.jobs import Work, job
from learning.models import RetentionAction, RetentionRule
from learning.retention.policy import retention_rules
from learning.retention.rules import Rule, due_by_rule
from learning.retention.settings import RETENTION

STEP = 200  # memories of one transaction
_BECOMES = {RetentionAction.REST: Status.DORMANT, RetentionAction.ARCHIVE: Status.ARCHIVED}


def _has_policy(caller: Caller, now: datetime) -> bool:
    with tenant(caller, durable=False):
        return RetentionRule.objects.filter(namespace_id=caller.namespace_id).exclude(action="keep").exists()


@job("retention", every=timedelta(hours=6), wanted=_has_policy)
def retention(work: Work) -> None:
    """Put aside, archive or erase what the namespace's policy says is due."""
    if setting_of(work.caller.namespace_id, RETENTION):
        retention_carry_out(work, retention_rules(caller=work.caller))


def retention_carry_out(work: Work, rules: list[Rule]) -> None:
    """Work through what is due under each rule, in the order of the grains' numbers."""
    for place, rule in enumerate(rule for rule in rules if rule.action != RetentionAction.KEEP):
        while due := _next(work, rules, place):
            if rule.action == RetentionAction.DELETE:
                _erase(work, place, due)
            else:
                _put_away(work, place, rule, due)


def _next(work: Work, rules: list[Rule], place: int) -> list[tuple[int, UUID, str]]:
    """The next memories of a rule: behind the last one that this run has seen under it."""
    with tenant(work.caller, durable=False):
        _, due = due_by_rule(work.caller.namespace_id, rules, work.now)[place]
        after = work.progress.get(f"rule {place}", 0)
        rows = due.filter(number__gt=after).order_by("number").values_list("number", "id", "status")
        return list(rows[:STEP])


def _put_away(work: Work, place: int, rule: Rule, due: list[tuple[int, UUID, str]]) -> None:
    becomes = _BECOMES[RetentionAction(rule.action)]
    with work.step(**{f"rule {place}": due[-1][0]}):
        before = _still(work, {id_: status for _, id_, status in due})
        if not before:
            return
        after: Mapping[object, object] = dict.fromkeys(before, becomes)
        status_set(caller=work.caller, statuses=dict.fromkeys(before, becomes))
        cause = {"rule": place, "after_days": rule.after_days}
        work.journal(
            f"retention.{rule.action}",
            cause=cause,
            before={"grain.status": dict(before)},
            after={"grain.status": after},
        )
        work.count(**{f"{rule.action}d" if rule.action == "archive" else "rested": len(before)})


def _still(work: Work, read: Mapping[UUID, str]) -> dict[UUID, str]:
    """Those that are as they were read: what was used or judged meanwhile is left for the next run."""
    rows = Grain.objects.filter(namespace_id=work.caller.namespace_id, id__in=list(read))
    locked = rows.order_by("number").select_for_update().values_list("id", "status")
    return {id_: status for id_, status in locked if status == read[id_]}


def _erase(work: Work, place: int, due: list[tuple[int, UUID, str]]) -> None:
    ids = [id_ for _, id_, _ in due]
    with work.step(**{f"rule {place}": due[-1][0]}):
        erased = grain_forget(caller=work.caller, ids=ids)
        work.lose(erased)
        work.count(erased=erased)

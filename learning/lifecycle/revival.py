"""Waking dormant memories that somebody has asked for: a fold over the last recalls, never in their way."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from pgvector import HalfVector

from accounts.door import Caller, tenant
from accounts.namespace_settings import setting_of
from embedding import embed
from grains.models import Grain, Status
from learning.jobs import Work, job
from learning.lifecycle.moving import grains_wake
from learning.lifecycle.settings import REVIVE_FROM
from learning.models import Run, RunState
from retrieval.models import Trace
from retrieval.question import understand

LOOK_BACK = timedelta(days=1)  # of a first run, and after a long pause
MOST = 500  # recalls of one run, the newest
NEAREST = 60  # as many as a recall looks at
NAMED = ("agent", "user", "author", "session")  # what a recall was narrowed to narrows whom it wakes
NEAREST_SQL = """
SELECT grain.id, -near.distance FROM (
    SELECT grain_number, embedding <#> %s::halfvec AS distance FROM grains_passage
    WHERE namespace_id = {namespace} AND current ORDER BY embedding <#> %s::halfvec LIMIT {limit}
) AS near
JOIN grains_grain AS grain ON grain.namespace_id = {namespace} AND grain.number = near.grain_number
WHERE grain.status = 'dormant' AND near.distance <= %s
"""


def _sleeping(caller: Caller, now: datetime) -> bool:
    with tenant(caller, durable=False):
        return Grain.objects.filter(namespace_id=caller.namespace_id, status=Status.DORMANT).exists()


@job("revive", every=timedelta(minutes=5), wanted=_sleeping)
def revive(work: Work) -> None:
    """Wake dormant memories that match what was asked since the last run."""
    least = setting_of(work.caller.namespace_id, REVIVE_FROM)
    if least > 1:
        return
    for trace in _traces(work):
        matches = _matches(work.caller, trace, least)
        with work.step(after=trace.at.isoformat()):
            woken = grains_wake(caller=work.caller, ids=matches)
            if woken:
                before, after = dict.fromkeys(woken, Status.DORMANT), dict.fromkeys(woken, Status.ACTIVE)
                told = {"before": {"grain.status": before}, "after": {"grain.status": after}}
                work.journal("revive", cause={"trace": trace.id}, **told)
                work.count(revived=len(woken))


def _traces(work: Work) -> list[Trace]:
    """Recalls since the last run that ended well, one of each question, the oldest first."""
    with tenant(work.caller, durable=False):
        runs = Run.objects.filter(namespace_id=work.caller.namespace_id, job=work.job, state=RunState.DONE)
        last = runs.order_by("-queued_at").values_list("started_at", flat=True).first()
        since = max(filter(None, (last, work.now - LOOK_BACK)))
        if after := work.progress.get("after"):
            since = max(since, datetime.fromisoformat(after))
        recent = Trace.objects.filter(namespace_id=work.caller.namespace_id, at__gt=since, at__lte=work.now)
        newest = list(recent.order_by("-at")[:MOST])
    once = {(trace.query, str(_named(trace))): trace for trace in reversed(newest)}
    return sorted(once.values(), key=lambda trace: trace.at)


def _matches(caller: Caller, trace: Trace, least: float) -> list[UUID]:
    question = understand(trace.query)
    vector = str(HalfVector(embed([question.embedded], scope=str(caller.namespace_id), operation="query")[0]).to_text())
    with tenant(caller, durable=False), connection.cursor() as cursor:
        cursor.execute(NEAREST_SQL.format(namespace=int(caller.namespace_id), limit=NEAREST), [vector, vector, -least])
        found = [id_ for id_, _ in cursor.fetchall()]
        allowed = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=found, **_named(trace))
        return list(allowed.values_list("id", flat=True))


def _named(trace: Trace) -> dict[str, Any]:
    return {name: trace.params[name] for name in NAMED if trace.params.get(name)}

"""Recalls become uses: a fold over their traces, in order, never in their way."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from accounts.door import tenant
from learning.jobs import Work, job
from learning.models import FoldedTo
from retrieval.models import Trace

STEP = 200  # recalls folded in one transaction
SETTLED = timedelta(seconds=30)  # a recall that began earlier has written its trace
LOOK_BACK = timedelta(days=2)  # of a first run
# In the order of numbers, so that two folds never wait for one another.
USES_SQL = """
WITH used AS (
    SELECT grain.number, count.uses, count.at
    FROM unnest(%s::uuid[], %s::int[], %s::timestamptz[]) AS count (id, uses, at)
    JOIN grains_grain AS grain ON grain.namespace_id = %s AND grain.id = count.id
),
held AS (
    SELECT vitals.grain_number, used.uses, used.at
    FROM used JOIN grains_vitals AS vitals ON vitals.namespace_id = %s AND vitals.grain_number = used.number
    ORDER BY vitals.grain_number FOR UPDATE OF vitals
)
UPDATE grains_vitals AS vitals
SET uses = vitals.uses + held.uses, last_used_at = greatest(vitals.last_used_at, held.at)
FROM held WHERE vitals.namespace_id = %s AND vitals.grain_number = held.grain_number
"""
# In the order of keys, as feedback takes them.
HEARD_SQL = """
WITH held AS (
    SELECT key FROM learning_entry WHERE namespace_id = %s AND key = ANY(%s) ORDER BY key FOR UPDATE
)
UPDATE learning_entry AS entry SET last_used_at = greatest(entry.last_used_at, %s)
FROM held WHERE entry.namespace_id = %s AND entry.key = held.key
"""


@job("uses", every=timedelta(minutes=1))
def uses_fold(work: Work) -> None:
    """Count what recalls returned as uses of those memories."""
    while traces := _next(work):
        with work.step():
            _count(work, traces)
            last = traces[-1]
            FoldedTo.objects.update_or_create(
                namespace_id=work.caller.namespace_id, defaults={"at": last.at, "trace_id": last.id}
            )
            work.progress["after"] = [last.at.isoformat(), str(last.id)]
            work.count(folded=len(traces))


def _next(work: Work) -> list[Trace]:
    """The next recalls, in order of time and id."""
    with tenant(work.caller, durable=False):
        at, id_ = _reached(work)
        recalls = Trace.objects.filter(namespace_id=work.caller.namespace_id, at__lte=work.now - SETTLED)
        behind = recalls.filter(at__gte=at).filter(Q(at__gt=at) | Q(id__gt=id_))
        return list(behind.order_by("at", "id")[:STEP])


def _reached(work: Work) -> tuple[object, object]:
    if after := work.progress.get("after"):  # a preview keeps its place here only
        return after[0], after[1]
    place = FoldedTo.objects.filter(namespace_id=work.caller.namespace_id).first()
    return (place.at, place.trace_id) if place else (work.now - LOOK_BACK, UUID(int=0))


def _count(work: Work, traces: list[Trace]) -> None:
    uses = Counter(result["id"] for trace in traces for result in trace.ranking)
    last = {result["id"]: trace.at for trace in traces for result in trace.ranking}
    heard = {
        step["key"] for trace in traces for result in trace.ranking for step in result.get("path", ()) if "key" in step
    }
    namespace = work.caller.namespace_id
    with connection.cursor() as cursor:
        columns = [list(uses), list(uses.values()), [last[id_] for id_ in uses]]
        cursor.execute(USES_SQL, [*columns, namespace, namespace, namespace])
        cursor.execute(HEARD_SQL, [namespace, list(heard), traces[-1].at, namespace])

"""Record what callers say of a recall's results. Learning reads the ratings; saying a thing twice counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from retrieval.arrays import pipelined
from retrieval.errors import NotInTrace, UnknownTrace
from retrieval.models import Trace

# One statement for all of them: rows of the ORM cost four times the CPU.
RATINGS_SQL = """
INSERT INTO retrieval_rating (namespace_id, trace_id, actor, at, grain_id, useful, strength)
SELECT %s, %s, %s, %s, grain_id, useful, strength
FROM unnest(%s::uuid[], %s::boolean[], %s::float8[]) AS new (grain_id, useful, strength)
ON CONFLICT (namespace_id, trace_id, grain_id, actor)
DO UPDATE SET useful = excluded.useful, strength = excluded.strength, at = excluded.at
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one result helped; `strength` from 0 to 1."""

    grain_id: UUID
    useful: bool
    strength: float = 1.0


def feedback_record(
    *, caller: Caller, trace_id: UUID, verdicts: Sequence[Verdict], now: datetime | None = None
) -> Trace:
    """Record the verdicts, all or none; return the recall. A later verdict of the same caller replaces the earlier.

    Raises UnknownTrace, or NotInTrace for a grain that the recall did not return.
    """
    try:
        return _record(caller, trace_id, verdicts, now or clock.now())
    except IntegrityError as error:  # the recall returned it, and it was forgotten since
        raise NotInTrace("A rated memory has been forgotten.", field="grain_id") from error


def _record(caller: Caller, trace_id: UUID, verdicts: Sequence[Verdict], moment: datetime) -> Trace:
    with tenant(caller):
        trace = trace_find(caller=caller, trace_id=trace_id)
        returned = {UUID(result["id"]) for result in trace.ranking}
        if strange := next((v.grain_id for v in verdicts if v.grain_id not in returned), None):
            raise NotInTrace(f"The recall {trace_id} did not return the memory {strange}.", field="grain_id")
        last = list({v.grain_id: v for v in verdicts}.values())
        columns = [[v.grain_id for v in last], [v.useful for v in last], [float(v.strength) for v in last]]
        pipelined([(RATINGS_SQL, [caller.namespace_id, trace_id, caller.subject, moment, *columns])])
        deed_append(
            caller=caller,
            verb="feedback",
            subjects=[verdict.grain_id for verdict in verdicts],
            detail={"trace": str(trace_id)},
        )
    return trace


def trace_find(*, caller: Caller, trace_id: UUID) -> Trace:
    """The receipt of a recall of the caller's namespace, inside the open door. Raises UnknownTrace.

    A trace's id holds its time to the millisecond, so only one day's partition is read.
    """
    made = clock.moment_of(trace_id)
    near: dict[str, Any] = {"at__range": (made - SLACK, made + SLACK)} if made else {}
    found = Trace.objects.filter(namespace_id=caller.namespace_id, id=trace_id, **near).first()
    if found is None:
        raise UnknownTrace(f"There is no recall {trace_id}.", field="trace_id")
    return found


SLACK = timedelta(seconds=1)

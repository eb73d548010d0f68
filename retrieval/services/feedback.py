"""Record what callers say of a recall's results. Learning reads the ratings; saying a thing twice counts once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import clock
from accounts.deeds import deed_statement
from accounts.door import Caller
from retrieval.arrays import Rows, Statement
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
ASKED_SQL = """
SELECT query, ARRAY(SELECT (line ->> 'id')::uuid FROM jsonb_array_elements(ranking) AS line)
FROM retrieval_trace WHERE namespace_id = %s AND id = %s {near}
"""
SAID_SQL = """
SELECT rating.grain_id, rating.useful, rating.strength, grain.number
FROM retrieval_rating AS rating
JOIN grains_grain AS grain ON grain.namespace_id = rating.namespace_id AND grain.id = rating.grain_id
WHERE rating.namespace_id = %s AND rating.trace_id = %s AND rating.actor = %s
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one result helped; `strength` from 0 to 1."""

    grain_id: UUID
    useful: bool
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A recall as far as feedback needs it, and what the caller has said of its results so far, with their numbers."""

    query: str
    returned: frozenset[UUID]
    said: Mapping[UUID, tuple[Verdict, int]]


def asked_statements(caller: Caller, trace_id: UUID) -> list[Statement]:
    """What reads a recall and the caller's verdicts on it, for `asked_of`."""
    made = clock.moment_of(trace_id)
    near, moments = ("AND at BETWEEN %s AND %s", [made - SLACK, made + SLACK]) if made else ("", [])
    return [
        (ASKED_SQL.format(near=near), [caller.namespace_id, trace_id, *moments]),
        (SAID_SQL, [caller.namespace_id, trace_id, caller.subject]),
    ]


def asked_of(trace_id: UUID, recalls: Rows, said: Rows) -> Asked:
    """The recall from the statements' rows. Raises UnknownTrace."""
    if not recalls:
        raise UnknownTrace(f"There is no recall {trace_id}.", field="trace_id")
    ((query, returned),) = recalls
    before = {id_: (Verdict(id_, useful, strength), number) for id_, useful, strength, number in said}
    return Asked(query, frozenset(returned), before)


def ratings_statements(
    *, caller: Caller, trace_id: UUID, asked: Asked, verdicts: Sequence[Verdict], now: datetime
) -> list[Statement]:
    """What records verdicts and its deed: a later verdict of the same caller replaces the earlier.

    Raises NotInTrace for a grain that the recall did not return. The database refuses one that was forgotten since.
    """
    if strange := next((v.grain_id for v in verdicts if v.grain_id not in asked.returned), None):
        raise NotInTrace(f"The recall {trace_id} did not return the memory {strange}.", field="grain_id")
    last = list({v.grain_id: v for v in verdicts}.values())
    columns = [[v.grain_id for v in last], [v.useful for v in last], [float(v.strength) for v in last]]
    rated = [verdict.grain_id for verdict in verdicts]
    return [
        (RATINGS_SQL, [caller.namespace_id, trace_id, caller.subject, now, *columns]),
        deed_statement(caller=caller, verb="feedback", subjects=rated, detail={"trace": str(trace_id)}),
    ]


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

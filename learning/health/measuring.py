"""Measuring: every signal from the tables as they are, in bounded windows, inside the open door.

The cost does not grow with history: the newest RECALLS recalls of a day, the newest GRAINS memories, at most CONDUITS
conduits, and indexes for the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from accounts.door import Caller
from accounts.models import Namespace
from grains.models import Grain, Status, Vitals
from learning.health.signals import Warmth
from learning.models import HealthSample, JournalEntry, Run

DAY, WEEK = timedelta(days=1), timedelta(days=7)
RECALLS, GRAINS, CONDUITS, STORES = 2_000, 2_000, 200_000, 20_000
UNWIRED_FOR = timedelta(minutes=30)  # the background may take its time to wire a new memory
SKEW_FROM = 20  # memories of one caller in a day before a share of them says anything (Flux)
HIGHWAY = 0.8  # a conduit's weight (Flux)
NEVER_MIND = ("system", "admin", "test")  # roles whose recalls say nothing about quality (Flux)
PROMOTED, DISSOLVED = "promote", "tidied"  # the journal's kind; what the graph's jobs count

RECALLS_SQL = """
WITH recent AS MATERIALIZED (
    SELECT id, decision, ranking FROM retrieval_trace
    WHERE namespace_id = %(namespace)s AND at > %(day)s AND at <= %(now)s
      AND coalesce(params ->> 'role', '') <> ALL(%(never_mind)s)
    ORDER BY at DESC LIMIT %(recalls)s
),
lines AS MATERIALIZED (
    SELECT recent.id AS trace_id, (line ->> 'id')::uuid AS grain_id,
        jsonb_array_length(coalesce(line -> 'path', '[]'::jsonb)) AS hops
    FROM recent CROSS JOIN LATERAL jsonb_array_elements(recent.ranking) AS line
),
rated AS MATERIALIZED (
    SELECT trace_id, grain_id, bool_or(useful) AS useful FROM retrieval_rating
    WHERE namespace_id = %(namespace)s AND trace_id IN (SELECT id FROM recent) GROUP BY trace_id, grain_id
)
SELECT
    (SELECT count(*) FROM recent) AS recalls,
    (SELECT count(*) FROM recent WHERE decision = 'abstain') AS abstained,
    (SELECT count(*) FROM lines) AS returned,
    (SELECT count(*) FROM rated JOIN lines USING (trace_id, grain_id)) AS rated,
    (SELECT count(DISTINCT trace_id) FROM rated) AS rated_recalls,
    (SELECT count(DISTINCT trace_id) FROM rated WHERE useful) AS useful_recalls,
    (SELECT avg(longest) FROM (
        SELECT max(hops) AS longest FROM lines GROUP BY trace_id HAVING max(hops) > 0
    ) AS walked) AS hops
"""
CONDUITS_SQL = """
SELECT count(*) FILTER (WHERE weight <> 0) AS conduits, count(*) FILTER (WHERE weight >= %(highway)s) AS highways,
    avg(abs(weight)) FILTER (WHERE weight <> 0) AS weight,
    count(*) FILTER (WHERE provenance = 'shortcut' AND weight > 0 AND created_at > %(week)s AND last_used_at > %(day)s)
        AS shortcuts,
    avg(-weight) FILTER (WHERE weight < 0 AND last_used_at > %(day)s) AS blame
FROM (
    SELECT weight, provenance, created_at, last_used_at FROM learning_conduit
    WHERE namespace_id = %(namespace)s LIMIT %(conduits)s
) AS few
"""
ORPHANS_SQL = """
SELECT count(*) AS settled, count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM learning_conduit AS inward WHERE inward.namespace_id = %(namespace)s AND inward.target = few.number
) AND NOT EXISTS (
    SELECT FROM learning_conduit AS outward WHERE outward.namespace_id = %(namespace)s AND outward.source = few.number
)) AS orphans
FROM (
    SELECT number FROM grains_grain
    WHERE namespace_id = %(namespace)s AND status = 'active' AND created_at <= %(settled)s
    ORDER BY created_at DESC LIMIT %(grains)s
) AS few
"""
SKEW_SQL = """
SELECT max(share) AS skew FROM (
    SELECT avg((grain.provenance = 'user_stated')::integer) AS share
    FROM (
        SELECT actor, coalesce(detail ->> 'client', '') AS client, unnest(subjects) AS id FROM accounts_deed
        WHERE namespace_id = %(namespace)s AND verb = 'store' AND at > %(day)s AND at <= %(now)s
        ORDER BY at DESC LIMIT %(stores)s
    ) AS stored
    JOIN grains_grain AS grain ON grain.namespace_id = %(namespace)s AND grain.id = stored.id
    GROUP BY stored.actor, stored.client HAVING count(*) >= %(skew_from)s
) AS by_caller
"""
# How much has ever happened, up to what any warm-up asks for.
WARMTH_SQL = """
SELECT
    (SELECT count(*) FROM (SELECT FROM retrieval_trace WHERE namespace_id = %(namespace)s LIMIT 500) AS few),
    (SELECT count(*) FROM (
        SELECT DISTINCT trace_id FROM retrieval_rating WHERE namespace_id = %(namespace)s LIMIT 100
    ) AS few)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A look: the signals' values, None where there is nothing to say, and how much has happened so far."""

    values: Mapping[str, float | None]
    recalls: int
    rated: int
    days: int

    def warm(self, wanted: Warmth, share: float) -> bool:
        """Whether enough has happened for a signal, `share` being how much of its warm-up is asked for."""
        return (
            self.recalls >= wanted.recalls * share
            and self.rated >= wanted.rated * share
            and self.days >= wanted.days * share
        )


def measured(caller: Caller, now: datetime) -> Measured:
    """Look at the caller's namespace, inside the open door."""
    named: dict[str, Any] = {
        "namespace": caller.namespace_id, "now": now, "day": now - DAY, "week": now - WEEK,
        "settled": now - UNWIRED_FOR, "recalls": RECALLS, "conduits": CONDUITS, "grains": GRAINS, "stores": STORES,
        "never_mind": list(NEVER_MIND), "highway": HIGHWAY, "skew_from": SKEW_FROM,
    }  # fmt: skip
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for sql in (RECALLS_SQL, CONDUITS_SQL, ORPHANS_SQL, SKEW_SQL):
            cursor.execute(sql, named)
            found |= dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
        cursor.execute(WARMTH_SQL, named)
        recalls, rated = cursor.fetchone()
    since = Namespace.objects.values_list("created_at", flat=True).get(pk=caller.namespace_id)
    values = {**_of_recalls(found), **_of_the_graph(caller, found, now), **_of_grains(caller, found)}
    return Measured(values, recalls, rated, (now - since).days)


def _of_recalls(found: Mapping[str, Any]) -> dict[str, float | None]:
    return {
        "avg_hops_per_retrieval": float(found["hops"] or 0),
        "retrieval_success_rate": _share(found["useful_recalls"], found["rated_recalls"]),
        "fallback_trigger_rate": _share(found["abstained"], found["recalls"]),
        "feedback_compliance_rate": _share(found["rated"], found["returned"]),
        "provenance_skew": float(found["skew"] or 0),
    }


def _of_the_graph(caller: Caller, found: Mapping[str, Any], now: datetime) -> dict[str, float | None]:
    rate = _share(100 * found["shortcuts"] / 2, found["recalls"])  # a shortcut is two conduits
    blame = found["blame"]
    return {
        "highway_count": float(found["highways"]),
        "highway_growth_rate": _growth(caller, float(found["highways"]), now),
        "shortcut_creation_rate": rate,
        "conduit_dissolution_rate": _dissolved(caller, found["conduits"], now),
        "avg_weight_drop_on_failure": None if blame is None else float(blame),
        "promotion_events": float(_promotions(caller, now)),
        "avg_conduit_weight": None if found["weight"] is None else float(found["weight"]),
    }


def _of_grains(caller: Caller, found: Mapping[str, Any]) -> dict[str, float | None]:
    mine = Grain.objects.filter(namespace_id=caller.namespace_id).order_by()
    counts = dict(mine.values_list("status").annotate(Count("id")))
    awake, asleep = counts.get(Status.ACTIVE, 0), counts.get(Status.DORMANT, 0)
    return {
        "orphan_rate": _share(found["orphans"], found["settled"]),
        "dormant_grain_rate": _share(asleep, awake + asleep),
        "core_grain_count": float(Vitals.objects.filter(namespace_id=caller.namespace_id, core=True).count()),
    }


def _growth(caller: Caller, highways: float, now: datetime) -> float | None:
    """How many more highways than a week ago; None before there is a look to compare with."""
    mine = HealthSample.objects.filter(namespace_id=caller.namespace_id)
    then = mine.filter(at__lte=now - WEEK).order_by("-at").first() or mine.order_by("at").first()
    return None if then is None else max(highways - (then.values.get("highway_count") or 0.0), 0.0)


def _dissolved(caller: Caller, left: int, now: datetime) -> float:
    """The share of conduits that the jobs have dissolved within a day."""
    runs = Run.objects.filter(namespace_id=caller.namespace_id, finished_at__gt=now - DAY, finished_at__lte=now)
    gone = sum(result.get(DISSOLVED, 0) for result in runs.values_list("result", flat=True))
    return gone / (gone + left) if gone else 0.0


def _promotions(caller: Caller, now: datetime) -> int:
    week = JournalEntry.objects.filter(namespace_id=caller.namespace_id, at__gt=now - WEEK, at__lte=now)
    return week.filter(kind=PROMOTED, undone_at=None).count()


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None

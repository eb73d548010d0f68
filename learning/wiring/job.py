"""The job that wires new memories into the graph. Doing it again changes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

import clock
from accounts.door import Caller
from accounts.namespace_settings import setting_of
from grains.models import Grain
from grains.selectors import Memory, with_content
from learning import constants as c
from learning.decay import class_sql
from learning.entries import author_key, entity_keys
from learning.jobs import Work, job
from learning.jobs.queues import next_waiting
from learning.models import EntryKind, Unwired
from learning.switches import WIRING
from learning.wiring.journaling import declare, wired
from learning.wiring.queue import waiting
from retrieval.arrays import pipelined
from retrieval.candidates import PREFER_ORDERED
from retrieval.question import understand

STEP = 25  # memories wired in one transaction: some 5 ms of neighbours each in a large namespace
SHORTEST = 3  # characters of an entity: "3" is no name
# What was wired of an earlier content.
OUTDATED_SQL = """
DELETE FROM learning_conduit WHERE namespace_id = %s AND provenance = 'wired'
AND (source = ANY(%s) OR (entry IS NOT NULL AND target = ANY(%s)))
"""
_NEAREST_CLASS = class_sql("both_ways.target", "{namespace}")
_SESSION_CLASS = class_sql("edge.target", "fresh.namespace_id")
_FILED_CLASS = class_sql("new.target", "%s")
# The nearest of each, both ways. Those that have as many conduits as a recall reads get no further one.
NEAREST_SQL = f"""
WITH found AS (
    SELECT fresh.number, near.grain_number, {c.WIRED_SCALE} * near.cosine AS weight
    FROM unnest(%s::bigint[]) AS fresh (number)
    JOIN grains_passage AS own
      ON own.namespace_id = {{namespace}} AND own.grain_number = fresh.number AND own.current AND own.n = 0
    CROSS JOIN LATERAL (
        SELECT grain_number, -(embedding <#> own.embedding) AS cosine FROM grains_passage
        WHERE namespace_id = {{namespace}} AND current
        ORDER BY embedding <#> own.embedding LIMIT {c.WIRED_NEIGHBOURS + 1}
    ) AS near
    WHERE near.grain_number <> fresh.number AND near.cosine >= {c.WIRED_COSINE}
)
INSERT INTO learning_conduit
  (namespace_id, source, target, relation, decay_class, weight, uses, provenance, created_at, last_used_at)
SELECT DISTINCT ON (source, target) {{namespace}}, source, target, 2, {_NEAREST_CLASS}, weight, 0, 'wired', %s, %s
FROM (
    SELECT number AS source, grain_number AS target, weight FROM found
    UNION ALL
    SELECT grain_number, number, weight FROM found
) AS both_ways
WHERE (
    SELECT count(*) FROM learning_conduit AS one
    WHERE one.namespace_id = {{namespace}} AND one.source = both_ways.source
) < {c.GRAIN_FAN}
ORDER BY source, target, weight DESC
ON CONFLICT DO NOTHING
"""  # noqa: S608 (our own constants)
SESSION_SQL = f"""
INSERT INTO learning_conduit
  (namespace_id, source, target, relation, decay_class, weight, uses, provenance, created_at, last_used_at)
SELECT fresh.namespace_id, edge.source, edge.target, 1, {_SESSION_CLASS}, {c.WIRED_SESSION}, 0, 'wired', %s, %s
FROM grains_grain AS fresh
JOIN grains_grain AS mate
  ON mate.namespace_id = fresh.namespace_id AND mate.session_key = fresh.session_key
 AND mate.turn IN (fresh.turn - 1, fresh.turn + 1)
CROSS JOIN LATERAL (VALUES (fresh.number, mate.number), (mate.number, fresh.number)) AS edge (source, target)
WHERE fresh.namespace_id = %s AND fresh.number = ANY(%s) AND fresh.session_key <> 0
ORDER BY edge.source, edge.target
ON CONFLICT DO NOTHING
"""  # noqa: S608 (likewise)
ENTRIES_SQL = """
INSERT INTO learning_entry (namespace_id, key, kind, created_at, last_used_at)
SELECT DISTINCT %s::bigint, key, kind, %s::timestamptz, %s::timestamptz
FROM unnest(%s::bigint[], %s::smallint[]) AS new (key, kind) ORDER BY key
ON CONFLICT DO NOTHING
"""
FILED_SQL = f"""
INSERT INTO learning_conduit
  (namespace_id, entry, target, relation, decay_class, weight, uses, provenance, created_at, last_used_at)
SELECT %s, entry, target, 1, {_FILED_CLASS}, {c.WIRED_ENTITY}, 0, 'wired', %s, %s
FROM unnest(%s::bigint[], %s::bigint[]) AS new (entry, target)
WHERE (
    SELECT count(*) FROM learning_conduit AS one WHERE one.namespace_id = %s AND one.entry = new.entry
) < {c.ENTRY_FAN}
ORDER BY entry, target
ON CONFLICT DO NOTHING
"""  # noqa: S608 (likewise)


@job("wire", every=timedelta(minutes=1), wanted=waiting)
def wire(work: Work) -> None:
    """Wire new memories to their nearest neighbours, their session and what they name."""
    wanted = setting_of(work.caller.namespace_id, WIRING)
    while grains := next_waiting(work, Unwired, STEP):
        with work.step(after=str(grains[-1])):
            if wanted:
                _link(work, [str(id_) for id_ in grains])
            Unwired.objects.filter(namespace_id=work.caller.namespace_id, grain_id__in=grains).delete()


def _link(work: Work, ids: Sequence[str]) -> None:
    """Wire these grains and write down which of them are wired now."""
    before = wired(work.caller, ids)
    work.count(wired=_wire(work.caller, ids, work.now))
    after = {id_: is_wired for id_, is_wired in wired(work.caller, list(before)).items() if is_wired}
    if after:
        kept = {id_: before[id_] for id_ in after}
        work.journal("link", cause={}, before={"grain.wired": kept}, after={"grain.wired": after})


def _wire(caller: Caller, ids: Sequence[str], now: datetime) -> int:
    """Wire these grains, inside the open door; how many there still were."""
    grains = list(Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids).order_by("number"))
    numbers = [grain.number for grain in grains]
    pipelined([PREFER_ORDERED])
    with connection.cursor() as cursor:
        cursor.execute(OUTDATED_SQL, [caller.namespace_id, numbers, numbers])
        cursor.execute(NEAREST_SQL.format(namespace=int(caller.namespace_id)), [numbers, now, now])
        cursor.execute(SESSION_SQL, [now, now, caller.namespace_id, numbers])
    _file(caller, with_content(caller, grains), now)
    return len(grains)


def _file(caller: Caller, memories: Sequence[Memory], now: datetime) -> None:
    """File memories under what they name and by whom they are."""
    lines = [
        (key, kind, memory.grain.number) for memory in memories for key, kind in _entries(caller.namespace_id, memory)
    ]
    if not lines:
        return
    keys, kinds, targets = ([line[n] for line in lines] for n in range(3))
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES_SQL, [caller.namespace_id, now, now, keys, [int(kind) for kind in kinds]])
        cursor.execute(
            FILED_SQL, [caller.namespace_id, caller.namespace_id, now, now, keys, targets, caller.namespace_id]
        )


def _entries(namespace_id: int, memory: Memory) -> list[tuple[int, EntryKind]]:
    named = sorted(entity for entity in understand(memory.content).exact if len(entity) >= SHORTEST)
    found = [(key, EntryKind.ENTITY) for key in entity_keys(namespace_id, named)]
    author = memory.grain.author
    return [*found, (author_key(namespace_id, author), EntryKind.AUTHOR)] if author else found


declare(lambda caller, ids: _wire(caller, ids, clock.now()))

"""Tidying: what the graph holds more of than a recall reads. What is left out was read by nobody."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from accounts.door import tenant
from learning import constants as c
from learning.jobs import Work, job
from learning.models import Conduit, EntryKind
from learning.use.dropping import ASPECT, KIND, brought_back, named

PORTION = 500  # conduits of one transaction, and of one entry of the journal
# The weakest conduits of entries and of grains that have more than a recall reads.
WIDE_SQL = """
SELECT id FROM (
    SELECT one.id, row_number() OVER (PARTITION BY one.{origin} ORDER BY abs(one.weight) DESC, one.id) AS place
    FROM learning_conduit AS one
    WHERE one.namespace_id = %s AND one.{origin} IN (
        SELECT many.{origin} FROM learning_conduit AS many
        WHERE many.namespace_id = %s AND many.{origin} IS NOT NULL AND many.provenance <> 'consolidation'
        GROUP BY many.{origin} HAVING count(*) > %s
    ) AND one.provenance IN ('feedback', 'shortcut', 'wired')
) AS ordered
WHERE place > %s
ORDER BY id
"""
# Pairs that were useful together too seldom, for longer than recalls are remembered.
SELDOM_SQL = """
DELETE FROM learning_conduit
WHERE namespace_id = %(namespace)s AND provenance = 'shortcut' AND weight = 0 AND last_used_at < %(before)s
"""
WORDINGS_SQL = """
DELETE FROM learning_entry WHERE namespace_id = %(namespace)s AND key IN (
    SELECT key FROM learning_entry
    WHERE namespace_id = %(namespace)s AND kind = %(wording)s ORDER BY last_used_at DESC, key OFFSET %(most)s
)
"""
EMPTY_SQL = """
DELETE FROM learning_entry AS entry WHERE namespace_id = %(namespace)s AND NOT EXISTS (
    SELECT FROM learning_conduit AS one WHERE one.namespace_id = entry.namespace_id AND one.entry = entry.key
)
"""
# What every process has seen by now, or will not trust what it remembers from before (remembered.TRUSTED).
LOG_SQL = (
    "DELETE FROM learning_change WHERE namespace_id = %(namespace)s AND at < clock_timestamp() - interval '3 hours'"
)
SELDOM = timedelta(days=30)


@job("tidy", every=timedelta(hours=6))
def tidy(work: Work) -> None:
    """Drop conduits and rated wordings beyond what a recall reads, and entries that lead nowhere."""
    for origin, most in (("entry", c.WORDING_FAN), ("source", c.GRAIN_FAN)):
        many = _too_many(work, origin, most)
        for start in range(0, len(many), PORTION):
            with work.step():
                _drop(work, many[start : start + PORTION], most)
    values: dict[str, Any] = {
        "namespace": work.caller.namespace_id,
        "before": work.now - SELDOM,
        "wording": int(EntryKind.WORDING),
        "most": c.MOST_WORDINGS,
    }
    for sql in (SELDOM_SQL, WORDINGS_SQL, EMPTY_SQL, LOG_SQL):
        with work.step(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            if cursor.rowcount and sql != LOG_SQL:
                work.count(tidied=cursor.rowcount)


def _too_many(work: Work, origin: str, most: int) -> list[int]:
    """The conduits of an origin beyond the `most` strongest."""
    with tenant(work.caller, durable=False), connection.cursor() as cursor:
        namespace = work.caller.namespace_id
        cursor.execute(WIDE_SQL.format(origin=origin), [namespace, namespace, most, most])
        return [id_ for (id_,) in cursor.fetchall()]


def _drop(work: Work, ids: Sequence[int], most: int) -> None:
    """Drop these, but for what somebody has brought back, and write them down."""
    mine = Conduit.objects.filter(namespace_id=work.caller.namespace_id, id__in=ids)
    conduits = list(mine.order_by("id").select_for_update())
    kept, values = brought_back(work.caller), named(work.caller, conduits)
    gone = {name: values[name] for name in values if name not in kept}
    if not gone:
        return
    mine.filter(id__in=[one.pk for one, name in zip(conduits, values, strict=True) if name in gone]).delete()
    work.journal(KIND, cause={"most": most}, before={ASPECT: gone}, after={ASPECT: dict.fromkeys(gone)})
    work.count(tidied=len(gone))

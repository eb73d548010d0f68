"""Tidying: what the graph holds more of than a recall reads. What is left out was read by nobody."""

from datetime import timedelta
from typing import Any

from django.db import connection

from learning import constants as c
from learning.jobs import Work, job
from learning.models import EntryKind

# The weakest conduits of entries and of grains that have more than a recall reads.
WIDE_SQL = """
DELETE FROM learning_conduit WHERE namespace_id = %(namespace)s AND id IN (
    SELECT id FROM (
        SELECT one.id, row_number() OVER (PARTITION BY one.{origin} ORDER BY abs(one.weight) DESC, one.id) AS place
        FROM learning_conduit AS one
        WHERE one.namespace_id = %(namespace)s AND one.{origin} IN (
            SELECT many.{origin} FROM learning_conduit AS many
            WHERE many.namespace_id = %(namespace)s AND many.{origin} IS NOT NULL AND many.provenance <> 'consolidation'
            GROUP BY many.{origin} HAVING count(*) > %(most)s
        ) AND one.provenance IN ('feedback', 'shortcut', 'wired')
    ) AS ordered
    WHERE place > %(most)s
)
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
SELDOM = timedelta(days=30)


@job("tidy", every=timedelta(hours=6))
def tidy(work: Work) -> None:
    """Drop conduits and rated wordings beyond what a recall reads, and entries that lead nowhere."""
    values: dict[str, Any] = {
        "namespace": work.caller.namespace_id,
        "before": work.now - SELDOM,
        "wording": int(EntryKind.WORDING),
    }
    statements = [
        (WIDE_SQL.format(origin="entry"), c.WORDING_FAN),
        (WIDE_SQL.format(origin="source"), c.GRAIN_FAN),
        (SELDOM_SQL, 0),
        (WORDINGS_SQL, c.MOST_WORDINGS),
        (EMPTY_SQL, 0),
    ]
    for sql, most in statements:
        with work.step(), connection.cursor() as cursor:
            cursor.execute(sql, {**values, "most": most})
            if cursor.rowcount:
                work.count(tidied=cursor.rowcount)

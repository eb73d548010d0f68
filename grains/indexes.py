"""A large namespace gets an HNSW index of its own (partial on the namespace); small ones are scanned exactly.

A tenant filter over one shared HNSW index loses rows (measured: 1.9 of 10 come back); a partial one has no filter.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connections
from django.db.backends.utils import CursorWrapper

from accounts.operator import operator, owner_alias

MOST = 200  # partial indexes at the most: each insert looks at every predicate
# pgvector's defaults are 16 and 64. Where notes and chats share a namespace (12,859 passages) they lose 10 % of the
# ten nearest notes, and all of them for a few questions. With 128 it is 5 %, for .08 ms a search and half as much CPU
# again to build.
M, EF_CONSTRUCTION = 16, 128
VACUUMED = ("grains_grain", "grains_version", "grains_passage", "grains_posting", "grains_vitals")
STATE_SQL = """
SELECT class.relname, index.indisvalid
FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
WHERE index.indrelid = 'grains_passage'::regclass AND class.relname LIKE 'passage\\_hnsw\\_%%'
"""
LOCK_SQL = "SELECT pg_try_advisory_lock(hashtext('garner.indexes_tend'))"
UNLOCK_SQL = "SELECT pg_advisory_unlock(hashtext('garner.indexes_tend'))"


@dataclass(frozen=True, slots=True)
class Tended:
    """What was done about one namespace's index: built, dropped, kept or none."""

    namespace_id: int
    passages: int
    done: str


def index_tend(namespace_id: int) -> Tended:
    """Build the namespace's index when it has settings.HNSW_FROM_PASSAGES passages, drop it below half of that.

    One builder at a time for the whole instance; a second one leaves at once and the next round finds the rest.
    """
    with operator([namespace_id]) as alias, connections[alias].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM grains_passage WHERE namespace_id = %s AND current", [namespace_id])
        (passages,) = cursor.fetchone()
    with connections[owner_alias()].cursor() as cursor:  # autocommit: concurrent builds run in no transaction
        cursor.execute(LOCK_SQL)
        if not cursor.fetchone()[0]:
            return Tended(namespace_id, passages, "busy")
        try:
            return Tended(namespace_id, passages, _tend(cursor, namespace_id, passages))
        finally:
            cursor.execute(UNLOCK_SQL)


def memories_vacuum() -> None:
    """Do what autovacuum does some minutes after many memories were stored: what is measured is what people have then.

    Of all namespaces: it goes by tables.
    """
    with connections[owner_alias()].cursor() as cursor:  # autocommit: it runs in no transaction
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(VACUUMED)}")


def _tend(cursor: CursorWrapper, namespace_id: int, passages: int) -> str:
    name = f"passage_hnsw_{int(namespace_id)}"
    cursor.execute(STATE_SQL)
    valid = dict(cursor.fetchall())
    wanted = passages >= settings.HNSW_FROM_PASSAGES
    if name in valid and (not valid[name] or passages < settings.HNSW_FROM_PASSAGES // 2):
        cursor.execute(f"DROP INDEX CONCURRENTLY {name}")  # broken by a crash, or no longer worth it
        if not wanted:
            return "dropped"
    elif name in valid:
        return "kept"
    if not wanted or len(valid) >= MOST:
        return "none"
    cursor.execute(
        f"CREATE INDEX CONCURRENTLY {name} ON grains_passage USING hnsw (embedding halfvec_ip_ops) "
        f"WITH (m = {M}, ef_construction = {EF_CONSTRUCTION}) WHERE namespace_id = {int(namespace_id)} AND current"
    )
    cursor.execute("ANALYZE grains_passage (namespace_id)")  # else the planner may not know how large it has grown
    return "built"

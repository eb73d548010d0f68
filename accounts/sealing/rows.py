"""Reading the logs for the chain. PostgreSQL digests the rows, so that texts of queries do not leave it."""

from collections.abc import Iterator
from typing import Any

from accounts.sealing.chain import Row

LOGS = {"deeds": "accounts_deed", "traces": "retrieval_trace"}
CHUNK = 5000

COLUMNS_SQL = """
SELECT array_agg(attname ORDER BY attname) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""
# The texts of times must not depend on the session.
ZONE_SQL = "SELECT set_config('timezone', 'UTC', true)"
_SELECT = """
SELECT namespace_id, xid::text::bigint, id, (at AT TIME ZONE 'UTC')::date, at,
  sha256(convert_to(json_build_array({columns})::text, 'UTF8'))
FROM {table}
"""
NEW_SQL = _SELECT + ("WHERE xid >= %s::text::xid8 AND xid < %s::text::xid8 AND at >= %s ORDER BY namespace_id, xid, id")
RANGE_SQL = _SELECT + (
    "WHERE namespace_id = %s AND (xid, id) > (%s::text::xid8, %s::uuid) AND (xid, id) <= (%s::text::xid8, %s::uuid) "
    "ORDER BY xid, id LIMIT %s"
)


def columns_of(cursor: Any, log: str) -> str:
    """The names of all columns of a log now, separated by commas."""
    cursor.execute(COLUMNS_SQL, [LOGS[log]])
    return ",".join(cursor.fetchone()[0])


def statement(sql: str, log: str, columns: str) -> str:
    """One of the statements above for a log; `columns` are names that the catalogue or a sound seal gave us."""
    return sql.format(table=LOGS[log], columns=", ".join(f'"{name}"' for name in columns.split(",")))


def rows_read(cursor: Any) -> list[Row]:
    """What the last statement found."""
    return [
        Row(namespace_id, xid, id_, day, at, bytes(digest))
        for namespace_id, xid, id_, day, at, digest in cursor.fetchall()
    ]


def rows_between(
    cursor: Any, namespace_id: int, log: str, columns: str, between: tuple[tuple[int, Any], tuple[int, Any]]
) -> Iterator[Row]:
    """The rows of a namespace behind one place and up to another, in order, a chunk at a time."""
    sql = statement(RANGE_SQL, log, columns)
    start, end = between
    while True:
        cursor.execute(sql, [namespace_id, *start, *end, CHUNK])
        chunk = rows_read(cursor)
        yield from chunk
        if len(chunk) < CHUNK:
            return
        start = chunk[-1].place

"""The sealer: what was finished since the last round is chained, in one transaction over all namespaces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from django.db import connections

from accounts.keyring import keyring
from accounts.operator import scan
from accounts.sealing import heads
from accounts.sealing.chain import FIRST, NAMES, NOWHERE, Link, Row, digest_of, mac_of, marks_of, runs
from accounts.sealing.rows import LOGS, NEW_SQL, RANGE_SQL, ZONE_SQL, columns_of, rows_read, statement

log_ = structlog.get_logger(__name__)

ROWS_A_ROUND = 20_000  # of a log: a sealer that was away catches up in transactions of a second or two
LATE = timedelta(minutes=10)  # a transaction's length; a row that says otherwise of its time is called late
# A row that claims to be older yet is not looked for, and so is found below the line: the partitions of all days would
# have to be planned for each second.
MARGIN = timedelta(days=7)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # before any row
ONE_SEALER = 0x7365616C6572  # "sealer" in ASCII: an advisory lock of our own

LOCK_SQL = "SELECT pg_try_advisory_xact_lock(%s), garner_horizon()::text::bigint"
LINE_SQL = "SELECT xid, at FROM accounts_sealline WHERE log = %s"
LINE_MOVED_SQL = """
INSERT INTO accounts_sealline (log, xid, at) VALUES (%s, %s, %s)
ON CONFLICT (log) DO UPDATE SET xid = excluded.xid, at = excluded.at
"""
# A transaction is never split, so that the line can be a transaction's number.
CUT_SQL = """
SELECT xid::text::bigint FROM {table} WHERE xid >= %s::text::xid8 AND xid < %s::text::xid8 AND at >= %s
ORDER BY xid OFFSET %s LIMIT 1
"""
ENDS_SQL = """
SELECT ns, head.n, head.mac, coalesce(last.high, 0), coalesce(last.high_id, %s::uuid)
FROM unnest(%s::bigint[]) AS ns
LEFT JOIN LATERAL (
  SELECT n, mac FROM accounts_seal WHERE namespace_id = ns ORDER BY n DESC LIMIT 1
) AS head ON true
LEFT JOIN LATERAL (
  SELECT high, high_id FROM accounts_seal
  WHERE namespace_id = ns AND log = %s AND kind = 'rows' ORDER BY n DESC LIMIT 1
) AS last ON true
"""
SEAL_SQL = f"INSERT INTO accounts_seal ({', '.join(NAMES)}) VALUES ({', '.join(['%s'] * len(NAMES))})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class End:
    """Where a namespace's chain ends: its last seal, and how far a log is covered."""

    n: int
    mac: bytes
    place: tuple[int, UUID]


@dataclass(frozen=True, slots=True)
class Round:
    """One look at one log: when, with which columns, and which times are believable."""

    log: str
    columns: str
    now: datetime
    since: datetime | None  # the last look: an older row was not there then

    def late(self, rows: Sequence[Row]) -> int:
        """How many rows claim a time in which they were not written."""
        return sum(
            1 for row in rows if row.at > self.now + LATE or (self.since is not None and row.at < self.since - LATE)
        )


def seal_round(now: datetime) -> int:
    """Seal every finished row of every log; return how many. Another sealer at work makes it 0. As the operator."""
    sealed = 0
    while count := _seal_some(now):
        sealed += count
        if count < ROWS_A_ROUND:
            break
    return sealed


def _seal_some(now: datetime) -> int:
    known = heads.heads_read()
    written: dict[int, tuple[int, bytes]] = {}
    lines: dict[str, tuple[int, datetime]] = {}
    sealed = 0
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(LOCK_SQL, [ONE_SEALER])
        free, horizon = cursor.fetchone()
        if not free:
            return 0
        cursor.execute(ZONE_SQL)
        for log in LOGS:
            low, since = _line(cursor, log, known)
            oldest = since - MARGIN if since else _LONG_AGO
            high = _cut(cursor, log, (low, horizon), oldest)
            if high <= low:
                continue
            look = Round(log, columns_of(cursor, log), now, since)
            cursor.execute(statement(NEW_SQL, log, look.columns), [low, high, oldest])
            rows = rows_read(cursor)
            written |= _chain(cursor, look, rows, known, written)
            # Before it has caught up, rows older than this moment are still to come.
            lines[log] = high, now if high == horizon else since or _LONG_AGO
            cursor.execute(LINE_MOVED_SQL, [log, *lines[log]])
            sealed += len(rows)
    if lines:
        heads.heads_add(written, lines)
    return sealed


def _line(cursor: Any, log: str, known: heads.Heads) -> tuple[int, datetime | None]:
    """From where to look, and when that was reached: the database's word, unless the file has a later time."""
    cursor.execute(LINE_SQL, [log])
    xid, at = cursor.fetchone() or (0, None)
    outside = known.lines.get(log)
    return xid, max(at, outside[1]) if at and outside else at


def _cut(cursor: Any, log: str, between: tuple[int, int], oldest: datetime) -> int:
    low, horizon = between
    cursor.execute(CUT_SQL.format(table=LOGS[log]), [low, horizon, oldest, ROWS_A_ROUND])
    found = cursor.fetchone()
    return max(found[0], low + 1) if found else horizon


def _chain(
    cursor: Any, look: Round, rows: Sequence[Row], known: heads.Heads, written: dict[int, tuple[int, bytes]]
) -> dict[int, tuple[int, bytes]]:
    """Write the seals of these rows, which are sorted by namespace; return the new heads."""
    by_namespace = {ns: list(found) for ns, found in groupby(rows, key=lambda row: row.namespace_id)}
    ends = chain_ends(cursor, list(by_namespace), look.log)
    links: list[Link] = []
    for namespace_id, own in by_namespace.items():
        end = ends[namespace_id]
        if not _agrees(namespace_id, end, known, written):
            continue
        links += links_of(look, [row for row in own if row.place > end.place], namespace_id, end)
    links_write(cursor, links)
    return {link.namespace_id: (link.n, link.mac) for link in links}


def _agrees(namespace_id: int, end: End, known: heads.Heads, written: dict[int, tuple[int, bytes]]) -> bool:
    """Whether the chain reaches the head that is kept outside. If not, sealing on would bury the evidence."""
    n, mac = written.get(namespace_id) or known.seals.get(namespace_id) or (0, FIRST)
    if end.n > n or (end.n, end.mac) == (n, mac):
        return True
    log_.error("seal_refused", namespace_id=namespace_id, reason="the chain ends before the head kept outside")
    return False


def chain_ends(cursor: Any, namespaces: Sequence[int], log: str) -> dict[int, End]:
    """Where the chains of these namespaces end."""
    cursor.execute(ENDS_SQL, [NOWHERE, list(namespaces), log])
    return {
        ns: End(n or 0, bytes(mac) if mac else FIRST, (high, high_id))
        for ns, n, mac, high, high_id in cursor.fetchall()
    }


def links_of(look: Round, rows: Sequence[Row], namespace_id: int, end: End) -> Iterator[Link]:
    """The seals that cover these rows of one namespace, behind `end`."""
    key_id = keyring().sealing
    for run in runs(rows):
        link = Link(
            namespace_id=namespace_id,
            n=end.n + 1,
            kind="rows",
            log=look.log,
            day=run[0].day,
            low=end.place[0],
            low_id=end.place[1],
            high=run[-1].xid,
            high_id=run[-1].id,
            count=len(run),
            late=look.late(run),
            columns=look.columns,
            marks=marks_of(run, key_id),
            digest=digest_of(run, key_id),
            previous=end.mac,
            mac=b"",
            key_id=key_id,
            at=look.now,
        )
        link = replace(link, mac=mac_of(link))
        end = End(link.n, link.mac, link.end)
        yield link


def links_write(cursor: Any, links: Sequence[Link]) -> None:
    """Write seals; inside the sealer's transaction."""
    if links:
        cursor.executemany(SEAL_SQL, [[getattr(link, name) for name in NAMES] for link in links])


def seal_rest(cursor: Any, look: Round, namespace_id: int, below: int) -> list[Link]:
    """Seal what a namespace has behind its last seal and below a transaction's number, however it came there."""
    end = chain_ends(cursor, [namespace_id], look.log)[namespace_id]
    cursor.execute(
        statement(RANGE_SQL, look.log, look.columns), [namespace_id, *end.place, below, NOWHERE, ROWS_A_ROUND]
    )
    found = rows_read(cursor)
    links = list(links_of(look, found, namespace_id, end))
    links_write(cursor, links)
    return links

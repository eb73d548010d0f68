"""Days leave the logs when their retention is over, behind a seal that says so: the rest of the chain still proves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from django.db import connections

from accounts.keyring import keyring
from accounts.operator import scan
from accounts.partitions import partitions_before
from accounts.sealing import heads
from accounts.sealing.chain import Link, mac_of
from accounts.sealing.rounds import ONE_SEALER, End, chain_ends, links_write, seal_round
from accounts.sealing.rows import LOGS

log_ = structlog.get_logger(__name__)
KEPT_FOR_GOOD = 0  # days

LOCK_SQL = "SELECT pg_advisory_xact_lock(%s)"
SETTING_SQL = "SELECT set_config('garner.retention', 'on', true)"
PRESENT_SQL = "SELECT namespace_id, count(*) FROM {table} WHERE at >= %s AND at < %s GROUP BY namespace_id"
SEALED_SQL = """
SELECT namespace_id, sum(count) FROM accounts_seal AS seal
WHERE kind = 'rows' AND log = %s AND day = %s AND n > coalesce(
  (SELECT max(n) FROM accounts_seal
   WHERE namespace_id = seal.namespace_id AND kind = 'dropped' AND log = %s AND day = %s), 0)
GROUP BY namespace_id
"""
DELETE_SQL = "DELETE FROM {table} WHERE at >= %s AND at < %s AND namespace_id = ANY(%s)"


def log_sweep(*, log: str, days: int, overrides: Mapping[int, int], now: datetime) -> list[date]:
    """Drop what is older than its retention from a log; return the days from which something went.

    `days` is the instance's retention and `overrides` that of namespaces with one of their own; 0 keeps for good. Rows
    go by whole days, and only where they are the ones that were sealed: what was tampered with is kept as evidence.
    As the operator.
    """
    seal_round(now)
    shortest = min((one for one in [days, *overrides.values()] if one != KEPT_FOR_GOOD), default=None)
    if shortest is None:
        return []
    old = partitions_before(parent=LOGS[log], before=(now - timedelta(days=shortest)).date())
    return [day for name, day in old if _day_sweep(log, name, day, _Kept(days, overrides, now))]


class _Kept:
    """Which namespaces' rows of a day are past their retention."""

    def __init__(self, days: int, overrides: Mapping[int, int], now: datetime) -> None:
        self.days, self.overrides, self.now = days, overrides, now

    def is_over(self, day: date, namespace_id: int | None = None) -> bool:
        days = self.days if namespace_id is None else self.overrides.get(namespace_id, self.days)
        return days != KEPT_FOR_GOOD and day < (self.now - timedelta(days=days)).date()


def _day_sweep(log: str, partition: str, day: date, kept: _Kept) -> bool:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    span = [start, start + timedelta(days=1)]
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(LOCK_SQL, [ONE_SEALER])
        cursor.execute(PRESENT_SQL.format(table=LOGS[log]), span)
        present = dict(cursor.fetchall())
        cursor.execute(SEALED_SQL, [log, day, log, day])
        sealed = dict(cursor.fetchall())
        over = [ns for ns in present if kept.is_over(day, ns) and _is_whole(log, day, ns, present[ns], sealed.get(ns))]
        ends = chain_ends(cursor, over, log)
        links = [_sealed(_bare(ns, ends[ns], kept.now, log=log, day=day, count=present[ns])) for ns in over]
        links_write(cursor, links)
        if len(over) == len(present) and kept.is_over(day):
            cursor.execute(f"DROP TABLE {partition}")
        elif over:
            cursor.execute(SETTING_SQL)
            cursor.execute(DELETE_SQL.format(table=LOGS[log]), [*span, over])
    if links:
        heads.heads_add({link.namespace_id: (link.n, link.mac) for link in links}, {})
    return bool(over)


def _is_whole(log: str, day: date, namespace_id: int, present: int, sealed: int | None) -> bool:
    if present == sealed:
        return True
    log_.error("retention_refused", log=log, day=str(day), namespace_id=namespace_id, rows=present, sealed=sealed or 0)
    return False


def accepted(namespace_id: int, end: End, head: tuple[int, bytes] | None, now: datetime) -> Link:
    """A seal by which an operator goes on from a chain that does not reach the head kept outside: after a restore.

    It names that head, so that the gap stays on record.
    """
    n, mac = head or (0, b"")
    return _sealed(replace(_bare(namespace_id, end, now, count=n), kind="accepted", digest=mac))


def _bare(
    namespace_id: int, end: End, now: datetime, *, log: str = "", day: date | None = None, count: int = 0
) -> Link:
    """A seal that covers no rows, behind `end`."""
    xid, id_ = end.place
    return Link(
        namespace_id=namespace_id,
        n=end.n + 1,
        kind="dropped",
        log=log,
        day=day or now.date(),
        low=xid,
        low_id=id_,
        high=xid,
        high_id=id_,
        count=count,
        late=0,
        columns="",
        marks=b"",
        digest=b"",
        previous=end.mac,
        mac=b"",
        key_id=keyring().sealing,
        at=now,
    )


def _sealed(link: Link) -> Link:
    return replace(link, mac=mac_of(link))


def rows_of_default(cursor: Any, log: str) -> int:
    """How many rows of a log lie in no day's partition, where no retention finds them."""
    cursor.execute(f"SELECT count(*) FROM {LOGS[log]}_default")  # noqa: S608 (our own names)
    return int(cursor.fetchone()[0])

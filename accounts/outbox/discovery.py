"""Which namespaces have new deeds: one look at what was written since the last look, however many tenants there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db import connections

from accounts.operator import scan
from accounts.outbox.consumers import Consumer
from accounts.outbox.models import NOWHERE

# How far behind the last look a deed's own time may lie: older days' partitions are not planned for each second.
MARGIN = timedelta(days=7)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # before any deed
WIDTH = 200  # deeds of a batch: one transaction, a few milliseconds of reading

HORIZON_SQL = "SELECT garner_horizon()::text::bigint"
HEADS_MADE_SQL = "INSERT INTO accounts_outboxhead (consumer, xid) VALUES (%s, %s) ON CONFLICT DO NOTHING"
# A worker that finds a head locked leaves looking to the one that holds it.
HEADS_SQL = "SELECT consumer, xid, at FROM accounts_outboxhead WHERE consumer = ANY(%s) FOR UPDATE SKIP LOCKED"
NEW_SQL = """
SELECT namespace_id, verb, count(*) FROM accounts_deed
WHERE xid >= %s::text::xid8 AND xid < %s::text::xid8 AND at >= %s GROUP BY namespace_id, verb
"""
PLACES_SQL = f"""
INSERT INTO accounts_place
  (consumer, namespace_id, xid, last_id, known_xid, since, waiting, pending, due_at, attempts, width, error)
SELECT %s, namespace_id, %s, '{NOWHERE}', %s, %s, true, pending, %s, 0, {WIDTH}, ''
FROM unnest(%s::bigint[], %s::bigint[]) AS new (namespace_id, pending)
ON CONFLICT (consumer, namespace_id) DO UPDATE SET
  known_xid = excluded.known_xid, pending = accounts_place.pending + excluded.pending, waiting = true,
  since = CASE WHEN accounts_place.waiting THEN least(accounts_place.since, excluded.since) ELSE excluded.since END,
  due_at = CASE WHEN accounts_place.waiting THEN accounts_place.due_at ELSE excluded.due_at END
"""  # noqa: S608 (our own constants)
HEAD_MOVED_SQL = "UPDATE accounts_outboxhead SET xid = %s, at = %s WHERE consumer = ANY(%s)"


def discover(wanted: Sequence[Consumer], now: datetime) -> None:
    """Note for each consumer which namespaces have finished deeds that it has not seen."""
    by_name = {consumer.name: consumer for consumer in wanted}
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(HORIZON_SQL)
        (horizon,) = cursor.fetchone()
        for consumer in wanted:
            cursor.execute(HEADS_MADE_SQL, [consumer.name, 0 if consumer.from_start else horizon])
        cursor.execute(HEADS_SQL, [list(by_name)])
        for (low, at), names in _grouped(cursor.fetchall()).items():
            if low >= horizon:
                continue
            since = at - MARGIN if at else LONG_AGO
            cursor.execute(NEW_SQL, [low, horizon, since])
            new = cursor.fetchall()
            for name in names:
                counts = _counts(by_name[name], new)
                cursor.execute(PLACES_SQL, [name, low, horizon, since, now, list(counts), list(counts.values())])
            cursor.execute(HEAD_MOVED_SQL, [horizon, now, names])


def _grouped(
    heads: Iterable[tuple[str, int, datetime | None]],
) -> dict[tuple[int, datetime | None], list[str]]:
    """Consumers by where they look from: usually all from the same place, so that one query serves them."""
    groups = defaultdict(list)
    for name, xid, at in heads:
        groups[xid, at].append(name)
    return groups


def _counts(consumer: Consumer, new: Iterable[tuple[int, str, int]]) -> Mapping[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for namespace_id, verb, count in new:
        if consumer.wants(verb):
            counts[namespace_id] += count
    return counts

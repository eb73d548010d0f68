"""Leases on places: taken in a short transaction of their own, so that no row is locked while a handler works."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connections

from accounts.operator import scan
from accounts.outbox.discovery import WIDTH

LEASE = timedelta(minutes=1)  # how long a killed worker's namespaces wait; a batch takes milliseconds
ATTEMPTS = 5
NARROWING = 8  # 200, 25, 3, 1: three failures find the deed that fails

# A lease that ran out was a crash: the next batch is one deed, so that only that one is suspected.
TAKE_SQL = """
UPDATE accounts_place SET claim = %s, claimed_until = %s, attempts = attempts + 1,
  width = CASE WHEN claimed_until IS NULL THEN width ELSE 1 END
WHERE id IN (
  SELECT id FROM accounts_place
  WHERE consumer = %s AND waiting AND due_at <= %s AND (claimed_until IS NULL OR claimed_until < %s)
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, namespace_id, xid, last_id, attempts, width, error, claim, coalesce(since, '2000-01-01')
"""
ADVANCE_SQL = f"""
UPDATE accounts_place SET xid = %s, last_id = %s, waiting = known_xid > %s,
  pending = CASE WHEN known_xid > %s THEN greatest(pending - %s, 0) ELSE 0 END,
  claim = NULL, claimed_until = NULL, attempts = 0, width = least(width * {NARROWING}, {WIDTH}), error = ''
WHERE id = %s AND claim = %s
"""  # noqa: S608 (our own constants)
FAILED_SQL = """
UPDATE accounts_place SET claim = NULL, claimed_until = NULL, attempts = %s, width = %s, due_at = %s, error = %s
WHERE id = %s AND claim = %s
"""


class LeaseLost(Exception):
    """Another worker has taken the place over: this one's work must not commit."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A place under lease. `attempts` counts this one; `token` tells this lease from every other."""

    place_id: int
    namespace_id: int
    xid: int
    last_id: UUID
    attempts: int
    width: int
    error: str
    token: UUID
    since: datetime


def claim_take(consumer: str, now: datetime) -> Claim | None:
    """Lease the consumer's place that has been due longest, if any is.

    One at a time: a crash counts against the place that was being handled, and against no other.
    """
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(TAKE_SQL, [uuid4(), now + LEASE, consumer, now, now])
        row = cursor.fetchone()
    return Claim(*row) if row else None


def claim_advance(using: str, claim: Claim, *, to: tuple[int, UUID], handled: int) -> None:
    """Move the place and give the lease back, in the transaction of the work. Raises LeaseLost."""
    xid, last_id = to
    with connections[using].cursor() as cursor:
        cursor.execute(ADVANCE_SQL, [xid, last_id, xid, xid, handled, claim.place_id, claim.token])
        if cursor.rowcount != 1:
            raise LeaseLost


def claim_failed(claim: Claim, now: datetime, error: str) -> None:
    """Give the lease back after a failure: at once with fewer deeds, or with one deed and a growing pause."""
    narrower = max(1, claim.width // NARROWING)
    pause = timedelta(0) if claim.width > 1 else timedelta(seconds=2 ** (claim.attempts - 1))
    attempts = 0 if claim.width > 1 else claim.attempts
    _give_back(claim, [attempts, narrower, now + pause, error])


def claim_release(claim: Claim, now: datetime) -> None:
    """Give the lease back as if it had never been taken."""
    _give_back(claim, [claim.attempts - 1, claim.width, now, claim.error])


def _give_back(claim: Claim, state: list[int | datetime | str]) -> None:
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(FAILED_SQL, [*state, claim.place_id, claim.token])

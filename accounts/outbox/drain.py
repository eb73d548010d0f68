"""Handing deeds to a consumer: claim, read, handle and move on in one transaction, or bury what cannot be handled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connections

import clock
from accounts.models import Deed
from accounts.operator import operator
from accounts.outbox.claims import (
    AT_ONCE,
    ATTEMPTS,
    Claim,
    LeaseLost,
    claim_advance,
    claim_failed,
    claims_release,
    claims_take,
)
from accounts.outbox.consumers import Batch, Consumer, consumer_named
from accounts.outbox.discovery import HORIZON_SQL, discover
from accounts.outbox.models import NOWHERE, DeadLetter

log = structlog.get_logger(__name__)
Position = tuple[int, UUID]

READ_SQL = """
SELECT namespace_id, at, id, actor, verb, subjects, detail, xid::text::bigint AS xid FROM accounts_deed
WHERE namespace_id = %(namespace)s AND (xid, id) > (%(xid)s::text::xid8, %(id)s::uuid)
  AND xid < %(horizon)s::text::xid8 {verbs}
ORDER BY xid, id LIMIT %(limit)s
"""
_SOME = "AND verb = ANY(%(verbs)s)"


def drain(consumer: Consumer | str, *, limit: int = 2000, now: datetime | None = None) -> int:
    """Hand the consumer what is due, in all namespaces; return how many deeds it has handled.

    Stops after about `limit` deeds or when nothing is due. Any number of workers may drain the same consumer: each
    namespace is with one of them at a time. Raises Unavailable in a process without the owner's address, and
    OperationalError when the database goes away, in which case nothing counts as tried.
    """
    reader = consumer if isinstance(consumer, Consumer) else consumer_named(consumer)
    moment = now or clock.now()
    discover([reader], moment)
    handled = 0
    while handled < limit and (taken := claims_take(reader.name, moment, AT_ONCE)):
        handled += _work_off(reader, taken, moment)
    return handled


def _work_off(reader: Consumer, taken: Sequence[Claim], now: datetime) -> int:
    handled = 0
    for n, claim in enumerate(taken):
        try:
            handled += _attempt(reader, claim, now)
        except (OperationalError, InterfaceError):
            claims_release(taken[n:], now)
            raise
    return handled


def _attempt(reader: Consumer, claim: Claim, now: datetime) -> int:
    """Handle the next deeds of one place; a failure is noted there and ends in a dead letter after ATTEMPTS."""
    if claim.attempts > ATTEMPTS:  # each of them crashed before it could be noted
        return _bury(reader, claim, now, claim.error or "crash")
    try:
        return _handle(reader, claim)
    except (OperationalError, InterfaceError):
        raise
    except LeaseLost:
        log.warning("outbox_lease_lost", consumer=reader.name, namespace_id=claim.namespace_id)
    except Exception as error:  # noqa: BLE001 (whatever a handler raises is the failure of its deed)
        kind = f"{type(error).__module__}.{type(error).__qualname__}"[:128]
        log.warning("outbox_failed", consumer=reader.name, namespace_id=claim.namespace_id, error=kind)
        if claim.width == 1 and claim.attempts >= ATTEMPTS:
            return _bury(reader, claim, now, kind)
        claim_failed(claim, now, kind)
    return 0


def _handle(reader: Consumer, claim: Claim) -> int:
    with operator([claim.namespace_id]) as alias:
        deeds, reached = _read(alias, reader, claim)
        if deeds:
            reader.handle(Batch(claim.namespace_id, deeds, alias))
        claim_advance(alias, claim, to=reached, handled=len(deeds))
    return len(deeds)


def _bury(reader: Consumer, claim: Claim, now: datetime, error: str) -> int:
    """Make a dead letter of the next deed and go on behind it."""
    with operator([claim.namespace_id]) as alias:
        deeds, reached = _read(alias, reader, claim)
        for deed in deeds:
            DeadLetter.objects.using(alias).create(
                consumer=reader.name,
                namespace_id=claim.namespace_id,
                deed_id=deed.id,
                deed_at=deed.at,
                verb=deed.verb,
                attempts=ATTEMPTS,
                error=error,
                at=now,
            )
        claim_advance(alias, claim, to=reached, handled=len(deeds))
    log.error("outbox_dead_letter", consumer=reader.name, namespace_id=claim.namespace_id, error=error)
    return 0


def _read(alias: str, reader: Consumer, claim: Claim) -> tuple[list[Deed], Position]:
    """The next deeds of the place, and where it stands once they are handled."""
    with connections[alias].cursor() as cursor:
        cursor.execute(HORIZON_SQL)
        (horizon,) = cursor.fetchone()
    wanted = {"verbs": sorted(reader.verbs)} if reader.verbs is not None else {}
    named = {"namespace": claim.namespace_id, "xid": claim.xid, "id": claim.last_id, "limit": claim.width}
    statement = READ_SQL.format(verbs=_SOME if wanted else "")
    deeds = list(Deed.objects.using(alias).raw(statement, {**named, "horizon": horizon, **wanted}))
    if len(deeds) < claim.width:
        return deeds, (max(horizon, claim.xid), NOWHERE if horizon > claim.xid else claim.last_id)
    return deeds, (deeds[-1].xid, deeds[-1].id)  # type: ignore[attr-defined]  # the raw query's own column

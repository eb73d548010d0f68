"""Handing deeds to a consumer: claim, read, handle and move on in one transaction, or bury what cannot be handled."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connections

import clock
from accounts.models import Deed
from accounts.operator import operator
from accounts.outbox.claims import (
    ATTEMPTS,
    Claim,
    LeaseLost,
    claim_advance,
    claim_failed,
    claim_release,
    claim_take,
)
from accounts.outbox.consumers import Batch, Consumer, consumer_named
from accounts.outbox.discovery import HORIZON_SQL, discover
from accounts.outbox.models import NOWHERE, DeadLetter

log = structlog.get_logger(__name__)
Position = tuple[int, UUID]

_COLUMNS = [field.attname for field in Deed._meta.concrete_fields]  # noqa: SLF001 (Django's documented meta API)
READ_SQL = f"""
SELECT xid::text::bigint, {", ".join(_COLUMNS)} FROM accounts_deed
WHERE namespace_id = %(namespace)s AND (xid, id) > (%(xid)s::text::xid8, %(id)s::uuid)
  AND xid < %(horizon)s::text::xid8 AND at >= %(since)s {{verbs}}
ORDER BY xid, id LIMIT %(limit)s
"""  # noqa: S608 (our own columns)
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
    while handled < limit and (claim := claim_take(reader.name, moment)):
        handled += _attempt(reader, claim, moment)
    return handled


def _attempt(reader: Consumer, claim: Claim, now: datetime) -> int:
    """Handle the next deeds of one place; a failure is noted there and ends in a dead letter after ATTEMPTS."""
    if claim.attempts > ATTEMPTS:  # each of them crashed before it could be noted
        return _bury(reader, claim, now, claim.error or "crash")
    try:
        return _handle(reader, claim)
    except (OperationalError, InterfaceError):
        claim_release(claim, now)
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
    wanted: dict[str, Any] = {"verbs": sorted(reader.verbs)} if reader.verbs is not None else {}
    with connections[alias].cursor() as cursor:
        cursor.execute(HORIZON_SQL)
        (horizon,) = cursor.fetchone()
        wanted |= {"namespace": claim.namespace_id, "xid": claim.xid, "id": claim.last_id}
        wanted |= {"horizon": horizon, "since": claim.since, "limit": claim.width}
        cursor.execute(READ_SQL.format(verbs=_SOME if reader.verbs is not None else ""), wanted)
        rows = cursor.fetchall()
    deeds = [_deed(alias, row[1:]) for row in rows]
    if len(deeds) == claim.width:
        return deeds, (rows[-1][0], deeds[-1].id)
    return deeds, ((horizon, NOWHERE) if horizon > claim.xid else (claim.xid, claim.last_id))


def _deed(alias: str, row: Sequence[Any]) -> Deed:
    detail = _COLUMNS.index("detail")  # JSON arrives as text
    return Deed.from_db(alias, _COLUMNS, [json.loads(one) if n == detail else one for n, one in enumerate(row)])

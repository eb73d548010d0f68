"""Idempotency-Key: a write that comes twice is done once, and its repeat gets the first answer, for a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson
from django.db import IntegrityError, InternalError, connection
from django.db.transaction import TransactionManagementError

import clock
from accounts.door import Caller, tenant
from accounts.errors import InFlight, Invalid, KeyReused
from accounts.keyring import derived
from accounts.models import KeptAnswer

KEPT = timedelta(hours=24)
KEY_CHARS = 255
TRIES = 3  # a write that collides with another one has spoilt its transaction, and is done again in a new one
LOCK_SQL = "SELECT pg_try_advisory_xact_lock(%s)"
_SPOILT = (IntegrityError, InternalError, TransactionManagementError)


@dataclass(frozen=True, slots=True)
class Request:
    """A write with a key of its sender's choice. `body` is whatever makes two requests the same one."""

    key: str
    route: str
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write was answered with."""

    status: int
    data: Any
    etag: str = ""


def answered_once(
    *, caller: Caller, request: Request, work: Callable[[], Answer], now: datetime | None = None
) -> tuple[Answer, bool]:
    """The answer to the request, and whether it is a repeat's: `work` runs at most once a day for one key.

    The answer is kept in the transaction of the work, so both are there or neither. Only successes are kept.
    Raises InFlight while the first is being served, KeyReused when the key came with another body, Invalid.
    """
    if not (request.key.isascii() and request.key.isprintable() and 1 <= len(request.key) <= KEY_CHARS):
        raise Invalid(f"Idempotency-Key has 1 to {KEY_CHARS} printable ASCII characters.", field="Idempotency-Key")
    moment = now or clock.now()
    for left in reversed(range(TRIES)):
        try:
            with tenant(caller):
                return _answered(caller, request, work, moment)
        except _SPOILT:
            if not left:
                raise
    raise AssertionError("unreachable")


def _answered(caller: Caller, request: Request, work: Callable[[], Answer], moment: datetime) -> tuple[Answer, bool]:
    mark = _mac(caller, [caller.subject, request.route, request.key])
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, [int.from_bytes(mark[:8], "big", signed=True)])
        if not cursor.fetchone()[0]:
            raise InFlight("A request with this Idempotency-Key is being served.", field="Idempotency-Key")
    KeptAnswer.objects.filter(namespace_id=caller.namespace_id, at__lt=moment - KEPT).delete()
    identity = {"namespace_id": caller.namespace_id, "subject": caller.subject, "route": request.route}
    kept = KeptAnswer.objects.filter(**identity, key=request.key).first()
    body_mac = _mac(caller, request.body)
    if kept is not None:
        return _again(kept, request, body_mac), True
    answer = work()
    if answer.status < 300:
        KeptAnswer.objects.create(
            **identity,
            key=request.key,
            body_mac=body_mac,
            status=answer.status,
            answer=_without_content(answer.data),
            etag=answer.etag,
            at=moment,
        )
    return answer, False


def _again(kept: KeptAnswer, request: Request, body_mac: bytes) -> Answer:
    if bytes(kept.body_mac) != body_mac:
        raise KeyReused("This Idempotency-Key came with another body before.", field="Idempotency-Key")
    data = kept.answer
    if isinstance(data, dict) and _CONTENT in data:
        data[_CONTENT] = request.body.get(_CONTENT)
    return Answer(kept.status, data, kept.etag)


_CONTENT = "content"


def _without_content(data: Any) -> Any:
    """What is kept: memories are erased in one place only, so no content is written here."""
    plain = orjson.loads(orjson.dumps(data, option=orjson.OPT_UTC_Z))
    if isinstance(plain, dict) and _CONTENT in plain:
        plain[_CONTENT] = None
    return plain


def _mac(caller: Caller, value: Any) -> bytes:
    encoded = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return blake2b(encoded, key=derived(f"idempotency:{caller.namespace_id}"), digest_size=32).digest()

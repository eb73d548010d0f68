"""The sender: endpoints with something to send are leased, and sent to in order until they are done or fail."""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID, uuid4

import structlog
from django.db import connections
from django.db.models import F, Min

from accounts.deeds import deed_append
from accounts.door import Caller
from accounts.errors import KeyringUnusable
from accounts.operator import operator, scan
from accounts.outbox.models import NOWHERE
from accounts.scopes import Scope
from accounts.vault import vault_open
from accounts.webhooks.models import Delivery, DeliveryState, Webhook
from accounts.webhooks.posting import Outcome, post
from accounts.webhooks.signing import signed_headers

log = structlog.get_logger(__name__)
Post = Callable[[str, str, Mapping[str, str]], Outcome]

AT_ONCE = 8  # endpoints that are sent to at the same time
A_TURN = 20  # messages that an endpoint gets before others have theirs
LEASE = timedelta(minutes=5)  # longer than A_TURN times the limit of one request
ATTEMPTS = 12  # with the pauses below more than two days
PAUSE, PAUSE_MOST = timedelta(seconds=5), timedelta(hours=12)  # 5 s, 15 s, 45 s ...
REST, REST_MOST = timedelta(seconds=5), timedelta(minutes=5)  # of an endpoint that fails: one message tries it
GIVE_UP_AFTER = timedelta(days=3)  # of nothing but failures: the endpoint is paused, its messages stay

CLAIM_SQL = """
UPDATE accounts_webhook SET claim = %s, claimed_until = %s
WHERE id IN (
  SELECT id FROM accounts_webhook
  WHERE NOT paused AND next_at <= %s AND (claimed_until IS NULL OR claimed_until < %s)
  ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING id, namespace_id
"""
_one_at_a_time = Lock()  # in a process: slow endpoints must not take all of its threads


@dataclass(frozen=True, slots=True)
class Turn:
    """An endpoint under lease."""

    webhook_id: UUID
    namespace_id: int
    token: UUID


def webhooks_send(now: datetime, poster: Post = post) -> int:
    """Send what is due, as the operator; return how many messages were taken by their receivers."""
    if not _one_at_a_time.acquire(blocking=False):
        return 0
    try:
        taken = 0
        while turns := _turns(now):
            with ThreadPoolExecutor(AT_ONCE) as senders:
                taken += sum(senders.map(lambda turn: _turn(turn, now, poster), turns))
        return taken
    finally:
        _one_at_a_time.release()


def _turns(now: datetime) -> list[Turn]:
    token = uuid4()
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(CLAIM_SQL, [token, now + LEASE, now, now, AT_ONCE])
        return [Turn(webhook_id, namespace_id, token) for webhook_id, namespace_id in cursor.fetchall()]


def _turn(turn: Turn, now: datetime, poster: Post) -> int:
    """Send to one endpoint until nothing is due, it fails or its turn is over."""
    taken = 0
    try:
        for _ in range(A_TURN):
            outcome = _send_next(turn, now, poster)
            if outcome is None or not outcome.ok:
                break
            taken += 1
        _end(turn, now)
    finally:
        connections.close_all()  # a thread of ours has connections of its own
    return taken


def _send_next(turn: Turn, now: datetime, poster: Post) -> Outcome | None:
    """Try the endpoint's next message; the transaction is over before the other side is spoken to."""
    with operator([turn.namespace_id]) as alias:
        endpoint = Webhook.objects.using(alias).filter(pk=turn.webhook_id, claim=turn.token).first()
        due = Delivery.objects.using(alias).filter(
            webhook_id=turn.webhook_id, state=DeliveryState.PENDING, due_at__lte=now
        )
        delivery = due.order_by("due_at", "id").first()
    if endpoint is None or endpoint.paused or delivery is None:
        return None
    outcome = _sent(endpoint, delivery, now, poster)
    with operator([turn.namespace_id]) as alias:
        _note(alias, endpoint, delivery, outcome, now)
    return outcome


def _sent(endpoint: Webhook, delivery: Delivery, now: datetime, poster: Post) -> Outcome:
    try:
        keys = _keys(endpoint, now)
    except KeyringUnusable:  # this endpoint needs a new secret; the others go on
        return Outcome(None, "secret_unusable")
    headers = signed_headers(message_id=f"msg_{delivery.id}", body=delivery.body, keys=keys, now=now)
    return poster(endpoint.url, delivery.body, headers)


def _keys(endpoint: Webhook, now: datetime) -> list[str]:
    overlaps = bool(endpoint.old_secret) and endpoint.old_until is not None and now < endpoint.old_until
    sealed = [endpoint.secret, *([endpoint.old_secret] if overlaps else [])]
    return [vault_open(one, context=endpoint.context) for one in sealed]


def _note(alias: str, endpoint: Webhook, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    attempts = delivery.attempts + 1
    this = Delivery.objects.using(alias).filter(pk=delivery.pk, state=DeliveryState.PENDING)
    said = {"attempts": attempts, "status": outcome.status, "error": outcome.error}
    if outcome.ok:
        this.update(**said, state=DeliveryState.DELIVERED, done_at=now)
    elif attempts >= ATTEMPTS:
        this.update(**said, state=DeliveryState.DEAD, done_at=now)
        log.error("webhook_dead_letter", webhook=str(endpoint.id), delivery=str(delivery.id), error=outcome.error)
    else:
        this.update(**said, due_at=now + _jittered(min(PAUSE * 3 ** (attempts - 1), PAUSE_MOST)))
    _note_health(alias, endpoint, outcome, now)


def _note_health(alias: str, endpoint: Webhook, outcome: Outcome, now: datetime) -> None:
    this = Webhook.objects.using(alias).filter(pk=endpoint.pk)
    if outcome.ok:
        this.update(failures=0, failing_since=None, last_success_at=now)
        return
    since = endpoint.failing_since or now
    this.update(failures=F("failures") + 1, failing_since=since, last_failure_at=now, last_error=outcome.error)
    gone = outcome.status == 410  # the specification's word for "never again"
    if gone or now - since >= GIVE_UP_AFTER:
        because = "the receiver answered 410" if gone else "it failed for three days"
        this.update(paused=True, paused_because=because)
        caller = Caller(endpoint.namespace_id, "", "operator", frozenset(Scope))
        deed_append(caller=caller, verb="webhook.pause", subjects=[endpoint.id], detail={"why": because}, using=alias)
        log.warning("webhook_paused", webhook=str(endpoint.id), because=because)


def _end(turn: Turn, now: datetime) -> None:
    """Give the lease back; the next turn is when the next message is due, and not before a failing endpoint's rest."""
    with operator([turn.namespace_id]) as alias:
        this = Webhook.objects.using(alias).select_for_update().filter(pk=turn.webhook_id, claim=turn.token)
        endpoint = this.first()
        if endpoint is None:
            return
        pending = Delivery.objects.using(alias).filter(webhook_id=turn.webhook_id, state=DeliveryState.PENDING)
        due = pending.aggregate(due=Min("due_at"))["due"]
        if due is not None and endpoint.failures:
            rest = _jittered(min(REST * 2 ** min(endpoint.failures - 1, 10), REST_MOST))
            due = max(due, now + rest)
        this.update(next_at=due, claim=NOWHERE, claimed_until=None)


def _jittered(pause: timedelta) -> timedelta:
    """A little more or less, so that what failed together does not come back together."""
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (nothing secret)

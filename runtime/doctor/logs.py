"""The logs and queues: chains, backlog, leases, dead letters, webhooks."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connections

import clock
from accounts.audit import audit_verify, sealed_namespaces
from accounts.operator import scan
from accounts.outbox import backlog
from accounts.outbox.models import DeadLetter, Place
from accounts.webhooks.models import Delivery, DeliveryState, Webhook
from runtime.doctor.findings import Finding

MUCH = 1000  # deeds that wait: the worker is away or slow
LONG = timedelta(minutes=10)


def chains() -> Iterator[Finding]:
    """Whether every namespace's log is what was sealed."""
    verdicts = audit_verify(namespaces=sealed_namespaces(), now=clock.now())
    for found in verdicts:
        if found.broken is not None:
            said = f"namespace {found.namespace_id}: {found.broken.kind}: {found.broken.message}"
            yield Finding("chain", ok=False, message=said)
    if all(found.ok for found in verdicts):
        rows = sum(found.rows for found in verdicts)
        yield Finding("chain", ok=True, message=f"{len(verdicts)} chains over {rows} rows are sound")


def queues() -> Iterator[Finding]:
    """Whether deeds reach their consumers."""
    waiting, now = backlog(), clock.now()
    yield Finding("backlog", ok=waiting < MUCH, message=f"{waiting} deeds wait for a consumer; does the worker run?")
    with scan() as alias:
        stuck = Place.objects.using(alias).filter(waiting=True, due_at__lt=now - LONG).count()
        dead = DeadLetter.objects.using(alias).count()
    yield Finding("leases", ok=not stuck, message=f"{stuck} places wait for over ten minutes", repair=_leases_end)
    message = f"{dead} deeds that a consumer gave up on: `manage.py outbox` lists and revives them"
    yield Finding("dead letters", ok=not dead, message=message if dead else "none")


def _leases_end() -> str:
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_place SET claim = NULL, claimed_until = NULL WHERE waiting AND claimed_until < %s",
            [clock.now()],
        )
        return f"{cursor.rowcount} leases that had run out given back"


def webhooks() -> Iterator[Finding]:
    """Whether messages go out."""
    with scan() as alias:
        paused = Webhook.objects.using(alias).filter(paused=True).count()
        dead = Delivery.objects.using(alias).filter(state=DeliveryState.DEAD).count()
        late = Delivery.objects.using(alias).filter(state=DeliveryState.PENDING, due_at__lt=clock.now() - LONG).count()
    ok = not (paused or dead)
    yield Finding("webhooks", ok=ok, message=f"{paused} paused, {dead} dead messages, {late} late ones")

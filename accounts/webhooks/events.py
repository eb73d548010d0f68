"""What becomes a message: every deed that an endpoint wants, and events that other parts tell of."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import clock
from accounts.door import tenant
from accounts.models import Deed, Namespace
from accounts.outbox import Batch, Consumer
from accounts.services.namespaces import as_operator
from accounts.webhooks.models import Delivery, Webhook


def deeds_deliver(batch: Batch) -> None:
    """The outbox's handler: a delivery for each deed and each endpoint that wants it."""
    endpoints = list(Webhook.objects.using(batch.using).filter(namespace_id=batch.namespace_id))
    name = Namespace.objects.using(batch.using).filter(pk=batch.namespace_id).values_list("name", flat=True).first()
    if not endpoints or name is None:
        return
    now = clock.now()
    deliveries = [
        _delivery(endpoint, deed.verb, _of_deed(deed, name), now, deed_id=deed.id)
        for deed in batch.deeds
        for endpoint in endpoints
        if wants(endpoint, deed.verb)
    ]
    _enqueue(batch.using, endpoints, deliveries, now)


CONSUMER = Consumer("webhooks", None, deeds_deliver, from_start=False)


def send_event(namespace_id: int, kind: str, payload: Mapping[str, Any], *, using: str | None = None) -> int:
    """Tell the namespace's endpoints of something that is no deed; return how many want it.

    `payload` is JSON without content of memories. Opens the namespace's door, or writes in the open transaction of
    the connection `using`; the messages go out once that has committed. Ids differ between two calls.
    """
    if using is None:
        with tenant(as_operator(Namespace.objects.get(pk=namespace_id))):
            return _tell("default", namespace_id, kind, payload)
    return _tell(using, namespace_id, kind, payload)


def wants(endpoint: Webhook, event: str) -> bool:
    """Whether an endpoint is told of events of this kind."""
    return not endpoint.events or event in endpoint.events


def _tell(using: str, namespace_id: int, kind: str, payload: Mapping[str, Any]) -> int:
    now = clock.now()
    endpoints = list(Webhook.objects.using(using).filter(namespace_id=namespace_id))
    name = Namespace.objects.using(using).values_list("name", flat=True).get(pk=namespace_id)
    deliveries = [
        _delivery(endpoint, kind, {**payload, "namespace": name}, now)
        for endpoint in endpoints
        if wants(endpoint, kind) or kind == "test"
    ]
    _enqueue(using, endpoints, deliveries, now)
    return len(deliveries)


def _of_deed(deed: Deed, namespace: str) -> dict[str, Any]:
    return {
        "id": str(deed.id),
        "namespace": namespace,
        "verb": deed.verb,
        "ids": [str(subject) for subject in deed.subjects],
        "at": deed.at.isoformat(),
        "actor": deed.actor,
    }


def _delivery(
    endpoint: Webhook, event: str, data: Mapping[str, Any], now: datetime, deed_id: UUID | None = None
) -> Delivery:
    said = {"type": event, "timestamp": data.get("at", now.isoformat()), "data": data}
    body = json.dumps(said, separators=(",", ":"), default=str)
    return Delivery(
        namespace_id=endpoint.namespace_id,
        webhook_id=endpoint.id,
        deed_id=deed_id,
        event=event,
        body=body,
        created_at=now,
        due_at=now,
    )


def _enqueue(using: str, endpoints: Sequence[Webhook], deliveries: Sequence[Delivery], now: datetime) -> None:
    ids = sorted(clock.new_id(now) for _ in deliveries)  # ids of one millisecond have an order too: that of the deeds
    for delivery, id_ in zip(deliveries, ids, strict=True):
        delivery.id = id_
    Delivery.objects.using(using).bulk_create(deliveries, ignore_conflicts=True)
    for endpoint in endpoints:
        mine = any(delivery.webhook_id == endpoint.id for delivery in deliveries)
        if mine:  # one that rests goes on resting
            Webhook.objects.using(using).filter(pk=endpoint.id, next_at=None).update(next_at=now)

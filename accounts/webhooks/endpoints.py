"""Making and changing webhooks: for admins of a namespace, and for the operator at the command line."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Conflict, Invalid, NotFound
from accounts.vault import Held, hold, vault_seal
from accounts.webhooks.destinations import Refused, address_of, destination_of
from accounts.webhooks.models import Delivery, DeliveryState, Webhook
from accounts.webhooks.signing import secret_new

MOST = 20  # endpoints of a namespace
MOST_EVENTS = 100
OVERLAP = timedelta(hours=24)  # for which an old secret signs beside the new one
LISTED = 100


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint and its signing secret, which is shown once."""

    webhook: Webhook
    secret: str


def secrets_hold() -> None:
    """Have the rotation of the keyring seal the secrets of endpoints anew."""
    for field in ("secret", "old_secret"):
        hold(Held(Webhook, field, lambda webhook: str(webhook.context), tenant=True))


def webhook_create(*, caller: Caller, url: str, events: Sequence[str] = (), description: str = "") -> NewSecret:
    """Make an endpoint. Raises Invalid for an address that nothing may be sent to, Conflict when there are MOST."""
    checked_url(url)
    with tenant(caller):
        if Webhook.objects.filter(namespace_id=caller.namespace_id).count() >= MOST:
            raise Conflict(f"A namespace has at most {MOST} webhooks.")
        webhook = Webhook(
            namespace_id=caller.namespace_id, url=url, events=_checked_events(events), description=description
        )
        secret = secret_new()
        webhook.secret = vault_seal(secret, context=webhook.context)
        webhook.save(force_insert=True)
        deed_append(caller=caller, verb="webhook.create", subjects=[webhook.id])
    return NewSecret(webhook, secret)


def checked_url(url: str) -> None:
    """Raise Invalid unless something may be sent to this URL now, or the name service does not answer now.

    What the name leads to is checked again at each sending.
    """
    destination = destination_of(url)
    try:
        address_of(destination)
    except Refused as error:
        raise Invalid(f"Nothing is sent there: {error}.", field="url") from error
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) != socket.EAI_AGAIN:
            raise Invalid("The URL's host is unknown.", field="url") from error


def webhooks_list(*, caller: Caller) -> list[Webhook]:
    """The namespace's endpoints, oldest first."""
    with tenant(caller, durable=False):
        return list(Webhook.objects.filter(namespace_id=caller.namespace_id).order_by("id"))


def webhook_find(*, caller: Caller, id: UUID) -> Webhook:
    """One endpoint, or NotFound."""
    with tenant(caller):
        found = Webhook.objects.filter(namespace_id=caller.namespace_id, pk=id).first()
    if found is None:
        raise NotFound(f"There is no webhook {id}.", field="id")
    return found


def webhook_change(*, caller: Caller, id: UUID, **changes: Any) -> Webhook:
    """Set url, events, description or paused. Resuming sends what has waited, at once."""
    if "url" in changes:
        checked_url(changes["url"])
    if "events" in changes:
        changes["events"] = _checked_events(changes["events"])
    with tenant(caller):
        webhook = webhook_find(caller=caller, id=id)
        for name, value in changes.items():
            setattr(webhook, name, value)
        if "paused" in changes:
            webhook.paused_because = "by hand" if webhook.paused else ""
            webhook.failures, webhook.failing_since, webhook.next_at = 0, None, clock.now()
        webhook.save()
        deed_append(caller=caller, verb="webhook.change", subjects=[id], detail={"changed": sorted(changes)})
    return webhook


def webhook_delete(*, caller: Caller, id: UUID) -> None:
    """Remove an endpoint with everything that waits for it."""
    with tenant(caller):
        webhook = webhook_find(caller=caller, id=id)
        Delivery.objects.filter(namespace_id=caller.namespace_id, webhook_id=id).delete()
        webhook.delete()
        deed_append(caller=caller, verb="webhook.delete", subjects=[id])


def webhook_rotate(*, caller: Caller, id: UUID, now: datetime) -> NewSecret:
    """Give an endpoint a new secret; the old one signs beside it for OVERLAP."""
    with tenant(caller):
        webhook = webhook_find(caller=caller, id=id)
        secret = secret_new()
        webhook.old_secret, webhook.old_until = webhook.secret, now + OVERLAP
        webhook.secret = vault_seal(secret, context=webhook.context)
        webhook.save(update_fields=["secret", "old_secret", "old_until"])
        deed_append(caller=caller, verb="webhook.rotate", subjects=[id])
    return NewSecret(webhook, secret)


def deliveries_list(*, caller: Caller, id: UUID, state: str | None = None) -> list[Delivery]:
    """The newest deliveries to an endpoint, at most LISTED."""
    with tenant(caller, durable=False):
        webhook_find(caller=caller, id=id)
        found = Delivery.objects.filter(namespace_id=caller.namespace_id, webhook_id=id)
        return list((found.filter(state=state) if state else found).order_by("-id")[:LISTED])


def deliveries_replay(*, caller: Caller, id: UUID, ids: Sequence[UUID] | None, now: datetime) -> int:
    """Send dead deliveries again, those with these ids or all; return how many.

    Raises Invalid for an empty list: nothing must ever mean everything.
    """
    if ids is not None and not ids:
        raise Invalid("Name deliveries, or leave `ids` out for all dead ones.", field="ids")
    with tenant(caller):
        webhook = webhook_find(caller=caller, id=id)
        dead = Delivery.objects.filter(namespace_id=caller.namespace_id, webhook_id=id, state=DeliveryState.DEAD)
        wanted = dead if ids is None else dead.filter(pk__in=ids)
        count = wanted.update(state=DeliveryState.PENDING, attempts=0, due_at=now, done_at=None)
        Webhook.objects.filter(pk=webhook.pk).update(next_at=now)
        deed_append(caller=caller, verb="webhook.replay", subjects=[id], detail={"count": count})
    return count


def _checked_events(events: Sequence[str]) -> list[str]:
    if len(events) > MOST_EVENTS or any(not event or len(event) > 64 for event in events):
        raise Invalid(f"At most {MOST_EVENTS} events of 1 to 64 characters each.", field="events")
    return sorted(set(events))

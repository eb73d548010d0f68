"""Background work of the logs and of sessions."""

from celery import shared_task

import clock
from accounts import outbox
from accounts.operator import owner_alias
from accounts.partitions import partitions_ensure
from accounts.people.models import BrowserSession, OneTimeLink


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def partitions_make() -> None:
    """Keep two weeks of day partitions ahead (daily)."""
    partitions_ensure(using=owner_alias(), today=clock.now().date())


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def sessions_clear() -> None:
    """Drop sessions and one-time links that are over (daily)."""
    BrowserSession.objects.filter(expire_date__lt=clock.now()).delete()
    OneTimeLink.objects.filter(expires_at__lt=clock.now()).delete()


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def outbox_drain() -> None:
    """Hand new deeds to their consumers (every second). Two at once do not get in each other's way."""
    for consumer in outbox.consumers():
        outbox.drain(consumer)

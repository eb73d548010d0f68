"""Background work of the logs and of sessions."""

import structlog
from celery import shared_task

import clock
from accounts import outbox, retention
from accounts.operator import owner_alias
from accounts.partitions import partitions_ensure
from accounts.people.models import BrowserSession, OneTimeLink
from accounts.sealing.retention import log_sweep
from accounts.sealing.rounds import seal_round
from accounts.webhooks.sending import webhooks_send

log_ = structlog.get_logger(__name__)


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


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def logs_seal() -> None:
    """Chain the finished rows of the logs (every second). A second sealer finds the first at work and leaves."""
    seal_round(clock.now())


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def logs_sweep() -> None:
    """Drop days past their retention from the logs, and old dead letters (daily)."""
    for log, days in retention.days_kept().items():
        if swept := log_sweep(log=log, days=days, overrides=retention.overrides(log), now=clock.now()):
            log_.info("log_swept", log=log, days=[str(day) for day in swept])
    retention.dead_letters_sweep(clock.now())
    retention.deliveries_sweep(clock.now())


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def webhooks_deliver() -> None:
    """Send what is due to webhooks (every second); while one sends, the next one leaves."""
    webhooks_send(clock.now())

"""Background work of the read side."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings

import clock
from accounts.operator import owner_alias
from accounts.partitions import partitions_drop

log = structlog.get_logger(__name__)


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def traces_drop() -> None:
    """Drop the traces of days past their retention (daily)."""
    before = (clock.now() - timedelta(days=settings.TRACE_RETENTION_DAYS)).date()
    if dropped := partitions_drop(using=owner_alias(), parent="retrieval_trace", before=before):
        log.info("traces_dropped", partitions=dropped)

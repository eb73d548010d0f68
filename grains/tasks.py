"""Background work of the write side. Messages carry ids, never content."""

import structlog
from celery import shared_task

from accounts.models import Namespace
from grains.indexes import index_tend

log = structlog.get_logger(__name__)


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def indexes_tend(namespace_id: int | None = None) -> None:
    """Look after the vector index of one namespace that has grown, or of all (hourly)."""
    wanted = [namespace_id] if namespace_id else list(Namespace.objects.values_list("pk", flat=True))
    for one in wanted:
        tended = index_tend(one)
        if tended.done in {"built", "dropped"}:
            log.info("index_tended", namespace_id=one, passages=tended.passages, done=tended.done)

"""Background work of the logs."""

from celery import shared_task

import clock
from accounts.operator import owner_alias
from accounts.partitions import partitions_ensure


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def partitions_make() -> None:
    """Keep two weeks of day partitions ahead (daily)."""
    partitions_ensure(using=owner_alias(), today=clock.now().date())

"""Jobs as Celery tasks. Messages carry names and ids, never content."""

from uuid import UUID

from celery import shared_task

import clock
from accounts.models import Namespace
from learning.jobs.perform import job_caller, job_perform
from learning.jobs.registry import job_find


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def job_round(name: str) -> None:
    """Ask for the job in every namespace that has something to do for it (as often as its schedule says)."""
    job, now = job_find(name), clock.now()
    for namespace in Namespace.objects.order_by("pk").iterator():
        if job.wanted is None or job.wanted(job_caller(namespace, name), now):
            job_run.apply_async([name, namespace.pk], expires=job.every.total_seconds())


@shared_task  # type: ignore[untyped-decorator]  # celery ships no types
def job_run(name: str, namespace_id: int, run_id: str | None = None) -> None:
    """Do the job in one namespace, unless another worker does."""
    namespace = Namespace.objects.filter(pk=namespace_id).first()
    if namespace:
        job_perform(name=name, namespace=namespace, run_id=UUID(run_id) if run_id else None)

"""Asking for a job from a request, and looking at what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

import clock
from accounts.door import Caller, tenant
from accounts.scopes import Scope
from learning.jobs.registry import Job, job_find, jobs
from learning.jobs.runs import run_queue
from learning.models import Run, RunState

RECENT = 20  # runs of a job that are shown

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobState:
    """A job in one namespace: its runs, the newest first."""

    job: Job
    runs: Sequence[Run]

    @property
    def current(self) -> Run | None:
        """The run that waits or works."""
        return next((run for run in self.runs if run.state in {RunState.QUEUED, RunState.RUNNING}), None)

    @property
    def last(self) -> Run | None:
        """The run that ended last."""
        return next((run for run in self.runs if run.finished_at), None)


def job_ask(*, caller: Caller, name: str) -> Run:
    """Have a worker do the job in the caller's namespace soon; asking again meanwhile answers with the same run.

    The run is kept in the database: when the broker is away, the job's next round does it. Raises Forbidden, NotFound.
    """
    caller.require(Scope.ADMIN)
    run = run_queue(caller=caller, job=job_find(name).name, now=clock.now())
    try:
        current_app.send_task("learning.jobs.tasks.job_run", [name, caller.namespace_id, str(run.pk)], retry=False)
    except OperationalError as error:
        log.warning("job_not_sent", job=name, error=type(error).__name__)
    return run


def jobs_look(*, caller: Caller) -> list[JobState]:
    """All jobs with their recent runs in the caller's namespace. Raises Forbidden."""
    caller.require(Scope.ADMIN)
    with tenant(caller, durable=False):
        return [JobState(job, _recent(caller, job)) for job in jobs().values()]


def job_look(*, caller: Caller, name: str) -> JobState:
    """One of them. Raises Forbidden, NotFound."""
    caller.require(Scope.ADMIN)
    job = job_find(name)
    with tenant(caller, durable=False):
        return JobState(job, _recent(caller, job))


def _recent(caller: Caller, job: Job) -> list[Run]:
    return list(Run.objects.filter(namespace_id=caller.namespace_id, job=job.name).order_by("-queued_at")[:RECENT])

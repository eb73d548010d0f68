"""Doing a job: claim, work, end; or a preview of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

import clock
from accounts.door import Caller
from accounts.errors import GarnerError
from accounts.models import Namespace
from accounts.scopes import Scope
from learning.jobs.metrics import LAST, RUNS, SECONDS
from learning.jobs.registry import Job, job_find
from learning.jobs.runs import ClaimLost, run_claim, run_end
from learning.jobs.work import Enough, OverBudget, Work
from learning.models import JournalEntry, RunState

PREVIEW_SECONDS = 20.0  # a caller waits for it

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: a RunState, "busy" when another process works on it, or "preview".

    `complete` is false when it ran out of the time that it was given; `changes` are those of a preview, the first few.
    """

    state: str
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    run: UUID | None = None
    resumed: bool = False
    complete: bool = True
    changes: Sequence[JournalEntry] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A job as somebody wants it done: with options of its own, and with an end after so many seconds (0: none)."""

    name: str
    caller: Caller
    options: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def job_caller(namespace: Namespace, job: str) -> Caller:
    """The caller that a job is, in one namespace: in deeds it is named after the job."""
    return Caller(namespace.pk, namespace.name, f"job:{job}"[:64], frozenset(Scope), grains_per_minute=0)


def job_perform(*, name: str, namespace: Namespace, now: datetime | None = None, run_id: UUID | None = None) -> Outcome:
    """Do the job in the namespace until it is done, unless another process does. Never raises what the job raises.

    A run that a killed process has left is gone on with. Raises NotFound for an unknown job.
    """
    return _perform(Asked(name, job_caller(namespace, name)), now, run_id)


def job_perform_now(*, asked: Asked, now: datetime | None = None) -> Outcome:
    """The same for somebody who waits for it. Raises Forbidden, NotFound."""
    asked.caller.require(Scope.ADMIN)
    return _perform(asked, now, None)


def _perform(asked: Asked, now: datetime | None, run_id: UUID | None) -> Outcome:
    name, caller, wanted = asked.name, asked.caller, job_find(asked.name)
    ticks: Callable[[], datetime] = (lambda: now) if now else clock.now
    claim = run_claim(caller=caller, job=name, now=ticks(), run_id=run_id)
    if claim is None:
        return Outcome("busy")
    begun = time.monotonic()
    until = ticks() + timedelta(seconds=asked.seconds) if asked.seconds else None
    work = Work(caller, name, ticks, claim, until, options=asked.options, progress=dict(claim.run.progress))
    work.counts.update(claim.run.result)
    try:
        state, error = _worked(wanted, work)
        run_end(claim, caller=caller, state=state, error=error, now=ticks())
    except ClaimLost:
        log.warning("job_taken_over", job=name, namespace_id=caller.namespace_id)
        return Outcome("busy")
    _measure(name, state, time.monotonic() - begun)
    return Outcome(state, dict(work.counts), error, claim.run.pk, claim.resumed, work.complete)


def job_preview(
    *, name: str, caller: Caller, options: Mapping[str, Any] | None = None, now: datetime | None = None
) -> Outcome:
    """What the job would change in the caller's namespace now; nothing of it stays. Stops after PREVIEW_SECONDS.

    Raises what the job raises, NotFound for an unknown job among it.
    """
    wanted = job_find(name)
    began = clock.now()
    ticks: Callable[[], datetime] = (lambda: now + (clock.now() - began)) if now else clock.now
    work = Work(caller, name, ticks, until=ticks() + timedelta(seconds=PREVIEW_SECONDS), options=options or {})
    error = ""
    try:
        wanted.perform(work)
    except Enough:
        work.complete = False
    except OverBudget as over:
        error = over.message
    return Outcome("preview", dict(work.counts), error, complete=work.complete, changes=tuple(work.shown))


def _worked(job: Job, work: Work) -> tuple[RunState, str]:
    try:
        job.perform(work)
    except ClaimLost:
        raise
    except Enough:
        work.complete = False
    except OverBudget as over:
        log.warning("job_stopped", job=job.name, namespace_id=work.caller.namespace_id, reason=over.message)
        return RunState.STOPPED, over.message
    except Exception as error:
        log.exception("job_failed", job=job.name, namespace_id=work.caller.namespace_id)
        # An exception's own text may quote what it choked on.
        return RunState.FAILED, error.message if isinstance(error, GarnerError) else type(error).__name__
    return RunState.DONE, ""


def _measure(name: str, state: RunState, seconds: float) -> None:
    RUNS.labels(name, str(state)).inc()
    SECONDS.labels(name).observe(seconds)
    if state == RunState.DONE:
        LAST.labels(name).set_to_current_time()

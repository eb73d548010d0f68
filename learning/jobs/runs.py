"""Who works on what: claiming a run, keeping the claim, ending it. Each is a short transaction of its own.

A claim is a lease, not a lock: it holds while a language model is asked, and it ends by itself when its process dies.
A process that was only slow finds its token replaced at its next step and leaves without a trace.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError

from accounts.door import Caller, tenant
from learning.models import Run, RunState

LEASE = timedelta(minutes=3)  # longer than any step, and than all tries of one question to a language model
ATTEMPTS = 5  # a run that has taken its process down this often is not tried again
KEEP = timedelta(days=30)


class ClaimLost(Exception):
    """Another process has taken the run over, or the namespace is gone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that is ours for now; `resumed` when another process has begun it."""

    run: Run
    token: UUID
    resumed: bool


def run_claim(*, caller: Caller, job: str, now: datetime, run_id: UUID | None = None) -> Claim | None:
    """Begin a run of `job`, or take up one whose process is gone; None while another process works on it.

    A queued run (that of `run_id`, else the oldest) is begun before a new one is made; None also when that of
    `run_id` no longer waits.
    """
    try:
        with tenant(caller):
            mine = Run.objects.filter(namespace_id=caller.namespace_id, job=job)
            running = mine.filter(state=RunState.RUNNING).select_for_update().first()
            if running and running.claimed_until and running.claimed_until > now:
                return None
            if running and running.attempts >= ATTEMPTS:
                _finish(running, RunState.FAILED, f"Given up: its process ended {ATTEMPTS} times.", now)
                running = None
            run = running or _waiting(caller, job, run_id)
            if run is None and run_id:  # asked for once, told twice
                return None
            run = run or Run(namespace_id=caller.namespace_id, job=job)
            return _taken(run, caller, now, resumed=running is not None)
    except IntegrityError:  # another process began one in the same moment
        return None


def run_queue(*, caller: Caller, job: str, now: datetime) -> Run:
    """The run that waits to be begun, made when there is none: asking twice is asking once."""
    with tenant(caller):
        queued = _waiting(caller, job, None)
        if queued is None:
            queued = Run.objects.create(namespace_id=caller.namespace_id, job=job, actor=caller.subject, queued_at=now)
        return queued


def run_hold(claim: Claim, *, now: datetime) -> None:
    """Make sure, in the open transaction, that the claim is still ours, and prolong it. Raises ClaimLost."""
    held = Run.objects.filter(pk=claim.run.pk, namespace_id=claim.run.namespace_id, claim=claim.token)
    if not held.update(claimed_until=now + LEASE):
        raise ClaimLost(claim.run.job)


def run_end(claim: Claim, *, caller: Caller, state: RunState, error: str, now: datetime) -> None:
    """Write how it ended. Quiet runs (nothing counted) replace the quiet one before them; old ones go."""
    with tenant(caller):
        run_hold(claim, now=now)
        run = claim.run
        _finish(run, state, error, now)
        earlier = Run.objects.filter(namespace_id=run.namespace_id, job=run.job).exclude(pk=run.pk)
        ended = earlier.exclude(state__in=[RunState.QUEUED, RunState.RUNNING])
        ended.filter(queued_at__lt=now - KEEP).delete()
        if state == RunState.DONE and not run.result:
            ended.filter(state=RunState.DONE, result={}).delete()


def _waiting(caller: Caller, job: str, run_id: UUID | None) -> Run | None:
    queued = Run.objects.filter(namespace_id=caller.namespace_id, job=job, state=RunState.QUEUED)
    if run_id:
        queued = queued.filter(pk=run_id)
    return queued.order_by("queued_at").select_for_update().first()


def _taken(run: Run, caller: Caller, now: datetime, *, resumed: bool) -> Claim:
    token = uuid4()
    run.state, run.claim, run.claimed_until = RunState.RUNNING, token, now + LEASE
    run.attempts += 1
    run.actor = run.actor or caller.subject
    run.started_at = run.started_at or now
    run.save()  # the constraint decides a race
    return Claim(run, token, resumed)


def _finish(run: Run, state: RunState, error: str, now: datetime) -> None:
    run.state, run.error, run.finished_at = state, error[:512], now
    run.claim, run.claimed_until = None, None
    run.save()

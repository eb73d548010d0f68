"""Runs of jobs: one row each time a job works on a namespace, kept with its progress, result and error."""

from django.db import models
from django.db.models import Q

import clock
from accounts.models import Namespace, new_id


class RunState(models.TextChoices):
    """Where a run stands. Only `running` ones hold the namespace for their job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # by its own judgement: the loss budget
    FAILED = "failed"


class Run(models.Model):
    """One run of one job on one namespace.

    `claim` is the token of the process that works on it, until `claimed_until`; who comes later takes the row over
    and goes on from `progress`. `result` holds counts; `error` a sentence without content.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    job = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=RunState, default=RunState.QUEUED)
    actor = models.CharField(max_length=64)  # who asked for it: the schedule, the operator, a key
    queued_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=512, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "job"], condition=Q(state=RunState.RUNNING), name="one_run_of_a_job"
            )
        ]
        indexes = [models.Index(fields=["namespace", "job", "-queued_at"], name="run_recent")]

    def __str__(self) -> str:
        return f"{self.job} {self.state} {self.queued_at:%Y-%m-%d %H:%M}"

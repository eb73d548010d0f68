"""Jobs for a namespace's admins: what there is, how it went, do it now, or only show what it would do."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Flag
from accounts.api.views import MemoryView, parsed
from accounts.scopes import Scope
from learning.api.journal import EntryOut, entry_json
from learning.jobs.asking import JobState, job_ask, job_look, jobs_look
from learning.jobs.perform import Outcome, job_preview
from learning.models import Run


class RunOut(serializers.Serializer[Any]):
    """One run of a job. `state` is queued, running, done, stopped or failed; `result` counts what was done."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    actor = serializers.CharField()
    queued_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    progress = serializers.DictField()
    result = serializers.DictField(child=serializers.IntegerField())
    error = serializers.CharField()


class JobOut(serializers.Serializer[Any]):
    """A job, the run that waits or works, and the one that ended last."""

    name = serializers.CharField()
    about = serializers.CharField()
    every_seconds = serializers.IntegerField(help_text="Its default; the schedules in the admin say what holds.")
    current = RunOut(allow_null=True)
    last = RunOut(allow_null=True)


class JobsOut(serializers.Serializer[Any]):
    """All jobs."""

    jobs = JobOut(many=True)


class OneJobOut(JobOut):
    """A job with its recent runs, the newest first."""

    runs = RunOut(many=True)


class JobIn(serializers.Serializer[Any]):
    """How to do it."""

    dry_run = Flag(required=False, help_text="Only show what it would change now.")


class JobAskedOut(serializers.Serializer[Any]):
    """The run that was asked for, or a preview: counts, and the first changes."""

    job = serializers.CharField()
    dry_run = serializers.BooleanField()
    run = RunOut(required=False)
    result = serializers.DictField(child=serializers.IntegerField(), required=False)
    changes = EntryOut(many=True, required=False)
    complete = serializers.BooleanField(required=False, help_text="false: the preview ran out of time.")
    error = serializers.CharField(required=False, help_text="Why the run would stop.")


class JobsView(MemoryView):
    """What works in the background."""

    scope = Scope.ADMIN

    @extend_schema(operation_id="v1_admin_jobs_list", responses=JobsOut)
    def get(self, request: Request) -> Response:
        """All jobs, with how they did in the key's namespace."""
        return Response({"jobs": [_job_json(one) for one in jobs_look(caller=self.caller)]})


class JobView(MemoryView):
    """One job."""

    scope = Scope.ADMIN

    @extend_schema(responses=OneJobOut)
    def get(self, request: Request, name: str) -> Response:
        """The job with its recent runs in the key's namespace."""
        state = job_look(caller=self.caller, name=name)
        return Response({**_job_json(state), "runs": [run_json(run) for run in state.runs]})

    @extend_schema(request=JobIn, responses={202: JobAskedOut, 200: JobAskedOut})
    def post(self, request: Request, name: str) -> Response:
        """Have it done in the key's namespace soon (202), or with dry_run see what it would change (200)."""
        if parsed(JobIn, request).get("dry_run"):
            return Response(_preview_json(name, job_preview(name=name, caller=self.caller)))
        run = job_ask(caller=self.caller, name=name)
        return Response({"job": name, "dry_run": False, "run": run_json(run)}, status=202)


def run_json(run: Run) -> dict[str, Any]:
    """A run as callers see it."""
    plain = ("state", "actor", "queued_at", "started_at", "finished_at", "attempts", "progress", "result", "error")
    return {"id": str(run.pk), **{name: getattr(run, name) for name in plain}}


def _job_json(state: JobState) -> dict[str, Any]:
    return {
        "name": state.job.name,
        "about": state.job.about,
        "every_seconds": int(state.job.every.total_seconds()),
        "current": run_json(state.current) if state.current else None,
        "last": run_json(state.last) if state.last else None,
    }


def _preview_json(name: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "job": name,
        "dry_run": True,
        "result": dict(outcome.counts),
        "changes": [entry_json(entry) for entry in outcome.changes],
        "complete": outcome.complete,
        "error": outcome.error,
    }

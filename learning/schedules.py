"""When background work is due: rows of django-celery-beat, which an operator can edit and switch off."""

from typing import Any, Self

from celery.schedules import schedule
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from learning.jobs import jobs


class KeptEntry(ModelEntry):  # type: ignore[misc]  # celery ships no types
    """A schedule that is made once and then belongs to the operator; only the task behind it follows the code."""

    @classmethod
    def from_entry(cls, name: str, app: Any = None, **entry: Any) -> Self:
        """The schedule of this name, made from the code's default when it is missing."""
        options = dict(entry.pop("options", {}))
        if "expires" in options:  # Celery's name of it
            options["expire_seconds"] = options.pop("expires")
        entry["options"] = options
        task = PeriodicTask.objects.filter(name=name).first()
        if task is None:
            task = PeriodicTask.objects.create(name=name, **cls._unpack_fields(**entry))
        elif task.task != entry["task"]:
            task.task = entry["task"]
            task.save()
        return cls(task, app=app)


class KeptSchedules(DatabaseScheduler):  # type: ignore[misc]  # celery ships no types
    """Beat's schedules from the database: those of CELERY_BEAT_SCHEDULE and one for each job, as edited since."""

    Entry = KeptEntry

    def setup_schedule(self) -> None:
        """Make the rows that are missing."""
        self.update_from_dict({**self.app.conf.beat_schedule, **job_schedules()})


def job_schedules() -> dict[str, dict[str, Any]]:
    """The default schedule of each job. A message that waits longer than its interval is dropped: the next is due."""
    return {
        f"job {job.name}": {
            "task": "learning.jobs.tasks.job_round",
            "schedule": schedule(job.every),
            "args": [job.name],
            "options": {"expires": int(job.every.total_seconds())},
            "description": job.about,
        }
        for job in jobs().values()
    }

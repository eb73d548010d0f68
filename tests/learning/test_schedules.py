"""When jobs are due stands in the database: made once from the code's defaults, then the operator's."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.scopes import Scope
from learning.jobs import jobs
from learning.jobs.tasks import job_round
from learning.schedules import KeptSchedules, job_schedules
from tests.learning.archiving import NAME, old_memories
from tests.people import Person


@pytest.fixture
def beat(db: None) -> Iterator[Any]:
    """Starts a scheduler as beat does."""

    def start() -> KeptSchedules:
        scheduler = KeptSchedules(app=current_app._get_current_object(), lazy=True)
        scheduler.setup_schedule()
        return scheduler

    yield start
    PeriodicTask.objects.all().delete()


def test_beat_makes_a_schedule_for_every_job_and_for_all_other_background_work(beat: Any) -> None:
    beat()
    made = {task.name: task for task in PeriodicTask.objects.all()}
    assert set(made) >= {f"job {name}" for name in jobs()} | {"indexes_tend", "partitions_make", "logs_sweep"}
    assert made[f"job {NAME}"].interval.schedule.run_every == timedelta(minutes=5)
    assert (made[f"job {NAME}"].expire_seconds, made["outbox_drain"].expire_seconds) == (300, 1)
    assert made[f"job {NAME}"].description == "Archives what is tagged old."


def test_an_operators_edits_outlive_a_restart(beat: Any) -> None:
    beat()
    hourly = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.filter(name=f"job {NAME}").update(interval=hourly)
    PeriodicTask.objects.filter(name="indexes_tend").update(enabled=False)
    scheduler = beat()
    assert scheduler.schedule[f"job {NAME}"].schedule.run_every == timedelta(hours=1)
    assert "indexes_tend" not in scheduler.schedule


def test_a_task_that_moved_in_the_code_is_followed(beat: Any) -> None:
    beat()
    PeriodicTask.objects.filter(name=f"job {NAME}").update(task="old.place")
    assert beat().schedule[f"job {NAME}"].task == "learning.jobs.tasks.job_round"


def test_every_scheduled_task_exists(beat: Any) -> None:
    current_app.loader.import_default_modules()
    assert {entry.task for entry in beat().schedule.values()} <= set(current_app.tasks)
    for fields in job_schedules().values():
        assert fields["args"][0] in jobs()


def test_a_round_does_the_job_in_every_namespace_that_wants_it(
    alice: Person, bob: Person, settings: Any, monkeypatch: Any
) -> None:
    old_memories(alice, 1)
    old_memories(bob, 1)
    sent: list[list[Any]] = []
    monkeypatch.setattr("learning.jobs.tasks.job_run.apply_async", lambda arguments, **_: sent.append(arguments))
    job_round(NAME)
    assert [NAME, alice.namespace.pk] in sent
    assert [NAME, bob.namespace.pk] in sent


def test_a_job_is_its_namespaces_own_in_the_deeds(alice: Person) -> None:
    from learning.jobs.perform import job_caller

    caller = job_caller(alice.namespace, NAME)
    assert (caller.subject, caller.namespace_id) == (f"job:{NAME}", alice.namespace.pk)
    assert Scope.STORE in caller.scopes

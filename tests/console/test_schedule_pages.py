"""Celery beat's schedules on the console: for operators, who say when something runs and never what."""

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

TASKS, INTERVALS = "/admin/django_celery_beat/periodictask/", "/admin/django_celery_beat/intervalschedule/"


@pytest.fixture
def task(db, request) -> PeriodicTask:
    every, _ = IntervalSchedule.objects.get_or_create(every=1, period="hours")
    return PeriodicTask.objects.create(
        name=f"{request.node.name}", task="accounts.tasks.sessions_clear", interval=every
    )


def test_an_operator_changes_when_a_task_runs_and_not_which(chief, task):
    chief.post(f"{INTERVALS}add/", every="7", period="minutes")
    seldom = IntervalSchedule.objects.get(every=7, period="minutes")
    chief.post(f"{TASKS}{task.pk}/change/", interval=seldom.pk, enabled="on", task="os.system", name="renamed")
    assert chief.last.status_code == 302
    task.refresh_from_db()
    assert (task.interval, task.task) == (seldom, "accounts.tasks.sessions_clear")
    assert task.name != "renamed"


def test_a_task_is_disabled_with_a_fresh_code_and_enabled_again(chief, task):
    chief.grow_stale()
    assert "takes a fresh code" in chief.do(TASKS, "disable", task.pk)
    task.refresh_from_db()
    assert task.enabled
    session = chief.client.session
    session["verified_at"] = "2999-01-01T00:00:00+00:00"
    session.save()
    chief.do(TASKS, "disable", task.pk)
    task.refresh_from_db()
    assert not task.enabled
    chief.do(TASKS, "enable", task.pk)
    task.refresh_from_db()
    assert task.enabled


def test_nobody_makes_a_task_by_hand(chief, ada):
    for one in (chief, ada):
        one.post(f"{TASKS}add/", name="mine", task="os.system")
        assert one.last.status_code == 403
    assert not PeriodicTask.objects.filter(name="mine").exists()


def test_schedules_are_not_for_members(ada, task):
    ada.post(f"{TASKS}{task.pk}/change/", enabled="")
    assert ada.last.status_code == 403
    ada.do(TASKS, "disable", task.pk)
    task.refresh_from_db()
    assert task.enabled

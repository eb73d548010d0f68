"""When jobs are due: Celery beat's schedules, for operators."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from console.base import OperatorAdmin
from console.operations import Operation
from console.site import site
from console.viewer import Viewer


def _switch(enabled: bool) -> Any:
    def work(viewer: Viewer, keys: Any) -> int:
        changed = 0
        for task in PeriodicTask.objects.filter(pk__in=keys).exclude(enabled=enabled):
            task.enabled = enabled
            task.save()  # one by one: beat learns of it by the signal
            changed += 1
        return changed

    return work


@admin.register(PeriodicTask, site=site)
class PeriodicTaskAdmin(OperatorAdmin):
    """A schedule: which task, how often. Tasks and their arguments are code; when they run is the operator's."""

    list_display = ("name", "task", "interval", "crontab", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab")
    search_fields = ("name", "task")
    ordering = ("name",)
    fields = (
        "name",
        "task",
        "kwargs",
        "interval",
        "crontab",
        "enabled",
        "last_run_at",
        "total_run_count",
        "description",
    )
    editable = ("interval", "crontab", "enabled")
    operations = (
        Operation(name="enable", label="Enable", question="These run again when they are due.", work=_switch(True)),
        Operation(
            name="disable",
            label="Disable",
            question="These do not run any more, until they are enabled again.",
            work=_switch(False),
            destroys=True,
        ),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """As Django does it."""
        obj.save()


@admin.register(IntervalSchedule, site=site)
class IntervalAdmin(OperatorAdmin):
    """Every so often."""

    list_display = ("every", "period")
    ordering = ("period", "every")
    addable = ("every", "period")


@admin.register(CrontabSchedule, site=site)
class CrontabAdmin(OperatorAdmin):
    """At these minutes, hours and days."""

    list_display = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")
    ordering = ("hour", "minute")
    addable = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")

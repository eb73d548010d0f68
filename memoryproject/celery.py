"""The Celery app: one worker with beat in the embedded default, any number of workers elsewhere."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from runtime.readiness import tell_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryproject.settings")
app = Celery("garner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect  # type: ignore[untyped-decorator]  # celery ships no types
def _worker_is_ready(**_: Any) -> None:
    tell_ready()

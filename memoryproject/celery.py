"""The Celery app: one worker with beat in the embedded default, any number of workers elsewhere."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings
from prometheus_client import start_http_server

from runtime.readiness import tell_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryproject.settings")
app = Celery("garner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["learning.jobs"])


@worker_ready.connect  # type: ignore[untyped-decorator]  # celery ships no types
def _worker_is_ready(**_: Any) -> None:
    serve_metrics(settings.WORKER_METRICS)
    tell_ready()


def serve_metrics(address: str) -> None:
    """Answer Prometheus at `address`, HOST:PORT; "" is nowhere.

    For a worker with a machine or container of its own: where all processes share a home, /metrics has its counters.
    """
    if address:
        host, _, port = address.rpartition(":")
        start_http_server(int(port), host)

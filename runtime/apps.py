"""Django's registration of the runtime app: it has commands, no models."""

import signal

from celery.signals import beat_embedded_init
from django.apps import AppConfig

from runtime.processes import die_with_parent


class RuntimeConfig(AppConfig):
    """The embedded default and its commands."""

    name = "runtime"

    def ready(self) -> None:
        """Let no beat outlive its worker: `worker -B` forks beat, and two beats send everything twice."""
        arm = die_with_parent(signal.SIGKILL)  # this process is the worker, if it comes to that
        beat_embedded_init.connect(lambda **_: arm(), weak=False)

"""Django's registration of the runtime app: it has commands, no models."""

import signal
from typing import Any

from celery.signals import beat_embedded_init
from django.apps import AppConfig

from runtime.processes import die_with_my_parent


class RuntimeConfig(AppConfig):
    """The embedded default and its commands."""

    name = "runtime"

    def ready(self) -> None:
        """Let no beat outlive its worker."""
        beat_embedded_init.connect(_beat_has_begun, weak=False)


def _beat_has_begun(**_: Any) -> None:
    # `worker -B` forks beat; a killed worker would leave it behind, and two beats send everything twice.
    die_with_my_parent(signal.SIGKILL)

"""`manage.py down`: ask the running `up` to stop everything, and wait for it."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from runtime.down import take_down
from runtime.errors import RunError


class Command(BaseCommand):
    help = "Stop the running Garner of this GARNER_HOME in order, and wait until it has."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            self.stdout.write(take_down(settings.HOME))
        except RunError as error:
            self.stderr.write(str(error))
            sys.exit(error.exit_code)

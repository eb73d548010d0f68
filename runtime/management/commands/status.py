"""`manage.py status`: what runs, and whether it answers."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from runtime.health import as_text, status_of


class Command(BaseCommand):
    help = "Show the processes of the running Garner. Status 0 when all is well, 1 otherwise."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *_: Any, **options: Any) -> None:
        found = status_of(settings.HOME, settings.APP_DATABASE_URL, settings.REDIS_URL)
        self.stdout.write(json.dumps(found.as_json(), indent=1) if options["json"] else as_text(found))
        if not found.well:
            sys.exit(1)

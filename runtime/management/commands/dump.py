"""`manage.py dump`: the whole database in one file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from runtime.dumps import dump
from runtime.errors import RunError


class Command(BaseCommand):
    help = "Write the whole database to a file for pg_restore, mode 0600. Back up keyring.json beside it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            written = dump(settings.OWNER_DATABASE_URL, options["file"])
        except RunError as error:
            self.stderr.write(str(error))
            sys.exit(error.exit_code)
        self.stdout.write(f"{written}: {written.stat().st_size:,} bytes")

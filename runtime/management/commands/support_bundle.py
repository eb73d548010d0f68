"""`manage.py support_bundle FILE`: what a helper needs to know, without content, names or secrets."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import clock
from runtime.doctor.bundle import bundle_write
from runtime.doctor.findings import examine
from runtime.management.commands.doctor import CHECKS


class Command(BaseCommand):
    help = "Write versions, sizes, states and the doctor's findings into one file for whoever helps you."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bundle_write(options["file"], examine(CHECKS), clock.now())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{options['file']}: look at it before you send it; it holds numbers, no memories.")

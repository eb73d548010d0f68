"""`manage.py health`: the health signals of a namespace, on a page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.services.namespaces import as_operator, namespace_find
from learning.health.selectors import Reading, health_now


class Command(BaseCommand):
    help = "Show a namespace's health signals as they were seen last; `manage.py job health` looks now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--namespace", default="default")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            health = health_now(caller=as_operator(namespace_find(name=options["namespace"])))
        except GarnerError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{health.status}, seen {health.seen_at:%Y-%m-%d %H:%M} UTC")
        for reading in health.readings:
            self.stdout.write(_shown(reading))


def _shown(reading: Reading) -> str:
    row = reading.row
    state = row.severity or ("ok" if row.warm else "warming up")
    return f"  {state:<10} {row.name:<28} {row.value:>9.4g}   healthy: {reading.signal.range}"

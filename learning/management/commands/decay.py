"""`manage.py decay`: memoryOSS's command. Archive what nobody has used."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.services.namespaces import as_operator, namespace_find
from learning.retention.decay import grain_decay


class Command(BaseCommand):
    help = "Archive memories that were neither recalled nor changed for so many days. Undo it with the journal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after-days", type=int, required=True, help="there is no default, on purpose")
        parser.add_argument("--namespace", default="default")
        parser.add_argument("--dry-run", action="store_true", help="only say which")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            caller = as_operator(namespace_find(name=options["namespace"]))
            decayed = grain_decay(caller=caller, after_days=options["after_days"], dry_run=options["dry_run"])
        except GarnerError as error:
            raise CommandError(error.message) from error
        verb = "would be archived" if options["dry_run"] else "archived"
        self.stdout.write(f"{decayed.count} memories of {options['namespace']} {verb}.")
        for id_ in decayed.ids if options["dry_run"] else ():
            self.stdout.write(f"  {id_}")

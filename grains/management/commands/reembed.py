"""`manage.py reembed`: vectors of the model that is set now, for what has those of another one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.models import Namespace
from accounts.services.namespaces import as_operator, namespace_find
from embedding import warm_up
from grains.services.reembed import reembed, reembed_left


class Command(BaseCommand):
    help = "Embed memories anew after the embedding model was changed. It can be stopped and started again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--namespace", help="this one only")
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = [namespace_find(name=options["namespace"])] if options["namespace"] else Namespace.objects.all()
            warm_up()
            for namespace in wanted:
                self.one(namespace, dry_run=options["dry_run"])
        except GarnerError as error:
            raise CommandError(error.message) from error

    def one(self, namespace: Namespace, *, dry_run: bool) -> None:
        caller = as_operator(namespace)
        left = reembed_left(caller=caller)
        done = 0
        for count in () if dry_run else reembed(caller=caller):
            done += count
            self.stderr.write(f"\r{namespace.name}: {done} of {left.readable}", ending="")
        if done:
            self.stderr.write("")
        encrypted = f"; {left.encrypted} encrypted ones need vectors of their owner" if left.encrypted else ""
        self.stdout.write(f"{namespace.name}: {done} of {left.readable} embedded anew{encrypted}.")

"""`manage.py namespace list|create|rename|delete`: tenants by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.models import Namespace
from accounts.services.namespaces import namespace_create, namespace_delete, namespace_rename


class Command(BaseCommand):
    help = "List, create, rename or delete namespaces."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list")
        verbs.add_parser("create").add_argument("name")
        rename = verbs.add_parser("rename")
        rename.add_argument("name")
        rename.add_argument("new_name")
        delete = verbs.add_parser("delete", help="with every memory, key and trace in it")
        delete.add_argument("name")
        delete.add_argument("--confirm", required=True, help="the name again")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["verb"])(**options)
        except GarnerError as error:
            raise CommandError(error.message) from error

    def list(self, **options: Any) -> None:
        for namespace in Namespace.objects.order_by("name"):
            self.stdout.write(namespace.name)

    def create(self, name: str, **options: Any) -> None:
        self.stdout.write(f"Created {namespace_create(name=name).name}.")

    def rename(self, name: str, new_name: str, **options: Any) -> None:
        namespace_rename(name=name, new_name=new_name)
        self.stdout.write(f"Renamed {name} to {new_name}.")

    def delete(self, name: str, confirm: str, **options: Any) -> None:
        self.stdout.write(f"Deleted {name} with {namespace_delete(name=name, confirm=confirm)} memories.")

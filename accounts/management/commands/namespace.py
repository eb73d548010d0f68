"""`manage.py namespace list|create|rename|delete|show|set|unset`: tenants by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.models import Namespace
from accounts.namespace_settings import registered, setting_named
from accounts.services.namespace_settings import own_settings, settings_change
from accounts.services.namespaces import (
    as_operator,
    namespace_create,
    namespace_delete,
    namespace_find,
    namespace_rename,
)


class Command(BaseCommand):
    help = "List, create, rename or delete namespaces; show or change the settings that one has of its own."

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
        verbs.add_parser("show", help="its settings; its own are marked").add_argument("name")
        change = verbs.add_parser("set", help="give it a value of its own")
        change.add_argument("name")
        change.add_argument("setting")
        change.add_argument("value")
        unset = verbs.add_parser("unset", help="take a value back to the instance's")
        unset.add_argument("name")
        unset.add_argument("setting")

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

    def show(self, name: str, **options: Any) -> None:
        own = own_settings(caller=as_operator(namespace_find(name=name)))
        for setting in registered().values():
            mark = "*" if setting.name in own else " "
            self.stdout.write(f"{mark} {setting.name} = {own.get(setting.name, setting.default)}  # {setting.help}")

    def set(self, name: str, setting: str, value: str, **options: Any) -> None:
        caller = as_operator(namespace_find(name=name))
        settings_change(caller=caller, changes={setting: setting_named(setting).read(value)}, as_operator=True)
        self.stdout.write(f"{name}: {setting} = {own_settings(caller=caller)[setting]}")

    def unset(self, name: str, setting: str, **options: Any) -> None:
        caller = as_operator(namespace_find(name=name))
        settings_change(caller=caller, changes={setting: None}, as_operator=True)
        self.stdout.write(f"{name}: {setting} = {setting_named(setting).default}")

"""`manage.py create_api_key`: a new key, shown once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import clock
from accounts.errors import GarnerError
from accounts.scopes import Role
from accounts.services.keys import key_create
from accounts.services.namespaces import namespace_obtain


class Command(BaseCommand):
    help = "Create an API key for a namespace, which is created when it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--namespace", required=True)
        parser.add_argument("--role", choices=[role.value for role in Role], default=Role.WRITER.value)
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument("--grains-per-minute", type=int, help="0: no limit; left out: the instance's default")
        parser.add_argument("--expires-in-days", type=float)
        parser.add_argument("--mcp-profile", default="", help="garner, flux, memoryoss or memex: this key's MCP tools")
        parser.add_argument("--quiet", action="store_true", help="print just the key")

    def handle(self, *args: Any, **options: Any) -> None:
        for bound in ("grains_per_minute", "expires_in_days"):
            if (options[bound] or 0) < 0:
                raise CommandError(f"--{bound.replace('_', '-')} must not be negative")
        days = options["expires_in_days"]
        try:
            new = key_create(
                namespace=namespace_obtain(name=options["namespace"]),
                scopes=Role(options["role"]).scopes,
                name=options["name"],
                grains_per_minute=options["grains_per_minute"],
                expires_at=clock.now() + timedelta(days=days) if days else None,
                mcp_profile=options["mcp_profile"],
            )
        except GarnerError as error:
            raise CommandError(error.message) from error
        if not options["quiet"]:
            self.stdout.write(
                f"Key {new.key.label} of namespace {options['namespace']} ({options['role']}), shown once:"
            )
        self.stdout.write(new.secret)

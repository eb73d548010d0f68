"""`manage.py create_api_key`: a new key, shown once."""

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import clock
from accounts.errors import GarnerError
from accounts.scopes import Role
from accounts.services.namespaces import as_operator, namespace_obtain
from accounts.services.own_keys import key_make

MCP_PROFILES = ("garner", "flux", "memoryoss", "memex")


PROFILES = ("garner", "memoryoss", "memex", "flux")


class Command(BaseCommand):
    help = "Create an API key for a namespace, which is created when it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--namespace", required=True)
        parser.add_argument("--role", choices=[role.value for role in Role], default=Role.WRITER.value)
        parser.add_argument("--name", type=_label, default="", help="what the key is for")
        parser.add_argument("--grains-per-minute", type=_rate, help="0: no limit; left out: the instance's default")
        parser.add_argument("--expires-in-days", type=_moment, help="a fraction will do; left out: never")
        parser.add_argument("--mcp-profile", choices=MCP_PROFILES, default="", help="whose MCP tools this key gets")
        parser.add_argument("--requests-per-second", type=_rate, help="0: no limit; left out: the instance's default")
        parser.add_argument("--profile", choices=PROFILES, default="", help="whose formula ranks this key's recalls")
        parser.add_argument("--network", action="append", default=[], help="where it may be used from; else everywhere")
        parser.add_argument("--quiet", action="store_true", help="print just the key")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            new = key_make(
                caller=as_operator(namespace_obtain(name=options["namespace"])),
                scopes=Role(options["role"]).scopes,
                name=options["name"],
                grains_per_minute=options["grains_per_minute"],
                expires_at=options["expires_in_days"],
                mcp_profile=options["mcp_profile"],
                profile=options["profile"],
                requests_per_second=options["requests_per_second"],
                networks=options["network"],
            )
        except GarnerError as error:
            raise CommandError(error.message) from error
        if not options["quiet"]:
            self.stdout.write(
                f"Key {new.key.label} of namespace {options['namespace']} ({options['role']}), shown once:"
            )
        self.stdout.write(new.secret)


def _label(text: str) -> str:
    if len(text) > 128:
        raise ArgumentTypeError("at most 128 characters")
    return text


def _rate(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise ArgumentTypeError("a whole number from 0")
    return int(text)


def _moment(days: str) -> datetime:
    """That many days from now; not 0, which might be meant as never."""
    try:
        moment = clock.now() + timedelta(days=float(days))
    except (ValueError, OverflowError) as error:
        raise ArgumentTypeError("a number of days") from error
    if moment <= clock.now():
        raise ArgumentTypeError("more than 0 days")
    return moment

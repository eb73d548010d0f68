"""`manage.py create_admin NAME`: an operator, who may sign in at /login and enrols an authenticator there."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from environ.fileaware_mapping import FileAwareMapping

from accounts.errors import GarnerError
from accounts.people.services.accounts import admin_create


class Command(BaseCommand):
    help = (
        "Make an operator. The password is asked for at a terminal, or read as one line from standard input, or from "
        "GARNER_ADMIN_PASSWORD (or GARNER_ADMIN_PASSWORD_FILE); never given as an argument, which others can see."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--email", default="", help="where links to set a password go, if mail is configured")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = admin_create(name=options["name"], password=_password(), email=options["email"])
        except GarnerError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{user} may sign in at /login, and enrols an authenticator there.")


def _password() -> str:
    given: str = FileAwareMapping(cache=False).get("GARNER_ADMIN_PASSWORD", "")
    if given:
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass("Password: ")
    if getpass("The same again: ") != first:
        raise CommandError("The two passwords differ.")
    return first

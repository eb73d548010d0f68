"""`manage.py admin_console`: the console for a terminal, behind password and code."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import GarnerError
from console.terminal.entrance import enter
from console.terminal.menu import Menu, chosen
from console.terminal.talk import HungUp, Talk


class Command(BaseCommand):
    help = "Search, purge, restore, audit and more from a terminal, after signing in with a password and a code."

    def handle(self, *args: Any, **options: Any) -> None:
        talk = Talk(sys.stdin, self.stdout._out)  # noqa: SLF001 (the wrapper adds line ends of its own)
        try:
            guest = enter(talk)
            if guest is None:
                raise CommandError("You are not in.")
            Menu(talk, guest, chosen(talk, guest)).run()
        except HungUp:
            return
        except GarnerError as error:
            raise CommandError(error.message) from error

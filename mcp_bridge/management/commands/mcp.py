"""`manage.py mcp`: the memory for one agent, over standard input and output."""

import gc
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from environ import FileAwareEnv

from accounts.errors import GarnerError
from accounts.keyring import Keyring
from mcp_bridge.profiles import Profile
from runtime.addresses import database_urls
from runtime.errors import RunError


class Command(BaseCommand):
    help = "Serve MCP on stdio. Agents' programs start this; people print what to paste with mcp_config."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--profile", choices=[profile.value for profile in Profile], default=Profile.GARNER.value)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            _begin_again_with_a_keyring()
            gc.disable()  # a quarter of the time that the imports take, and nothing of theirs is garbage
            from mcp_bridge.stdio import serve  # noqa: PLC0415 - slow to import; not for `help`, nor twice

            serve(Profile(options["profile"]))
            os._exit(0)  # the model may still be loading: its threads would abort an ordinary end
        except (GarnerError, RunError) as error:
            raise CommandError(str(error)) from error


def _begin_again_with_a_keyring() -> None:
    """At the very first start the settings were read before there was a keyring."""
    settings.HOME.create()
    Keyring.create_if_missing(settings.KEYRING_PATH)
    if database_urls(settings.HOME, FileAwareEnv().ENVIRON)[0] != settings.APP_DATABASE_URL:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves, once more

"""`manage.py up`: start everything, watch it, stop it in order."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from environ import FileAwareEnv

from accounts.errors import GarnerError
from accounts.keyring import Keyring
from runtime.addresses import check_addresses, database_urls
from runtime.errors import RunError
from runtime.instance import web_processes
from runtime.up import Wishes, run


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, the worker and the web processes, and keep them running until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.GARNER_PORT, help="GARNER_PORT")
        parser.add_argument("--host", default=settings.GARNER_HOST, help="GARNER_HOST")
        parser.add_argument("--verbose", action="store_true", help="show every line of every process")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            check_addresses(FileAwareEnv().ENVIRON)
            _read_settings_anew_if_they_were_early()
            run(_wishes(options))
        except RunError as error:
            self.stderr.write(str(error))
            sys.exit(error.exit_code)
        except GarnerError as error:
            self.stderr.write(str(error))
            sys.exit(1)


def _wishes(options: dict[str, Any]) -> Wishes:
    environ = FileAwareEnv().ENVIRON
    return Wishes(
        home=settings.HOME,
        code=settings.BASE_DIR,
        environ=environ,
        host=options["host"],
        port=options["port"],
        web_processes=web_processes(environ),
        verbose=options["verbose"],
    )


def _read_settings_anew_if_they_were_early() -> None:
    """At the very first start the settings were read before there was a keyring: begin again with one."""
    settings.HOME.create()
    Keyring.create_if_missing(settings.KEYRING_PATH)
    if database_urls(settings.HOME, FileAwareEnv().ENVIRON)[0] != settings.APP_DATABASE_URL:
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves, once more

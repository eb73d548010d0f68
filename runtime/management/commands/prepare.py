"""`manage.py prepare`: what `up` does before it serves, for containers and units that start the parts themselves."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from environ import FileAwareEnv

import clock
from accounts.keyring import Keyring
from runtime.addresses import check_addresses
from runtime.database import prepare_database
from runtime.dumps import dump_before_migrating, dumps_wanted
from runtime.errors import RunError


class Command(BaseCommand):
    help = "Make the keyring, migrate the database of DATABASE_URL and let the app's role in. Safe to repeat."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        settings.HOME.create()
        fresh = not settings.KEYRING_PATH.exists()
        Keyring.create_if_missing(settings.KEYRING_PATH)
        if fresh:  # the settings were read without it
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves, once more
        environ = FileAwareEnv().ENVIRON
        try:
            check_addresses(environ)
            prepare_database(
                owner_url=settings.OWNER_DATABASE_URL,
                app_url=settings.APP_DATABASE_URL,
                before_migrating=_dump if dumps_wanted(environ) else None,
            )
        except RunError as error:
            self.stderr.write(str(error))
            sys.exit(error.exit_code)
        self.stdout.write("The database is ready.")


def _dump() -> None:
    dump_before_migrating(settings.HOME, settings.OWNER_DATABASE_URL, clock.now())

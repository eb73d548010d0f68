"""`manage.py keyring status|rotate`: the master keys by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.keycheck import keys_check
from accounts.keyring import keyring
from accounts.operator import owner_alias
from accounts.vault import vault_reseal, vault_rotate


class Command(BaseCommand):
    help = "Show the keyring's keys, or add one and seal stored credentials with it."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status")
        verbs.add_parser("rotate")
        verbs.add_parser("reseal", help="finish a rotation that was interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["verb"])()
        except GarnerError as error:
            raise CommandError(error.message) from error

    def status(self) -> None:
        for key_id in keyring().key_ids:
            used = " (seals what is new)" if key_id == keyring().sealing else ""
            self.stdout.write(f"{key_id}{used}")

    def rotate(self) -> None:
        key_id, count = vault_rotate()
        keys_check(using=owner_alias())
        self.stdout.write(f"Key {key_id} seals from now on; {count} stored credentials were sealed anew.")
        self.stdout.write("Back the keyring up again: the copy that you have lacks this key.")

    def reseal(self) -> None:
        self.stdout.write(f"{vault_reseal()} stored credentials were sealed anew.")

"""`manage.py revoke_api_key LABEL`: a key that stops working within seconds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.services.keys import key_revoke


class Command(BaseCommand):
    help = "Revoke an API key by its label (the first 16 digits of its SHA-256, as create_api_key prints)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("label")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = key_revoke(label=options["label"])
        except GarnerError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Key {key.label} of namespace {key.namespace.name} is revoked.")

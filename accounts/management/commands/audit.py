"""`manage.py audit verify|export-anchor|accept`: whether the logs are what was sealed."""

import json
import sys
from argparse import FileType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import clock
from accounts.audit import audit_accept, audit_verify, chain_heads, namespaces_named, sealed_namespaces
from accounts.errors import GarnerError
from accounts.sealing.anchors import anchor_make, anchor_read
from accounts.services.namespaces import namespace_find


class Command(BaseCommand):
    help = "Check the sealed logs, sign their heads for keeping elsewhere, or go on after a restore."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="exit status 1 when anything is not what was sealed")
        verify.add_argument("--namespace", action="append", help="its name, or the number of a deleted one; else all")
        verify.add_argument("--anchor", type=FileType(), help="compare with the heads in this file, not with our own")
        export = verbs.add_parser("export-anchor", help="the heads of all chains, signed, as JSON")
        export.add_argument("--namespace", action="append")
        accept = verbs.add_parser("accept", help="go on from a log that is shorter than it was: after a restore")
        accept.add_argument("--namespace", required=True)
        accept.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["verb"].replace("-", "_"))(**options)
        except GarnerError as error:
            raise CommandError(error.message) from error
        except json.JSONDecodeError as error:
            raise CommandError("The anchor's file holds no JSON.") from error

    def verify(self, **options: Any) -> None:
        anchor = anchor_read(json.load(options["anchor"])) if options["anchor"] else None
        wanted = self._wanted(options) if anchor is None or options["namespace"] else sorted(anchor)
        verdicts = audit_verify(namespaces=wanted, now=clock.now(), anchor=anchor)
        for found in verdicts:
            state = "sound" if found.broken is None else f"BROKEN ({found.broken.kind}): {found.broken.message}"
            where = f" [{found.broken.log}]" if found.broken and found.broken.log else ""
            self.stdout.write(
                f"namespace {found.namespace_id}: {found.seals} seals, {found.rows} rows, "
                f"{found.unsealed} not sealed yet: {state}{where}"
            )
        if any(not found.ok for found in verdicts):
            sys.exit(1)

    def export_anchor(self, **options: Any) -> None:
        anchor = anchor_make(chain_heads(namespaces=self._wanted(options)), clock.now())
        self.stdout.write(json.dumps(anchor, indent=1))

    def accept(self, **options: Any) -> None:
        found = namespace_find(name=options["namespace"])
        n = audit_accept(namespace=found, reason=options["reason"], now=clock.now())
        self.stdout.write(f"Seal {n} says that the log of {found.name} goes on from here.")

    def _wanted(self, options: dict[str, Any]) -> list[int]:
        return namespaces_named(options["namespace"]) if options["namespace"] else sealed_namespaces()

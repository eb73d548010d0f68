"""`manage.py doctor [--repair]`: whether everything is well, and what to do where it is not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from runtime.doctor import database, home, logs
from runtime.doctor.findings import Check, Finding, examine, repaired

CHECKS: tuple[tuple[str, Check], ...] = (
    ("permissions", home.permissions),
    ("disk", home.disk),
    ("keyring", home.keyring),
    ("model", home.model),
    ("valkey", home.valkey),
    ("versions", database.versions),
    ("migrations", database.migrations),
    ("clock", database.clocks),
    ("partitions", database.partitions),
    ("indexes", database.indexes),
    ("counts", database.counts),
    ("backlog", logs.queues),
    ("webhooks", logs.webhooks),
    ("chain", logs.chains),
)


class Command(BaseCommand):
    help = "Look at everything that can go wrong unseen; with --repair mend what can be mended safely."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true")
        parser.add_argument("--only", action="append", choices=[name for name, _ in CHECKS])

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [(name, check) for name, check in CHECKS if not options["only"] or name in options["only"]]
        findings = examine(wanted)
        if options["repair"]:
            for found, done in repaired(findings):
                self.stdout.write(f"MENDED {found.check}: {done}")
            findings = examine(wanted)
        self.report(findings)
        if not all(found.ok for found in findings):
            sys.exit(1)

    def report(self, findings: list[Finding]) -> None:
        for found in findings:
            mendable = " (--repair mends it)" if not found.ok and found.repair else ""
            self.stdout.write(f"{'ok  ' if found.ok else 'BAD '}{found.check}: {found.message}{mendable}")

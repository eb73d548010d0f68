"""`manage.py job NAME --namespace N [--dry-run]`: a job by hand, here and now."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.services.namespaces import as_operator, namespace_find
from learning.api.journal import entry_json
from learning.jobs import jobs
from learning.jobs.perform import Outcome, job_perform, job_preview


class Command(BaseCommand):
    help = "Do a job in one namespace, or show what it would do; without a name, list the jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("--namespace", default="default")
        parser.add_argument("--dry-run", action="store_true", help="change nothing, show what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["name"]:
            for job in jobs().values():
                self.stdout.write(f"{job.name:20} {job.about}")
            return
        try:
            outcome = self._done(options)
        except GarnerError as error:
            raise CommandError(error.message) from error
        for entry in outcome.changes:
            self.stdout.write(json.dumps(entry_json(entry), default=str))
        self.stdout.write(f"{outcome.state}: {json.dumps(dict(outcome.counts))} {outcome.error}".rstrip())
        if outcome.state in {"failed", "stopped", "busy"}:
            raise CommandError(f"The job did not come to its end: {outcome.state}.")

    def _done(self, options: dict[str, Any]) -> Outcome:
        namespace = namespace_find(name=options["namespace"])
        if options["dry_run"]:
            return job_preview(name=options["name"], caller=as_operator(namespace))
        return job_perform(name=options["name"], namespace=namespace)

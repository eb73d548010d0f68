"""`manage.py retention show|set|preview`: a namespace's retention policy by hand."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.door import Caller
from accounts.errors import GarnerError
from accounts.services.namespaces import as_operator, namespace_find
from learning.retention.policy import retention_preview, retention_rules, retention_set
from learning.retention.rules import Rule, rule_told


class Command(BaseCommand):
    help = "Show, replace or preview a namespace's retention policy; the job `retention` carries it out."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, about in (("show", "the rules"), ("preview", "what they would do now")):
            verbs.add_parser(verb, help=about).add_argument("--namespace", default="default")
        replace = verbs.add_parser("set", help="replace the rules")
        replace.add_argument("--namespace", default="default")
        replace.add_argument("rules", help='JSON, such as [{"action": "archive", "after_days": 365}]; [] keeps all')

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            caller = as_operator(namespace_find(name=options["namespace"]))
            getattr(self, f"_{options['verb']}")(caller, options)
        except (GarnerError, ValueError, TypeError) as error:
            raise CommandError(error.message if isinstance(error, GarnerError) else str(error)) from error

    def _show(self, caller: Caller, options: dict[str, Any]) -> None:
        for rule in retention_rules(caller=caller):
            self.stdout.write(rule_told(rule))

    def _set(self, caller: Caller, options: dict[str, Any]) -> None:
        retention_set(caller=caller, rules=[Rule(**rule) for rule in json.loads(options["rules"])])
        self._show(caller, options)

    def _preview(self, caller: Caller, options: dict[str, Any]) -> None:
        for due in retention_preview(caller=caller):
            self.stdout.write(f"{due.count} now: {rule_told(due.rule)}")
            for id_ in due.ids:
                self.stdout.write(f"  {id_}")

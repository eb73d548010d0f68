"""`manage.py journal list|undo`: what was changed automatically, and putting it back."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.services.namespaces import as_operator, namespace_find
from learning.api.journal import entry_json
from learning.journal import journal_undo
from learning.journal.selectors import journal_page


class Command(BaseCommand):
    help = "List automatic changes of a namespace, or undo one, or all of a run."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list")
        listing.add_argument("--kind", default="")
        listing.add_argument("--run", type=UUID)
        listing.add_argument("--limit", type=int, default=20)
        undo = verbs.add_parser("undo")
        undo.add_argument("id", type=UUID, help="of an entry; with --run, of a run, whose entries are all undone")
        undo.add_argument("--run", action="store_true")
        undo.add_argument("--dry-run", action="store_true", help="only say what it would put back")
        for verb in (listing, undo):
            verb.add_argument("--namespace", default="default")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except GarnerError as error:
            raise CommandError(error.message) from error

    def _list(self, options: dict[str, Any]) -> None:
        caller = as_operator(namespace_find(name=options["namespace"]))
        given = {name: options[name] for name in ("kind", "run", "limit")}
        for entry in journal_page(caller=caller, **given):
            self.stdout.write(json.dumps(entry_json(entry), default=str))

    def _undo(self, options: dict[str, Any]) -> None:
        caller = as_operator(namespace_find(name=options["namespace"]))
        ids = [options["id"]]
        if options["run"]:
            ids = [entry.pk for entry in journal_page(caller=caller, run=options["id"]) if entry.kind != "undo"]
        for id_ in ids:
            undone = journal_undo(caller=caller, id=id_, dry_run=options["dry_run"])
            told = "was undone before" if undone.already else f"{undone.restored} put back, {undone.gone} gone"
            self.stdout.write(f"{id_}: {told}")

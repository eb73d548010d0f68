"""`manage.py review queue|confirm|reject|supersede`: the review queue by hand, as memoryOSS has it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import GarnerError
from accounts.services.namespaces import as_operator, namespace_find
from learning.contradiction.reviewing import ACTIONS, KINDS, Item, review_decide, review_queue


class Command(BaseCommand):
    help = "Show what waits for a person in a namespace, or decide it. Shows contents of memories."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        queue = verbs.add_parser("queue", help="what waits, the longest first")
        queue.add_argument("--kind", choices=KINDS, default="")
        queue.add_argument("--limit", type=int, default=25)
        queue.add_argument("--namespace", default="default")
        for action in ACTIONS:
            decide = verbs.add_parser(action)
            decide.add_argument("review_key")
            decide.add_argument("--namespace", default="default")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            caller = as_operator(namespace_find(name=options["namespace"]))
            if options["verb"] != "queue":
                item = review_decide(caller=caller, key=options["review_key"], action=options["verb"])
                self.stdout.write(f"{options['verb']}: {item.memory.grain.id}")
                return
            queue = review_queue(caller=caller, kind=options["kind"], limit=options["limit"])
        except GarnerError as error:
            raise CommandError(error.message) from error
        self.stdout.write(", ".join(f"{count} {kind}" for kind, count in queue.counts.items()))
        for item in queue.items:
            self.stdout.write(_shown(item))


def _shown(item: Item) -> str:
    against = f"\n    against: {item.against.content}" if item.against else ""
    return f"{item.key}  ({item.kind}, {item.suggested}?)\n    {item.memory.content}{against}"

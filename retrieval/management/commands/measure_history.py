"""`manage.py measure_history`: whether earlier recalls make the next one slower."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from embedding import warm_up
from retrieval.history import compared


class Command(BaseCommand):
    help = "Compare the median recall of a namespace with many recalls behind it and of one like it with none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--recalls", type=int, default=20_000, help="earlier recalls")
        parser.add_argument("--grains", type=int, default=1_000, help="size of each of the two namespaces")
        parser.add_argument("--queries", type=int, default=300)
        parser.add_argument("--at-most", type=float, help="fail when history costs more than this share, .1 say")

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["recalls"], options["grains"], options["queries"]) < 1:
            raise CommandError("It takes at least one recall, one grain and one query.")
        warm_up()
        found = compared(grains=options["grains"], recalls=options["recalls"], queries=options["queries"])
        self.stdout.write(
            f"p50 without history {found.without:.2f} ms, behind {options['recalls']} recalls {found.behind:.2f} ms: "
            f"{found.change:+.1%}"
        )
        if options["at_most"] is not None and found.change > options["at_most"]:
            raise CommandError("History makes recalls slower.")

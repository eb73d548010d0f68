"""`manage.py measure_graph`: what the graph costs a recall and a feedback."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.services.namespaces import as_operator, namespace_create, namespace_delete
from embedding import warm_up
from learning.measuring.graph import Size, graph_make, graph_measure, traces_make


class Command(BaseCommand):
    help = "Print the CPU of a recall's graph part and of one feedback, in a made-up graph, with few and many recalls."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--grains", type=int, default=10_000, help="size of the namespace that is made for it")
        parser.add_argument("--conduits", type=int, default=0, help="0: ten a grain")
        parser.add_argument("--traces", type=int, default=20_000, help="recalls of the past, in the second line")
        parser.add_argument("--rounds", type=int, default=200)

    def handle(self, *args: Any, **options: Any) -> None:
        warm_up()
        grains = options["grains"]
        namespace = namespace_create(name=f"measure-graph-{grains}")
        caller = as_operator(namespace)
        self.stdout.write(f"{'grains':>8}{'traces':>8}{'recall ms':>11}{'feedback ms':>13}{'reached':>9}")
        try:
            graph_make(caller, Size(grains, options["conduits"] or 10 * grains))
            for traces in (0, options["traces"]):
                traces_make(caller, traces)
                spent = graph_measure(caller, options["rounds"])
                numbers = f"{spent.recall:>11.2f}{spent.feedback:>13.2f}{spent.reached:>9.0f}"
                self.stdout.write(f"{grains:>8}{traces:>8}{numbers}")
        finally:
            namespace_delete(name=namespace.name, confirm=namespace.name)

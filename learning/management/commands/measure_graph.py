"""`manage.py measure_graph`: what the graph costs a recall and a feedback."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.services.namespaces import as_operator, namespace_create, namespace_delete
from embedding import warm_up
from learning.measuring.graph import Size, graph_make, graph_measure, traces_make

HEAD = ("grains", "conduits", "traces", "new", "rated", "hub", "after", "feedback", "reached")
ROW = "{:>8}{:>10}{:>8}" + 5 * "{:>13}" + "{:>9}"


class Command(BaseCommand):
    help = """Print the CPU of a recall's graph part (for a new question, one like a rated one, one with a term that
leads to every memory, the first after a feedback) and of one feedback on 20 results, with few and many recalls in the
past: medians of milliseconds, of this process + its database backend."""

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
        self.stdout.write(ROW.format(*HEAD))
        try:
            conduits = graph_make(caller, Size(grains, options["conduits"] or 10 * grains))
            for traces in (0, options["traces"]):
                traces_make(caller, traces)
                spent = graph_measure(caller, options["rounds"])
                costs = (str(one) for one in (spent.new, spent.rated, spent.hub, spent.after, spent.feedback))
                self.stdout.write(ROW.format(grains, conduits, traces, *costs, round(spent.reached)))
        finally:
            namespace_delete(name=namespace.name, confirm=namespace.name)

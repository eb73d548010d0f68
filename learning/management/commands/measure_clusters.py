"""`manage.py measure_clusters`: time and memory of finding communities in a made-up graph."""

import resource
import time
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandParser

from learning.clusters.communities import Edges, communities, inherited

INSIDE = 0.7  # share of a node's edges that stay in its planted community
SEED = 1


class Command(BaseCommand):
    help = "Measure clustering on a graph with planted communities of very different sizes. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--nodes", type=int, default=100_000)
        parser.add_argument("--edges", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        edges = planted(options["nodes"], options["edges"])
        before, began = _megabytes(), time.process_time()
        found = communities(edges)
        clustered = time.process_time()
        old = dict(zip(found.number.tolist(), found.label.tolist(), strict=True))
        heirs = inherited(old, found)
        self.stdout.write(
            f"{len(found.cohesion)} communities in {clustered - began:.2f} s of CPU, "
            f"{len(heirs)} recognised in {time.process_time() - clustered:.2f} s, "
            f"{_megabytes() - before} MB more than the graph itself ({before} MB)"
        )


def planted(nodes: int, edges: int) -> Edges:
    """A random graph whose nodes belong to communities with sizes by Zipf's law."""
    rng = np.random.default_rng(SEED)
    community = rng.zipf(1.3, nodes) % max(1, nodes // 50)
    order = np.argsort(community, kind="stable")
    starts = np.searchsorted(community[order], np.arange(community.max() + 2))
    source = rng.integers(0, nodes, edges)
    sizes = starts[community[source] + 1] - starts[community[source]]
    neighbour = order[starts[community[source]] + (rng.random(edges) * sizes).astype(np.int64)]
    target = np.where(rng.random(edges) < INSIDE, neighbour, rng.integers(0, nodes, edges))
    return Edges(source, target, rng.random(edges) * 0.9 + 0.05)


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

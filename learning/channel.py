"""The graph as a channel of every recall."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from accounts.namespace_settings import setting_of
from grains.models import DIMENSION
from learning.adjacency import Read
from learning.constants import HOPS
from learning.entries import question_entries
from learning.propagation import (
    Entered,
    Entrances,
    Walked,
    entered,
    lead_statement,
    onward_statement,
    reached_of,
    walked,
)
from learning.remembered import Graph, changes_statement, grain_ids, graph_known, graph_now
from learning.switches import LEARNING, PROPAGATION
from learning.walk import walk_statement, walked_of
from learning.wordings import Wordings
from retrieval.arrays import pipelined
from retrieval.channels import NOBODY, Asking, Heard, Reached
from retrieval.profiles import Profile


class GraphChannel:
    """Lifts what was useful for this question or one like it, and what conduits lead to from there."""

    name = "graph"

    def asking(self, heard: Heard) -> Asking | None:
        """Whether what this process remembers of the graph still holds; None in a namespace that does not want it."""
        if heard.profile == Profile.FLUX:
            return _walking(heard)
        if not setting_of(heard.namespace_id, LEARNING):
            return None
        known = graph_known(heard.namespace_id)

        def reached(changes: Sequence[tuple[Any, ...]]) -> Reached:
            return _reached(heard, graph_now(heard.namespace_id, known, changes))

        return Asking(changes_statement(heard.namespace_id, known), reached)


def entrances_of(heard: Heard, wordings: Wordings) -> Entrances:
    """The wordings nearest to a question, and its own entries."""
    keys, gains = wordings.nearest(heard.vector)
    own = question_entries(heard.namespace_id, heard.question, heard.terms)
    return Entrances(
        np.concatenate([keys, np.fromiter(own, np.int64, len(own))]),
        np.concatenate([gains, np.fromiter((gain for _, gain in own.values()), np.float64, len(own))]),
        len(keys),
        {key: kind.label for key, (kind, _) in own.items()},
    )


def _reached(heard: Heard, graph: Graph) -> Reached:
    entrances = entrances_of(heard, graph.wordings)
    led = _led(heard, graph, entrances)
    if led is None or not len(led.target):
        return NOBODY
    came = entered(led, entrances)
    further = _further(heard, graph, came) if setting_of(heard.namespace_id, PROPAGATION) else None
    ids = grain_ids(heard.namespace_id, further.via) if further and graph.grains is None else graph.ids
    return reached_of(came, further, entrances.kinds, ids.get)


def _led(heard: Heard, graph: Graph, entrances: Entrances) -> Read | None:
    """What the entries lead to."""
    now = heard.now.timestamp()
    if graph.entries is not None:
        return graph.entries.read(entrances.keys, entrances.fans(), now)
    ((row,),) = pipelined([lead_statement(heard.namespace_id, now, entrances)])
    return None if row[0] is None else Read(*row)


def _further(heard: Heard, graph: Graph, came: Entered) -> Walked | None:
    """Where the signal goes from there, None where it ends."""
    grains, signals = came.front()
    if not len(grains):
        return None
    now = heard.now.timestamp()
    if graph.grains is not None:
        return walked(graph.grains, now, grains, signals)
    ((row,),) = pipelined([onward_statement(heard.namespace_id, now, grains, signals)])
    return None if row[0] is None else Walked(*row)


def _walking(heard: Heard) -> Asking:
    """Flux's pure walk."""
    own = question_entries(heard.namespace_id, heard.question, heard.terms)
    kinds = {key: kind.label for key, (kind, _) in own.items()}
    vector = np.zeros(DIMENSION, np.float32) if heard.vector is None else heard.vector  # near no wording
    learns = setting_of(heard.namespace_id, LEARNING)
    hops = HOPS if setting_of(heard.namespace_id, PROPAGATION) else 1
    keys = (list(own), heard.terms)
    statement = walk_statement(heard.namespace_id, vector, heard.now.timestamp(), keys, learns=learns, hops=hops)
    return Asking(statement, lambda rows: walked_of(rows, kinds))

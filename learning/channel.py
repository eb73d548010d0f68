"""The graph as a channel of every recall."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from accounts.namespace_settings import setting_of
from grains.models import DIMENSION
from learning.constants import HOPS
from learning.entries import question_entries
from learning.models import EntryKind
from learning.propagation import propagate_statement, reached_of
from learning.switches import LEARNING, PROPAGATION
from retrieval.arrays import Statement
from retrieval.channels import Heard, Reached


class GraphChannel:
    """Lifts what was useful for this question or one like it, and what conduits lead to from there."""

    name = "graph"

    def statement(self, heard: Heard) -> Statement | None:
        """The propagation from the question's entries; none in a namespace that does not want it."""
        if not setting_of(heard.namespace_id, LEARNING):
            return None
        entries = {key: gain for key, (_, gain) in _entries(heard).items()}
        hops = HOPS if setting_of(heard.namespace_id, PROPAGATION) else 1
        vector = np.zeros(DIMENSION, np.float32) if heard.vector is None else heard.vector  # near no wording
        return propagate_statement(heard.namespace_id, vector, heard.now.timestamp(), entries, hops=hops)

    def reached(self, heard: Heard, rows: Sequence[tuple[Any, ...]]) -> Reached:
        """The grains that the propagation reached."""
        return reached_of(rows, {key: EntryKind(kind).label for key, (kind, _) in _entries(heard).items()})


def _entries(heard: Heard) -> dict[int, tuple[EntryKind, float]]:
    return question_entries(heard.namespace_id, heard.question, heard.terms)

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
from learning.walk import walk_statement, walked_of
from retrieval.arrays import Statement
from retrieval.channels import Heard, Reached
from retrieval.profiles import Profile


class GraphChannel:
    """Lifts what was useful for this question or one like it, and what conduits lead to from there."""

    name = "graph"

    def statement(self, heard: Heard) -> Statement | None:
        """The propagation from the question's entries; none in a namespace that does not want it."""
        learns = setting_of(heard.namespace_id, LEARNING)
        entries = {key: gain for key, (_, gain) in _entries(heard).items()}
        hops = HOPS if setting_of(heard.namespace_id, PROPAGATION) else 1
        vector = np.zeros(DIMENSION, np.float32) if heard.vector is None else heard.vector  # near no wording
        if heard.profile == Profile.FLUX:
            now, keys = heard.now.timestamp(), (list(entries), heard.terms)
            return walk_statement(heard.namespace_id, vector, now, keys, learns=learns, hops=hops)
        if not learns:
            return None
        return propagate_statement(heard.namespace_id, vector, heard.now.timestamp(), entries, hops=hops)

    def reached(self, heard: Heard, rows: Sequence[tuple[Any, ...]]) -> Reached:
        """The grains that the propagation reached."""
        kinds = {key: EntryKind(kind).label for key, (kind, _) in _entries(heard).items()}
        return walked_of(rows, kinds) if heard.profile == Profile.FLUX else reached_of(rows, kinds)


def _entries(heard: Heard) -> dict[int, tuple[EntryKind, float]]:
    return question_entries(heard.namespace_id, heard.question, heard.terms)

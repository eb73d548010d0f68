"""The words of a past moment: postings are of today's contents, so what has changed since is read anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from grains.reading import counts_of, words_of
from retrieval.arrays import pipelined, statement
from retrieval.bm25 import Postings, packed
from retrieval.search import Search

CHANGED = 300  # memories whose old contents are read; what changed beyond that is found by its vector only


@dataclass(frozen=True, slots=True)
class Past:
    """Memories that read differently at the moment looked at, and their postings by the key of a search term."""

    changed: NDArray[np.int64]
    postings: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def of(self, term: int, today: Postings) -> Postings:
        """A term's postings as they were."""
        if not len(self.changed):
            return today
        same = today.packed[~np.isin(today.grains, self.changed)]
        was = np.concatenate([same, self.postings.get(term, np.empty(0, np.int64))])
        return replace(today, packed=was, frequency=len(was))


def past_of(caller: Caller, search: Search, keys: Mapping[str, int], allowed: tuple[str, Sequence[Any]]) -> Past:
    """How the memories that may be found read then, as far as these search terms (with their keys) are concerned."""
    if search.as_of is None or not keys:
        return Past(np.empty(0, np.int64))
    sql = statement("past").format(allowed=allowed[0], limit=CHANGED)
    (rows,) = pipelined([(sql, [*allowed[1], caller.namespace_id, search.as_of, search.as_of])])
    found: dict[int, list[tuple[int, int, int]]] = {}
    for number, content in rows:
        counts = counts_of(content)
        size = words_of(counts)
        for term in keys.keys() & counts.keys():
            found.setdefault(keys[term], []).append((number, counts[term], size))
    changed = np.array([number for number, _ in rows], np.int64)
    return Past(changed, {key: packed(*np.array(one, np.int64).T) for key, one in found.items()})

"""Pools to rank in tests, with every field neutral unless it is given; and the pure half of a recall."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25 import Postings, bm25, packed
from retrieval.fusion import UNKNOWN_DAY, Pool
from retrieval.question import Question, understand
from text.cues import memory_flags
from text.tokens import terms


def pool_of(dense: Sequence[float], **columns: Any) -> Pool:
    """A pool of notes with these cosines; other columns are neutral unless they are given."""
    n = len(dense)
    neutral: dict[str, Any] = {
        "number": np.arange(1, n + 1),
        "bm25": np.zeros(n),
        "held": np.zeros(n),
        "pieces": np.zeros(n, int),
        "flags": np.zeros(n, int),
        "authored": np.zeros(n, bool),
        "session": np.zeros(n, int),
        "turn": np.zeros(n, int),
        "alone": np.ones(n, bool),
        "occurred": np.full(n, UNKNOWN_DAY),
        "importance": np.ones(n),
    }
    stream = columns.pop("stream", 0.0)
    given = {name: np.asarray(column) for name, column in columns.items()}
    return Pool(dense=np.array(dense, float), stream=stream, **{**neutral, **given})


def asked(**fields: Any) -> Question:
    """A question of which only these fields are known."""
    return Question(**{"text": "", "bare": "", "embedded": "", "terms": ("word",), **fields})


class Notes:
    """Notes without authors, sessions and dates, searched whole: what recall() does, without a database."""

    def __init__(self, texts: Sequence[str], vectors: NDArray[np.float32], pieces: Sequence[int]) -> None:
        self.vectors = vectors
        self.pieces = np.array(pieces)
        self.flags = np.array([memory_flags(text, "") for text in texts])
        counts = [Counter(terms(text)) for text in texts]
        self.sizes = np.array([sum(count.values()) for count in counts])
        self.postings: dict[str, list[tuple[int, int]]] = {}
        for row, count in enumerate(counts):
            for term, tf in count.items():
                self.postings.setdefault(term, []).append((row, tf))

    def term(self, term: str, question: Question) -> Postings:
        """The postings of one term of the question."""
        rows, tf = np.array(self.postings.get(term, np.empty((0, 2))), int).T
        return Postings(packed(rows, tf, self.sizes[rows]), len(rows), exact=term in question.exact)

    def pool(self, query: str, vector: NDArray[np.float32]) -> tuple[Pool, Question]:
        """All notes as the pool of a question."""
        question = understand(query)
        found = bm25([self.term(term, question) for term in question.terms], len(self.sizes), self.sizes.mean())
        columns = {name: np.zeros(len(self.sizes)) for name in ("bm25", "held", "exact")}
        for name, column in columns.items():
            column[found.grains] = getattr(found, name)
        dense = self.vectors @ vector
        return pool_of(dense.tolist(), pieces=self.pieces, flags=self.flags, **columns), question

"""What a process remembers of a namespace's statistics for BM25: they drift slowly, and ranking forgives that."""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import TTLCache

from retrieval.arrays import Statement, statement

FREQUENCY_SQL = """
SELECT wanted.place, (
    SELECT count(*) FROM (
        SELECT FROM grains_posting WHERE namespace_id = %s AND term = wanted.term LIMIT 200000
    ) AS counted
)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (term, place)
"""
SMALL = 1_000  # grains; a small namespace changes its statistics with every store, so it is counted often
SMALL_SECONDS, LARGE_SECONDS = 1.0, 60.0
COMMON_SECONDS = 600.0
STREAM_SAMPLE, STREAM_LEAST = 256, 32  # memories without a session that are compared; fewer say nothing
# By how much a memory is nearer to the one stored before it than to another, from which a namespace without sessions
# is no pile of notes, and from which it is a stream of turns. LoCoMo without sessions .09 to .20, BEAM .23 to .36,
# own facts, which are in no order, .01.
PILE, STREAM = 0.03, 0.09


@dataclass(frozen=True, slots=True)
class Size:
    """Grains in a namespace, their mean length in terms, and how far those without a session continue each other."""

    grains: int
    words: float
    stream: float = 0.0  # 0 to 1


_sizes: TTLCache[int, tuple[float, Size]] = TTLCache(maxsize=10_000, ttl=LARGE_SECONDS)
_common: TTLCache[tuple[int, int], int] = TTLCache(maxsize=100_000, ttl=COMMON_SECONDS)
_lock = Lock()


def size_known(namespace_id: int) -> Size | None:
    """The namespace's size if it was counted lately enough for its size."""
    with _lock:
        counted, size = _sizes.get(namespace_id, (0.0, None))
    if size is None or (size.grains < SMALL and time.monotonic() - counted > SMALL_SECONDS):
        return None
    return size


def size_statement(namespace_id: int) -> Statement:
    """The statement that counts a namespace."""
    sql = statement("size").format(sample=STREAM_SAMPLE, least=STREAM_LEAST)
    return sql, 4 * [namespace_id]


def size_keep(namespace_id: int, row: tuple[Any, ...]) -> Size:
    """Remember a row of size.sql."""
    grains, words, nearer = row
    size = Size(int(grains), float(words), min(max((nearer - PILE) / (STREAM - PILE), 0.0), 1.0))
    with _lock:
        _sizes[namespace_id] = (time.monotonic(), size)
    return size


def frequencies_known(namespace_id: int, terms: list[int]) -> dict[int, int]:
    """Those of `terms` that are known to be common, with their document frequencies."""
    with _lock:
        return {term: n for term in terms if (n := _common.get((namespace_id, term)))}


def frequency_keep(namespace_id: int, term: int, frequency: int) -> None:
    """Remember that a term is common."""
    with _lock:
        _common[namespace_id, term] = frequency

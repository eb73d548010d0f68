"""Which authors of the namespace a query may name, and which names are all over it.

Asked of indexes, so that it is right at once and stays cheap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from cachetools import LRUCache

from grains.identity import term_keys
from retrieval.arrays import Statement, statement
from retrieval.question import name_keys, names_written
from retrieval.sizes import Size
from text.tokens import terms

AUTHORS = 8  # of one first name; more that share it name nobody alone either way
POSTED = 2_000  # memories up to which a name's are counted
# Share of all words, repeats within a memory aside, from which a name is all over the namespace. Highest of a name
# that tells memories apart: .0011 (own facts), .0014 (BEAM); lowest of a speaker: .0044 (LoCoMo without speakers).
COMMON_SHARE = 0.003
COMMON_FROM = 20  # memories: a share of fewer says nothing
REMEMBERED = 100_000  # words of all namespaces that name somebody, of which a process remembers what was found

Row = tuple[str, Sequence[str] | None, int]  # of names.sql: a word, authors, memories


@dataclass(frozen=True, slots=True)
class Known:
    """What the namespace knows of a query's words: authors (full names), and common names (look-up forms)."""

    authors: frozenset[str]
    common: frozenset[str]


def names_statement(namespace_id: int, query: str) -> Statement:
    """The statement that finds what a namespace knows of a query's words."""
    words = name_keys(query)
    written = names_written(query)
    keys = term_keys(namespace_id, (next(iter(terms(word)), "") if word in written else "" for word in words))
    sql = statement("names").format(authors=AUTHORS, memories=POSTED)
    return sql, [words, np.array(keys, np.int64), *(3 * [namespace_id])]


def known_of(rows: Iterable[Row], size: Size) -> Known:
    """What the rows of names.sql say. A name is common by its share of the namespace's words."""
    rows = list(rows)
    enough = max(COMMON_SHARE * size.grains * max(size.words, 1.0), COMMON_FROM)
    return Known(
        authors=frozenset(name for _, names, _ in rows for name in names or ()),
        common=frozenset(word for word, _, memories in rows if memories and memories >= enough),
    )


_remembered: LRUCache[tuple[int, str], Row] = LRUCache(REMEMBERED)
_lock = Lock()


def names_remembered(namespace_id: int, query: str) -> list[Row]:
    """What names.sql has said of a query's words when it was last kept; what it says now may be something else."""
    with _lock:
        found = [_remembered.get((namespace_id, word)) for word in name_keys(query)]
    return [row for row in found if row is not None]


def names_keep(namespace_id: int, query: str, rows: Iterable[Row]) -> None:
    """Remember what names.sql says of a query's words."""
    with _lock:
        for word in name_keys(query):
            _remembered.pop((namespace_id, word), None)
        _remembered.update({(namespace_id, row[0]): row for row in rows})

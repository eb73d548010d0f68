"""Rows of a grain's text: passages and postings, written and replaced inside an open door."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.db import connection
from pgvector import HalfVector

from embedding import encoder
from grains.identity import term_keys
from grains.models import Passage
from grains.reading import Reading

POSTINGS_SQL = """
INSERT INTO grains_posting (namespace_id, term, grain_number, tf, size)
SELECT %s, term, number, tf, size
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[]) AS posting (term, number, tf, size)
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A reading that belongs to a grain's version."""

    number: int
    version: int
    reading: Reading


def text_rows_insert(namespace_id: int, written: Sequence[Written]) -> None:
    """Insert the passages and postings of new versions."""
    passages_insert(namespace_id, written)
    _postings_insert(namespace_id, written)


def passages_insert(namespace_id: int, written: Sequence[Written], *, current: bool = True) -> None:
    """Insert the passages of versions; `current` is whether they are those of today."""
    name = encoder().name
    Passage.objects.bulk_create(
        Passage(
            namespace_id=namespace_id,
            grain_number=w.number,
            version=w.version,
            n=n,
            current=current,
            context_number=w.reading.context_number if n == 0 else None,
            start=window and window.start,
            stop=window and window.stop,
            model=name,
            embedding=HalfVector(vector),
        )
        for w in written
        for n, (vector, window) in enumerate(zip_longest(w.reading.vectors, [None, *w.reading.windows]))
    )


def text_rows_retire(namespace_id: int, number: int) -> None:
    """Make room for a new version: its passages become past ones, its postings go."""
    Passage.objects.filter(namespace_id=namespace_id, grain_number=number).update(current=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM grains_posting WHERE namespace_id = %s AND grain_number = %s", [namespace_id, number]
        )


def _postings_insert(namespace_id: int, written: Sequence[Written]) -> None:
    terms: list[int] = []
    numbers: list[int] = []
    tfs: list[int] = []
    sizes: list[int] = []
    for w in written:
        keys = term_keys(namespace_id, w.reading.counts)
        terms += keys
        tfs += w.reading.counts.values()
        numbers += [w.number] * len(keys)
        sizes += [w.reading.words] * len(keys)
    with connection.cursor() as cursor:
        cursor.execute(POSTINGS_SQL, [namespace_id, terms, numbers, tfs, sizes])

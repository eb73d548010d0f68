"""Which authors of the namespace a query may name. Asked of an index, so that it is right at once and stays cheap."""

from collections.abc import Sequence

from retrieval.arrays import Statement

# The least and the greatest author that starts with a word: two that differ mean that the word names nobody alone.
NAMES_SQL = """
SELECT found.least, found.most
FROM unnest(%s::text[]) AS wanted (word)
CROSS JOIN LATERAL (
    SELECT min(author) AS least, max(author) AS most FROM grains_grain
    WHERE namespace_id = %s AND author_first = wanted.word
) AS found
WHERE found.least IS NOT NULL
"""


def names_statement(namespace_id: int, words: Sequence[str]) -> Statement:
    """The statement that finds authors by the first words of their names (case-folded)."""
    return NAMES_SQL, [list(words), namespace_id]


def names_of(rows: Sequence[tuple[str, str]]) -> set[str]:
    """The authors in the rows of NAMES_SQL."""
    return {name for row in rows for name in row}

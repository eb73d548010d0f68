"""Vectors that carry another grain's text. Before that grain changes or goes, they are embedded again without it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from pgvector import HalfVector

from accounts.door import Caller
from embedding import embed
from grains.models import Passage

DEPENDANTS_SQL = """
SELECT passage.grain_number, passage.version, version.content
FROM grains_passage AS passage
JOIN grains_grain AS grain ON grain.namespace_id = passage.namespace_id AND grain.number = passage.grain_number
JOIN grains_version AS version
  ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id AND version.n = passage.version
WHERE passage.namespace_id = %s AND passage.context_number = ANY(%s) AND passage.grain_number <> ALL(%s)
"""


@dataclass(frozen=True, slots=True)
class _Dependant:
    number: int
    version: int
    content: str


def context_remove(*, caller: Caller, numbers: Sequence[int], going: Sequence[int] = ()) -> int:
    """Embed every passage that carries the text of `numbers` again, alone; return how many.

    `going` are grains about to be deleted themselves: theirs are not worth it. Runs inside the open door.
    """
    found = _dependants(caller.namespace_id, numbers, going)
    if not found:
        return 0
    vectors = embed([d.content for d in found], scope=str(caller.namespace_id), operation="store")
    for dependant, vector in zip(found, vectors, strict=True):
        Passage.objects.filter(
            namespace_id=caller.namespace_id, grain_number=dependant.number, version=dependant.version, n=0
        ).update(embedding=HalfVector(vector), context_number=None)
    return len(found)


def _dependants(namespace_id: int, numbers: Sequence[int], going: Sequence[int]) -> list[_Dependant]:
    with connection.cursor() as cursor:
        cursor.execute(DEPENDANTS_SQL, [namespace_id, list(numbers), list(going)])
        return [_Dependant(*row) for row in cursor.fetchall()]

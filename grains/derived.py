"""Grains whose text was made from others'. No text outlives the erasure of its source by standing in a summary."""

from collections.abc import Iterable, Sequence

from django.db import connection

from accounts.deeds import deed_append
from accounts.door import Caller
from accounts.errors import Conflict
from embedding import encoder
from grains.models import Derivation, Grain, Status
from grains.reading import OVERLAP, WINDOW
from grains.services.status import status_set

SOURCES_SQL = """
SELECT derivation.grain_number, array_agg(version.content ORDER BY source.created_at, source.number)
FROM grains_derivation AS derivation
JOIN grains_grain AS source
  ON source.namespace_id = derivation.namespace_id AND source.number = derivation.source_number
JOIN grains_version AS version
  ON version.namespace_id = source.namespace_id AND version.grain_id = source.id AND version.ended_at IS NULL
WHERE derivation.namespace_id = %s AND derivation.grain_number = ANY(%s) GROUP BY derivation.grain_number
"""


def derivations_add(*, caller: Caller, number: int, sources: Iterable[int]) -> None:
    """Note, inside the open door, that the text of grain `number` was made from that of `sources`."""
    Derivation.objects.bulk_create(
        Derivation(namespace_id=caller.namespace_id, grain_number=number, source_number=source) for source in sources
    )


def derived_from(*, caller: Caller, numbers: Sequence[int]) -> list[int]:
    """Numbers of the grains made from any of `numbers`, and from those, and so on; none of `numbers` themselves."""
    known, fresh = set(numbers), set(numbers)
    while fresh:
        made = Derivation.objects.filter(namespace_id=caller.namespace_id, source_number__in=fresh)
        fresh = set(made.values_list("grain_number", flat=True)) - known
        known |= fresh
    return sorted(known.difference(numbers))


def parts_of(contents: Iterable[str]) -> list[str]:
    """What the vectors of a text made from `contents` are of: each of them, in windows where it is long.

    So a question finds what was made where it found what it was made of.
    """
    model = encoder()
    return [window.of(content) for content in contents for window in model.windows(content, WINDOW, OVERLAP)]


def parts_by_number(*, caller: Caller, numbers: Sequence[int]) -> dict[int, list[str]]:
    """The parts of those of `numbers` that were made from others, inside the open door."""
    with connection.cursor() as cursor:
        cursor.execute(SOURCES_SQL, [caller.namespace_id, list(numbers)])
        return {number: parts_of(contents) for number, contents in cursor.fetchall()}


def sources_free(*, caller: Caller, derived: Sequence[int], going: Sequence[int]) -> int:
    """Before `derived` are erased: bring their archived sources back, but for those `going`; return how many.

    A source whose twin was stored again meanwhile stays archived: it is said by that.
    """
    mine = Derivation.objects.filter(namespace_id=caller.namespace_id, grain_number__in=list(derived))
    numbers = set(mine.values_list("source_number", flat=True)).difference(going, derived)
    archived = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=numbers, status=Status.ARCHIVED)
    freed = []
    for id_ in archived.order_by("number").values_list("id", flat=True):
        try:
            status_set(caller=caller, statuses={id_: Status.ACTIVE})
            freed.append(id_)
        except Conflict:
            continue
    if freed:
        deed_append(caller=caller, verb="restore", subjects=freed, detail={"cause": "derived_erased"})
    return len(freed)

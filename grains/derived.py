"""Grains whose text was made from others'. No text outlives the erasure of its source by standing in a summary."""

from collections.abc import Iterable, Sequence

from accounts.deeds import deed_append
from accounts.door import Caller
from accounts.errors import Conflict
from grains.models import Derivation, Grain, Status
from grains.services.status import status_set


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

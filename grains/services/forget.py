"""Forget memories: the grains named, or those that a filter matches; never nothing, which would mean everything."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.models import Q

from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import EmptyFilter, TooMany
from grains import limits
from grains.dependants import context_remove
from grains.derived import derived_from, sources_free
from grains.filters import Filter
from grains.models import Grain

TRIES = 3  # a turn stored meanwhile may depend on a grain that is going; then all is done again
DELETE_SQL = "DELETE FROM grains_grain WHERE namespace_id = %s AND number = ANY(%s)"


def grain_forget(*, caller: Caller, ids: Sequence[UUID] = (), where: Filter | None = None) -> int:
    """Erase grains with their versions, passages, postings and ratings; return how many there were.

    With ids, only those (unknown ones are skipped); else those that `where` matches. Raises EmptyFilter when
    neither names anything, TooMany when a filter matches more than limits.FILTERED_DELETE.
    """
    if not ids and not where:
        raise EmptyFilter("Name what to forget: ids or at least one filter field. Nothing was forgotten.", field="ids")
    wanted = Q(id__in=list(ids)) if ids else (where or Filter()).query()
    for left in reversed(range(TRIES)):
        try:
            return _forget(caller, wanted)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


def _forget(caller: Caller, wanted: Q) -> int:
    with tenant(caller):
        found = Grain.objects.filter(wanted, namespace_id=caller.namespace_id).order_by("number").select_for_update()
        rows = list(found.values_list("number", "id")[: limits.FILTERED_DELETE + 1])
        if len(rows) > limits.FILTERED_DELETE:
            raise TooMany(
                f"filter delete matches more than {limits.FILTERED_DELETE} memories; narrow the filter or delete by ids"
            )
        if rows:
            made = _derived(caller, [number for number, _ in rows])
            _erase(caller, [number for number, _ in [*rows, *made]])
            deed_append(caller=caller, verb="forget", subjects=[id_ for _, id_ in [*rows, *made]])
    return len(rows)


def _derived(caller: Caller, numbers: list[int]) -> list[tuple[int, UUID]]:
    """What was made from those that are going goes too; its other sources come back in its place."""
    made = derived_from(caller=caller, numbers=numbers)
    sources_free(caller=caller, derived=made, going=numbers)
    found = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=made).order_by("number")
    return list(found.select_for_update().values_list("number", "id"))


def _erase(caller: Caller, numbers: list[int]) -> None:
    context_remove(caller=caller, numbers=numbers, going=numbers)
    with connection.cursor() as cursor:
        # Vectors that are going may lean on one another: let go before the rows do.
        cursor.execute(
            "DELETE FROM grains_passage WHERE namespace_id = %s AND grain_number = ANY(%s)",
            [caller.namespace_id, numbers],
        )
        cursor.execute(DELETE_SQL, [caller.namespace_id, numbers])

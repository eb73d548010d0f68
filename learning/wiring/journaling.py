"""Wiring in the journal's words: whether a memory is wired. Undoing takes away what wiring made of it."""

from collections.abc import Callable, Sequence

from django.db import connection

from accounts.door import Caller
from grains.models import Grain
from learning.journal import aspect
from learning.journal.aspects import Value, Values

Wire = Callable[[Caller, Sequence[str]], object]

WIRED_SQL = """
SELECT grain.id, EXISTS (
    SELECT FROM learning_conduit AS one
    WHERE one.namespace_id = grain.namespace_id AND one.source = grain.number AND one.provenance = 'wired'
) OR EXISTS (
    SELECT FROM learning_conduit AS one
    WHERE one.namespace_id = grain.namespace_id AND one.target = grain.number AND one.provenance = 'wired'
)
FROM grains_grain AS grain WHERE grain.namespace_id = %s AND grain.id = ANY(%s::uuid[])
ORDER BY grain.number FOR KEY SHARE OF grain
"""
UNWIRE_SQL = """
DELETE FROM learning_conduit WHERE namespace_id = %s AND provenance = 'wired' AND (source = ANY(%s) OR target = ANY(%s))
"""


def wired(caller: Caller, ids: Sequence[str]) -> dict[str, Value]:
    """Whether each of these memories has a conduit that wiring made, inside the open door."""
    with connection.cursor() as cursor:
        cursor.execute(WIRED_SQL, [caller.namespace_id, list(ids)])
        return {str(id_): is_wired for id_, is_wired in cursor.fetchall()}


def declare(wire: Wire) -> None:
    """Make wiring something that the journal can undo; `wire` wires memories anew."""

    def write(caller: Caller, values: Values) -> None:
        mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=[i for i, on in values.items() if not on])
        numbers = list(mine.values_list("number", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(UNWIRE_SQL, [caller.namespace_id, numbers, numbers])
        if again := [id_ for id_, on in values.items() if on]:
            wire(caller, again)

    aspect("grain.wired", wired, write)

"""All that is known about one grain, for its page."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from grains.models import Grain, Passage, Version, Vitals
from retrieval.models import Rating

# Recalls keep no index by grain: the newest ones of the namespace are looked through.
RECENT = 500
RECALLS_SQL = """
SELECT id, at, actor, query, ordinal
FROM (SELECT id, at, actor, query, ranking FROM retrieval_trace WHERE namespace_id = %s ORDER BY at DESC LIMIT %s) AS r
CROSS JOIN LATERAL jsonb_array_elements(r.ranking) WITH ORDINALITY AS line (result, ordinal)
WHERE line.result ->> 'id' = %s
ORDER BY at DESC LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A recall that showed the grain, and at which place."""

    id: Any
    at: Any
    actor: str
    query: str
    place: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """A grain's parts. `looked_through` is how many recalls were searched for it."""

    versions: list[Version]
    passages: list[Any]
    vitals: list[tuple[str, Any]]
    recalls: list[Recalled]
    ratings: list[Rating]
    looked_through: int = RECENT


def dossier(grain: Grain) -> Dossier:
    """Read inside the open door."""
    mine = {"namespace_id": grain.namespace_id, "grain_number": grain.number}
    vitals: Any = Vitals.objects.filter(**mine).values().first() or {}
    return Dossier(
        versions=list(Version.objects.filter(namespace_id=grain.namespace_id, grain_id=grain.pk).order_by("-n")),
        passages=list(
            Passage.objects.filter(**mine).order_by("-version", "n").values("version", "n", "model", "current")
        ),
        vitals=[(name.replace("_", " "), value) for name, value in vitals.items() if name not in _KEYS],
        recalls=_recalls(grain),
        ratings=list(Rating.objects.filter(namespace_id=grain.namespace_id, grain_id=grain.pk).order_by("-at")[:20]),
    )


_KEYS = {"namespace_id", "grain_number"}


def _recalls(grain: Grain) -> list[Recalled]:
    with connection.cursor() as cursor:
        cursor.execute(RECALLS_SQL, [grain.namespace_id, RECENT, str(grain.pk)])
        return [Recalled(*row) for row in cursor.fetchall()]

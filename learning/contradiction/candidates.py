"""Which memories a new one may speak against: the nearest of its namespace, read inside the open door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.door import Caller
from grains.models import Grain, Status, Version, Vitals
from learning.contradiction.deciding import Side

# Of the 85 updates of our own pairs the older memory is the nearest or second nearest to the newer one, beside 2,000
# turns of chats; 98 % of them are nearer than .57, the farthest is at .37.
NEAREST = 24
LEAST_COSINE = 0.35
# As in retrieval: the namespace as a literal, so that its own partial HNSW index is seen.
NEAREST_SQL = """
SELECT grain_number, min(distance) FROM (
    SELECT grain_number, embedding <#> %s::halfvec AS distance FROM grains_passage
    WHERE namespace_id = {namespace} AND current ORDER BY embedding <#> %s::halfvec LIMIT {limit}
) AS near WHERE grain_number <> %s GROUP BY grain_number HAVING min(distance) <= %s
"""
VECTOR_SQL = """
SELECT embedding::text FROM grains_passage WHERE namespace_id = %s AND grain_number = %s AND current AND n = 0
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A memory as it is compared. `since` is when it began to hold, as far as anybody said."""

    grain: Grain
    content: str
    side: Side
    since: datetime

    @property
    def id(self) -> UUID:
        """The grain's."""
        return self.grain.id


def statement_of(caller: Caller, id_: UUID) -> Statement | None:
    """An active memory in clear, or None."""
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id=id_, status=Status.ACTIVE, zero_knowledge=False)
    return next(iter(_statements(caller, {grain.number: grain for grain in mine})), None)


def nearest(caller: Caller, to: Statement) -> list[tuple[Statement, float]]:
    """Active memories near to this one, in clear, about the same user, with their cosines; nearest first."""
    with connection.cursor() as cursor:
        cursor.execute(VECTOR_SQL, [caller.namespace_id, to.grain.number])
        row = cursor.fetchone()
        if row is None:
            return []
        sql = NEAREST_SQL.format(namespace=int(caller.namespace_id), limit=NEAREST + 1)
        cursor.execute(sql, [row[0], row[0], to.grain.number, -LEAST_COSINE])
        distances = dict(cursor.fetchall())
    grains = Grain.objects.filter(
        namespace_id=caller.namespace_id,
        number__in=list(distances),
        status=Status.ACTIVE,
        zero_knowledge=False,
        user=to.grain.user,
    )
    found = _statements(caller, {grain.number: grain for grain in grains})
    pairs = [(other, -float(distances[other.grain.number])) for other in found]
    return sorted(pairs, key=lambda pair: -pair[1])


def _statements(caller: Caller, grains: Mapping[int, Grain]) -> list[Statement]:
    mine = {"namespace_id": caller.namespace_id}
    ids = [grain.id for grain in grains.values()]
    versions = {v.grain_id: v for v in Version.objects.filter(**mine, grain_id__in=ids, ended_at=None)}
    confirmed = dict(
        Vitals.objects.filter(**mine, grain_number__in=list(grains)).values_list("grain_number", "confirmed")
    )
    return [
        Statement(
            grain=grain,
            content=versions[grain.id].content,
            side=_side(grain, confirmed.get(number, 0)),
            since=grain.valid_from or grain.occurred_at or versions[grain.id].created_at,
        )
        for number, grain in grains.items()
    ]


def _side(grain: Grain, confirmed: int) -> Side:
    return Side(
        provenance=grain.provenance,
        confidence=grain.confidence,
        confirmed=confirmed + grain.pinned,  # whoever pins a memory stands by it: a person is asked
        agent=grain.agent,
        user=grain.user,
        author=grain.author,
        tags=tuple(grain.tags),
    )

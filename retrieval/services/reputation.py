"""What a verdict does to a memory's outcome and to the reputation of what it came from. Called by feedback."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from accounts.door import Caller
from retrieval.arrays import Statement, pipelined
from retrieval.models import SourceKind

# In order, so that two verdicts never wait for one another; a count taken back never falls below nothing.
KNOWN_SQL = """
INSERT INTO retrieval_source (namespace_id, kind, name, a, b, rated_at)
SELECT %s, kind, name, 0, 0, %s FROM unnest(%s::text[], %s::text[]) AS rated (kind, name) ORDER BY kind, name
ON CONFLICT DO NOTHING
"""
SOURCES_SQL = """
WITH rated AS (SELECT * FROM unnest(%s::text[], %s::text[], %s::float8[], %s::float8[]) AS r (kind, name, a, b)),
held AS (
    SELECT source.id, rated.a, rated.b
    FROM rated JOIN retrieval_source AS source
      ON source.namespace_id = %s AND source.kind = rated.kind AND source.name = rated.name
    ORDER BY source.kind, source.name FOR UPDATE OF source
)
UPDATE retrieval_source AS source
SET a = greatest(source.a + held.a, 0), b = greatest(source.b + held.b, 0), rated_at = %s
FROM held WHERE source.id = held.id
"""
VITALS_SQL = """
WITH rated AS (SELECT * FROM unnest(%s::bigint[], %s::float8[], %s::float8[]) AS r (number, a, b)),
held AS (
    SELECT vitals.grain_number, rated.a, rated.b
    FROM rated JOIN grains_vitals AS vitals ON vitals.namespace_id = %s AND vitals.grain_number = rated.number
    ORDER BY vitals.grain_number FOR UPDATE OF vitals
)
UPDATE grains_vitals AS vitals
SET helped = greatest(vitals.helped + held.a, 0), misled = greatest(vitals.misled + held.b, 0)
FROM held WHERE vitals.namespace_id = %s AND vitals.grain_number = held.grain_number
"""
_Weights = dict[tuple[str, str], list[float]]


class Origin(Protocol):
    """A memory, and what it came from, as far as it says."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def author(self) -> str:
        """Who said it; empty for nobody."""

    @property
    def agent(self) -> str:
        """Which agent stored it; empty for none."""

    @property
    def provenance(self) -> str:
        """How it came about."""


@dataclass(frozen=True, slots=True)
class Rated:
    """What a verdict weighs for a grain; a negative number takes an earlier verdict back."""

    grain: Origin
    helped: float = 0.0
    misled: float = 0.0


def source_rated(*, caller: Caller, rated: Sequence[Rated], now: datetime) -> None:
    """Count verdicts on grains for their authors, agents and origins, inside the open door.

    Writes no deed: the caller's own verdict has one. How much one caller's verdicts may weigh is the caller's matter.
    """
    pipelined(source_statements(caller=caller, rated=rated, now=now))


def source_statements(*, caller: Caller, rated: Sequence[Rated], now: datetime) -> list[Statement]:
    """source_rated() as statements."""
    weights: _Weights = defaultdict(lambda: [0.0, 0.0])
    for one in rated:
        for source in _sources(one.grain):
            weights[source][0] += one.helped
            weights[source][1] += one.misled
    kinds, names = ([source[n] for source in weights] for n in (0, 1))
    helped, misled = ([weight[n] for weight in weights.values()] for n in (0, 1))
    return [
        (KNOWN_SQL, [caller.namespace_id, now, kinds, names]),
        (SOURCES_SQL, [kinds, names, helped, misled, caller.namespace_id, now]),
    ]


def outcome_rated(*, caller: Caller, rated: Sequence[Rated]) -> None:
    """Count verdicts on grains for the grains themselves, inside the open door; each grain at most once."""
    pipelined([outcome_statement(caller=caller, rated=rated)])


def outcome_statement(*, caller: Caller, rated: Sequence[Rated]) -> Statement:
    """outcome_rated() as a statement."""
    numbers = [one.grain.number for one in rated]
    helped, misled = [one.helped for one in rated], [one.misled for one in rated]
    return VITALS_SQL, [numbers, helped, misled, caller.namespace_id, caller.namespace_id]


def _sources(grain: Origin) -> list[tuple[str, str]]:
    """What a grain came from, as far as it says."""
    named = [(SourceKind.AUTHOR, grain.author), (SourceKind.AGENT, grain.agent)]
    return [(kind.value, name) for kind, name in [*named, (SourceKind.PROVENANCE, grain.provenance)] if name]

"""What is known of memories beside their rank: content, trust, freshness, succession, vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import nan
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models.base import ModelState
from numpy.typing import NDArray

from accounts.door import Caller
from grains.models import Grain, Provenance
from grains.selectors import Memory
from retrieval.arrays import Statement, pipelined, statement
from retrieval.freshness import stale_because
from retrieval.fusion.pool import Floats
from retrieval.search import Search
from retrieval.trust import ORIGIN, Standing, origins, trust

_COLUMNS = [field.attname for field in Grain._meta.concrete_fields]  # noqa: SLF001 (Django's documented meta API)
_NAMED = ", ".join(f'grain."{column}"' for column in _COLUMNS)
CURRENT = "version.ended_at IS NULL"
AT = "version.created_at <= %s AND (version.ended_at IS NULL OR version.ended_at > %s)"
# Whether another has taken its place: in the past, whether that other was there.
_FOLLOWED = "grain.superseded_by IS NOT NULL"
_FOLLOWED_AT = (
    "EXISTS (SELECT FROM grains_grain AS later WHERE later.namespace_id = grain.namespace_id"
    " AND later.id = grain.superseded_by AND later.created_at <= %s)"
)
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Known:
    """A memory with what is known of it at the moment that a search looks at."""

    memory: Memory
    trust: float
    verified_at: datetime | None
    supersedes: tuple[UUID, ...]
    stale: tuple[str, ...]
    core: bool = False  # of use in many contexts

    @property
    def superseded_by(self) -> UUID | None:
        """The memory that has taken its place."""
        return self.memory.grain.superseded_by


def known_of(
    caller: Caller, search: Search, numbers: NDArray[np.int64], *, vectors: bool = False
) -> tuple[dict[int, Known], dict[int, Floats]]:
    """The memories with these numbers as of the search's moment, and their vectors when they are asked for."""
    past = [search.as_of] if search.as_of else []
    results = statement("results").format(
        columns=_NAMED, time=AT if past else CURRENT, followed=_FOLLOWED_AT if past else _FOLLOWED
    )
    statements: list[Statement] = [(results, [*past, numbers, caller.namespace_id, *past, *past])]
    if vectors:
        sql = statement("vectors").format(time=AT if past else CURRENT)
        statements.append((sql, [caller.namespace_id, numbers, *past, *past]))
    rows, *embeddings = pipelined(statements)
    found = [_known(row, search) for row in rows]
    return {one.memory.grain.number: one for one in found}, dict(embeddings[0]) if vectors else {}


def trusts_of(caller: Caller, numbers: NDArray[np.int64], moment: datetime) -> dict[int, float]:
    """The trust of these grains; those that are gone are missing."""
    standing, found = standing_of(caller, numbers, moment)
    return dict(zip(found, trust(standing).tolist(), strict=True)) if found else {}


def standing_of(caller: Caller, numbers: NDArray[np.int64], moment: datetime) -> tuple[Standing, list[int]]:
    """What the trust of these grains follows from, and their numbers in its order."""
    ((row,),) = pipelined([(statement("standing"), [numbers, caller.namespace_id])])
    if row[0] is None:
        return Standing(*(np.empty(0) for _ in Standing.__slots__)), []
    found, provenance, confidence, for_it, against_it, alike, verified, source_for, source_against = row
    days = np.maximum(moment.timestamp() - verified, 0.0) / _DAY
    standing = Standing(origins(provenance), confidence, for_it, against_it, alike, days, source_for, source_against)
    return standing, found.tolist()


def _known(row: Sequence[Any], search: Search) -> Known:
    content, for_it, against_it, alike, verified_at, core, *source, followed, supersedes = row[:10]
    grain = _grain(row[10:])
    if not followed:
        grain.superseded_by = None
    moment = search.moment
    votes = (for_it, against_it, alike, *(count or 0.0 for count in source))
    return Known(
        memory=Memory(grain, content),
        trust=_trust(grain, votes, verified_at, moment),
        verified_at=verified_at,
        supersedes=tuple(supersedes),
        stale=tuple(stale_because(grain, verified_at, moment, past=search.as_of is not None)),
        core=core,
    )


def _grain(values: Sequence[Any]) -> Grain:
    """A grain as read, made as Django's unpickling makes one: its own way (from_db) sends two signals for each."""
    state = ModelState()
    state.adding, state.db = False, "default"
    grain = Grain.__new__(Grain)
    grain.__dict__.update({"_state": state, **dict(zip(_COLUMNS, values, strict=True))})
    return grain


def _trust(grain: Grain, votes: tuple[float, ...], verified_at: datetime | None, moment: datetime) -> float:
    if verified_at is None and grain.confidence == 1.0 and not any(votes):  # nearly all: nothing to add up
        return ORIGIN[Provenance(grain.provenance)]
    days = max((moment - verified_at).total_seconds(), 0.0) / _DAY if verified_at else nan
    columns = [np.array([value], np.float64) for value in (grain.confidence, *votes, days)]
    confidence, for_it, against_it, alike, source_for, source_against, verified_days = columns
    standing = Standing(
        origin=origins([grain.provenance]),
        confidence=confidence,
        votes_for=for_it,
        votes_against=against_it,
        corroborated=alike,
        verified_days=verified_days,
        source_for=source_for,
        source_against=source_against,
    )
    return float(trust(standing)[0])

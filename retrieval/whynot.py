"""Why a grain was not returned: filtered, cut, or by how much each channel missed it."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from accounts.errors import NotFound
from grains.filters import Filter
from grains.models import Grain, Vitals
from retrieval.arrays import pipelined, statement
from retrieval.bm25 import Postings, bm25
from retrieval.candidates import NEAREST, RAREST, Asked, Found, time_of
from retrieval.freshness import stale_because
from retrieval.fusion.weights import WINDOW_DISCOUNT
from retrieval.search import Search
from retrieval.selection import Selected
from retrieval.sizes import FREQUENCY_SQL

SIMILARITY_SQL = """
SELECT ({near}) FROM grains_grain AS grain
WHERE grain.namespace_id = %s AND grain.number = %s
"""
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Asking:
    """The recall that is asked about."""

    caller: Caller
    search: Search
    asked: Asked
    found: Found
    chosen: Selected


def why(asking: Asking, id_: UUID) -> dict[str, Any]:
    """What became of one grain of the namespace: returned, cut, filtered or not a candidate. Raises NotFound."""
    grain = Grain.objects.filter(namespace_id=asking.caller.namespace_id, id=id_).first()
    if grain is None:
        raise NotFound("memory not found", field="why")
    told = _place(asking, grain) or _filtered(asking, grain) or _missed(asking, grain)
    succession = {"superseded_by": grain.superseded_by} if grain.superseded_by else {}
    return {"id": grain.id, "status": grain.status, **succession, **told}


def _place(asking: Asking, grain: Grain) -> dict[str, Any] | None:
    """Where a candidate stands, and what cut it; None for one that is none."""
    chosen = asking.chosen
    if grain.number in chosen.shown:
        return {"outcome": "returned", "rank": list(chosen.shown).index(grain.number) + 1}
    cut = chosen.listing.cuts.get(grain.number)
    if cut is not None:
        numbers = {"value": cut.value, "bound": cut.bound, "by": _id_of(asking, cut.by)}
        return {"outcome": "cut", "reason": cut.reason, **{name: v for name, v in numbers.items() if v is not None}}
    if grain.number not in chosen.listing.numbers:
        return None
    score, last = chosen.score[grain.number], chosen.score[chosen.shown[-1]] if chosen.shown else 0.0
    return {
        "outcome": "cut",
        "reason": "below_limit",
        "rank": chosen.listing.numbers.index(grain.number) + 1,
        "limit": asking.search.limit,
        "score": round(score, _DIGITS),
        "missed_by": round(max(last - score, 0.0), _DIGITS),
    }


def _id_of(asking: Asking, number: int | None) -> UUID | None:
    if number is None:
        return None
    return asking.chosen.known[number].memory.grain.id if number in asking.chosen.known else None


def _filtered(asking: Asking, grain: Grain) -> dict[str, Any] | None:
    """The conditions that keep a grain out; None when it may be found."""
    search, ns = asking.search, asking.caller.namespace_id
    if search.grains(ns).filter(id=grain.id).exists():
        return None
    conditions = [name for name in Filter.__slots__ if name != "status" and not _fits(search, ns, grain, name)]
    if grain.status not in search.statuses:
        conditions.append("status")
    if search.as_of and not replace(search, where=Filter(), strict=False).grains(ns).filter(id=grain.id).exists():
        conditions.append("as_of")
    told: dict[str, Any] = {"outcome": "filtered", "conditions": conditions}
    if search.strict:
        vitals = Vitals.objects.get(namespace_id=ns, grain_number=grain.number)
        if stale := stale_because(grain, vitals.last_verified_at, search.moment, past=search.as_of is not None):
            told |= {"conditions": [*conditions, "strict"], "stale": stale}
    return told


def _fits(search: Search, namespace_id: int, grain: Grain, name: str) -> bool:
    """Whether a grain fulfils one field of the filter."""
    wanted = getattr(search.where, name)
    alone = Filter(**{"tags_mode": search.where.tags_mode, name: wanted})
    return not wanted or Grain.objects.filter(alone.query(), namespace_id=namespace_id, id=grain.id).exists()


def _missed(asking: Asking, grain: Grain) -> dict[str, Any]:
    """By how much each channel missed a grain that may be found."""
    most = max(asking.search.limit, NEAREST)
    lexical, near = asking.found.lexical, np.sort(asking.found.nearest[1])[::-1]
    words = np.sort(lexical.bm25)[::-1][: max(asking.search.limit, RAREST)]
    told: dict[str, Any] = {"outcome": "not_a_candidate", "channels": {}}
    similarity, score = _similarity(asking, grain), _bm25(asking, grain)
    told["channels"]["vector"] = _miss(similarity, float(near[:most][-1]) if len(near) else None)
    told["channels"]["fts"] = _miss(score, float(words[-1]) if len(words) else None)
    cut = told["channels"]["vector"]["cut"]
    if cut is not None and similarity is not None and similarity > cut:
        told["note"] = "It is nearer than what the vector index returned: that index is approximate."
    return told


def _miss(value: float | None, cut: float | None) -> dict[str, float | None]:
    """A channel's value of the grain, of the last one that it took, and the difference."""
    both = value is not None and cut is not None
    return {
        "value": None if value is None else round(value, _DIGITS),
        "cut": None if cut is None else round(cut, _DIGITS),
        "missed_by": round(cut - value, _DIGITS) if both and cut is not None and value is not None else None,
    }


def _similarity(asking: Asking, grain: Grain) -> float | None:
    """The cosine of its best passage; None without a vector."""
    if asking.asked.vector is None:
        return None
    time, moments = time_of(asking.search)
    near = statement("near").format(discount=WINDOW_DISCOUNT, time=time.replace("allowed.id", "grain.id"))
    ns = asking.caller.namespace_id
    params = [asking.asked.vector, ns, *moments, ns, grain.number]
    (rows,) = pipelined([(SIMILARITY_SQL.format(near=near), params)])
    return rows[0][0] if rows else None


def _bm25(asking: Asking, grain: Grain) -> float | None:
    """Its BM25; None for a question without search terms."""
    terms = asking.asked.terms
    if not terms:
        return None
    ns, wanted = asking.caller.namespace_id, np.array(terms, np.int64)
    own, counted = pipelined(
        [
            (statement("common"), [wanted, ns, np.array([grain.number], np.int64)]),
            (FREQUENCY_SQL, [ns, wanted]),
        ]
    )
    frequency: dict[int, int] = dict(counted)
    none = np.empty(0, np.int64)
    read: dict[int, NDArray[np.int64]] = dict(own)
    places = range(1, len(terms) + 1)
    postings = [Postings(read.get(place, none), frequency.get(place, 0)) for place in places]
    found = bm25(postings, asking.asked.size.grains, asking.asked.size.words)
    return float(found.bm25[0]) if len(found.bm25) else 0.0

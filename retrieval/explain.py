"""Why a recall answered what it did: every number that went into it, so that the scores can be computed again.

The score of a result is

    garner      exp(-calibration.gap * (calibration.best - signal_sum)) / (1 + exp(-sum(calibration.terms)))
    the seeds   signal_sum, between 0 and 1; each signal is a channel times its weight times all of `multipliers`

with signal_sum the sum of its `signals`. A successor that took the place of what it superseded has that one's score:
`raised_by` names it. What a re-ranker has moved (`rerank` is its own number) has the score of its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from grains.models import Grain
from retrieval import calibration
from retrieval.candidates import Asked, Found
from retrieval.channels import Reached, path_shown
from retrieval.fusion import Ranking
from retrieval.known import Known
from retrieval.profiles import Profile
from retrieval.scoring import Ranked
from retrieval.search import Search
from retrieval.selection import Selected, channels_of, path_of, row_of, strengths
from retrieval.whynot import Asking, why

MOST_CUT = 200  # candidates whose fate is told
RERANKED = "rerank"
_DIGITS = 9  # of every number that is told: sums of them are right to 1e-6


@dataclass(frozen=True, slots=True)
class Evidence:
    """How an answer came about."""

    caller: Caller
    search: Search
    parts: Sequence[Asked]  # the question, or the several that it is
    found: Found
    fused: Ranking
    ranking: Ranked
    chosen: Selected
    verdict: calibration.Verdict

    @property
    def asked(self) -> Asked:
        """The question; the first of several."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """One result with what its score is made of; `numbers` is for JSON."""

    known: Known
    numbers: dict[str, Any]


def explained(evidence: Evidence) -> dict[str, Any]:
    """The whole explanation, inside the open door; `results` are Entries. Raises NotFound for an unknown `why`."""
    ids = _ids(evidence)
    return {
        "understood": _question(evidence),
        "profile": str(evidence.search.profile),
        "weights": _weights(evidence),
        "filters": evidence.search.params(),
        "statuses": [str(status) for status in evidence.search.statuses],
        "candidate_filter_count": _filter_count(evidence),
        "candidates": len(evidence.found.pool),
        "used": {"vector": evidence.asked.vector is not None, "fts": bool(evidence.asked.terms)},
        "calibration": _calibration(evidence),
        "channels": _channels(evidence, ids),
        "results": [_entry(evidence, number, ids) for number in evidence.chosen.shown],
        "cut": _cut(evidence, ids),
        "why": why(_asking(evidence), evidence.search.why) if evidence.search.why else None,
    }


def _ids(evidence: Evidence) -> dict[int, UUID]:
    """The ids of everything that is named."""
    found = evidence.found
    named = {*found.pool.number.tolist(), *found.by_vector, *evidence.chosen.listing.numbers}
    grains = Grain.objects.filter(namespace_id=evidence.caller.namespace_id, number__in=named)
    return dict(grains.values_list("number", "id"))


def _question(evidence: Evidence) -> dict[str, Any]:
    question = evidence.asked.question
    return {
        "embedded": question.embedded,
        "terms": list(question.terms),
        "exact": sorted(question.exact),
        "author": question.named,
        "dates": [str(date) for date in (*question.dates, *question.spans)],
        "now": evidence.search.asked_at,
        "also": [part.question.embedded for part in evidence.parts[1:]],
    }


def _weights(evidence: Evidence) -> dict[str, float]:
    search = evidence.search
    if search.profile == Profile.MEMORYOSS:
        own = search.weights
        return {"vector": own.vector, "fts": own.fts, "exact": own.exact, "recency": own.recency}
    return {"vector": search.alpha, "recency": 1 - search.alpha} if search.profile == Profile.MEMEX else {}


def _filter_count(evidence: Evidence) -> int | None:
    """How many grains the filter lets through; None where there is none."""
    search = evidence.search
    if not search.restricted:
        return None
    return search.grains(evidence.caller.namespace_id).count()


def _calibration(evidence: Evidence) -> dict[str, Any]:
    score = evidence.fused.score
    told = calibration.terms(evidence.fused.facts) if len(score) else {}
    return {
        "confidence": round(evidence.verdict.confidence, _DIGITS),
        "terms": _rounded(told),
        "gap": calibration.GAP,
        "best": round(float(score.max()), _DIGITS) if len(score) else None,
    }


def _channels(evidence: Evidence, ids: Mapping[int, UUID]) -> dict[str, list[dict[str, Any]]]:
    """What each channel brought, best first: raw, and as a share of the best where the raw number has no bound."""
    found, pool = evidence.found, evidence.found.pool
    near = sorted(zip(*found.nearest, strict=True), key=lambda pair: -pair[1])
    exact = np.zeros(len(pool)) if pool.exact is None else pool.exact
    best = float(pool.bm25.max(initial=0.0)) or 1.0
    return {
        "vector": [{"id": ids[int(n)], "similarity": round(float(cos), _DIGITS)} for n, cos in near if int(n) in ids],
        "fts": [
            {"id": ids[number], "bm25_raw": round(raw, _DIGITS), "normalized": round(raw / best, _DIGITS)}
            for number, raw in _best(pool.number, pool.bm25)
        ],
        "exact": [{"id": ids[number], "score": round(raw, _DIGITS)} for number, raw in _best(pool.number, exact)],
        **{name: _reached(one, ids) for name, one in found.reached.items()},
    }


def _reached(one: Reached, ids: Mapping[int, UUID]) -> list[dict[str, Any]]:
    """The candidates that a channel above reached, how strongly and by which path."""
    return [
        {
            "id": ids[number],
            "signal": round(signal, _DIGITS),
            "lift": round(float(one.columns(np.array([number]))[0][0]), _DIGITS),
            "path": path_shown(one.path(number)),
        }
        for number, signal in _best(one.number, one.signal)
        if number in ids
    ]


def _best(numbers: NDArray[np.integer], values: NDArray[np.floating]) -> list[tuple[int, float]]:
    """(number, value) of those that a channel found, best first."""
    rows = np.argsort(-values, kind="stable")
    return [(int(numbers[row]), float(values[row])) for row in rows if values[row] > 0]


def _entry(evidence: Evidence, number: int, ids: Mapping[int, UUID]) -> Entry:
    chosen, row = evidence.chosen, row_of(evidence.found.pool, number)
    raised = chosen.listing.raised.get(number)
    numbers = {
        "provenance": channels_of(evidence.found, chosen, number),
        "max_channel_score": round(strengths(evidence.found, chosen.listing).get(number, 0.0), _DIGITS),
        "raised_by": ids.get(raised) if raised is not None else None,
        "final_score": round(chosen.score[number], _DIGITS),
        "path": path_shown(path_of(evidence.found, number)),
        **(_arithmetic(evidence, row) if row is not None else _NO_ARITHMETIC),
    }
    return Entry(chosen.known[number], numbers)


_NO_ARITHMETIC: dict[str, Any] = {"channels": {}, "raw": {}, "signals": {}, "signal_sum": 0.0, "multipliers": {}}


def _arithmetic(evidence: Evidence, row: int) -> dict[str, Any]:
    """A candidate's raw and normalised channels, its signals and multipliers."""
    pool, ranking = evidence.found.pool, evidence.ranking
    exact = 0.0 if pool.exact is None else float(pool.exact[row])
    bm25, best = float(pool.bm25[row]), float(pool.bm25.max()) or 1.0
    signals = {name: float(column[row]) for name, column in ranking.signals.items()}
    reordered = {"rerank": round(signals.pop(RERANKED), _DIGITS)} if RERANKED in signals else {}
    return {
        "channels": _rounded({"vector": max(float(pool.dense[row]), 0.0), "fts": bm25 / best, "exact": exact}),
        "raw": _rounded({"cosine": float(pool.dense[row]), "bm25": bm25, "words": float(pool.held[row])}),
        "signals": _rounded(signals),
        "signal_sum": round(sum(signals.values()), _DIGITS),
        "multipliers": _rounded({name: float(column[row]) for name, column in ranking.factors.items()}),
        **reordered,
    }


def _cut(evidence: Evidence, ids: Mapping[int, UUID]) -> list[dict[str, Any]]:
    """The candidates that were not returned, best first, and why."""
    chosen, pool = evidence.chosen, evidence.found.pool
    places = {number: place for place, number in enumerate(chosen.listing.numbers, 1)}
    score = dict(zip(pool.number.tolist(), evidence.ranking.score.tolist(), strict=True)) | dict(chosen.score)
    shown = set(chosen.shown)
    gone = sorted((n for n in score if n not in shown and n in ids), key=lambda number: -score[number])
    told = []
    for number in gone[:MOST_CUT]:
        cut = chosen.listing.cuts.get(number)
        entry = {
            "id": ids[number],
            "score": round(score[number], _DIGITS),
            "reason": cut.reason if cut else "below_limit",
            "rank": places.get(number),
            "value": cut.value if cut else None,
            "bound": cut.bound if cut else evidence.search.limit,
            "by": ids.get(cut.by) if cut and cut.by is not None else None,
        }
        told.append({name: value for name, value in entry.items() if value is not None})
    return told


def _asking(evidence: Evidence) -> Asking:
    return Asking(evidence.caller, evidence.search, evidence.asked, evidence.found, evidence.chosen)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in values.items()}

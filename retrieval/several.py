"""Several questions in one: each is searched for by itself, and their answers take turns."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.calibration import confidence
from retrieval.candidates import Found
from retrieval.channels import Reached
from retrieval.fusion import Pool, Ranking
from retrieval.profiles import Profile
from retrieval.question import Question
from retrieval.search import Search

TURN = "turn"  # the signal that puts the answers to different questions into one order
_Row = tuple[int, int]  # of which part, and of that part's pool


def parts_of(search: Search, question: Question) -> tuple[Question, ...]:
    """What is to be searched for: the question, or its parts where the fusion ranks and nobody gave a vector."""
    alone = search.profile != Profile.GARNER or search.vector is not None
    return (question,) if alone or not question.parts else question.parts


def together(founds: Sequence[Found], rankings: Sequence[Ranking]) -> tuple[Found, Ranking]:
    """The candidates and the ranking of a question of several parts: the best of each, then the second best of each.

    Each candidate has the columns and signals of the part that it answers best. The signal `turn` brings its score to
    where it stands: as far behind the best as the worst of those before it is behind the best of its own part. The
    facts are those of the part that the namespace is most likely to be about.
    """
    if len(founds) == 1:
        return founds[0], rankings[0]
    rows = list(_in_turn([found.pool.number for found in founds], [ranking.order for ranking in rankings]))
    if not rows:
        return founds[0], rankings[0]
    order = np.argsort([founds[part].pool.number[row] for part, row in rows])  # a pool is ascending by number
    ranking = _ranked(rows, rankings, order)
    return _found(founds, [rows[at] for at in order]), ranking


def _in_turn(numbers: Sequence[NDArray[np.integer]], orders: Sequence[NDArray[np.intp]]) -> Iterable[_Row]:
    """The rows of all parts in turn, best first; each grain once."""
    seen: set[int] = set()
    for rows in zip_longest(*(order.tolist() for order in orders)):
        for part, row in enumerate(rows):
            if row is not None and (number := int(numbers[part][row])) not in seen:
                seen.add(number)
                yield part, row


def _ranked(rows: Sequence[_Row], rankings: Sequence[Ranking], order: NDArray[np.intp]) -> Ranking:
    """The ranking of rows that stand in their order, told in the order of the pool."""
    best = [float(ranking.score.max(initial=-np.inf)) for ranking in rankings]
    own = np.array([rankings[part].score[row] for part, row in rows])
    behind = np.maximum.accumulate([best[part] - score for (part, _), score in zip(rows, own, strict=True)])
    score = max(best) - behind
    names = dict.fromkeys(name for ranking in rankings for name in ranking.signals)
    signals = {name: np.array([_signal(rankings[part], name, row) for part, row in rows])[order] for name in names} | {
        TURN: (score - own)[order]
    }
    facts = max((ranking.facts for ranking in rankings), key=confidence)
    return Ranking(np.argsort(order), score[order], signals, facts)


def _signal(ranking: Ranking, name: str, row: int) -> float:
    column = ranking.signals.get(name)
    return 0.0 if column is None else float(column[row])


def _found(founds: Sequence[Found], rows: Sequence[_Row]) -> Found:
    """What all parts found, with the pool made of these rows."""
    numbers, first = np.unique(np.concatenate([found.nearest[0] for found in founds]), return_index=True)
    return replace(
        founds[0],
        pool=_pool([found.pool for found in founds], rows),
        by_vector=frozenset().union(*(found.by_vector for found in founds)),
        by_words=frozenset().union(*(found.by_words for found in founds)),
        superseded=np.array([founds[part].superseded[row] for part, row in rows], bool),
        nearest=(numbers, np.concatenate([found.nearest[1] for found in founds])[first]),
        reached=_reached(founds),
    )


def _pool(pools: Sequence[Pool], rows: Sequence[_Row]) -> Pool:
    """A pool of rows of several; what only some of them know is 0 for the others."""
    wanted = [column.name for column in fields(Pool) if isinstance(getattr(pools[0], column.name), np.ndarray)]
    optional = {"exact", "quoted", "learned"}
    columns: dict[str, Any] = {
        name: np.array([getattr(pools[part], name)[row] for part, row in rows])
        for name in wanted
        if name not in optional and name != "parts"
    }
    for name in optional:
        if any(getattr(pool, name) is not None for pool in pools):
            columns[name] = np.array([_value(getattr(pools[part], name), row) for part, row in rows])
    return Pool(**columns, stream=pools[0].stream, memories=pools[0].memories)


def _value(column: Any, row: int) -> float:
    return 0.0 if column is None else float(column[row])


def _reached(founds: Sequence[Found]) -> dict[str, Reached]:
    """What the channels above say of the grains, for whichever part they say it first."""
    names = dict.fromkeys(name for found in founds for name in found.reached)
    return {name: _joined([found.reached[name] for found in founds if name in found.reached]) for name in names}


def _joined(said: Sequence[Reached]) -> Reached:
    number, first = np.unique(np.concatenate([one.number for one in said]), return_index=True)
    lift, signal, hops = (
        np.concatenate([getattr(one, name) for one in said])[first] for name in ("lift", "signal", "hops")
    )
    steps = {grain: step for one in reversed(said) for grain, step in one.steps.items()}
    sure = max(one.sure for one in said)
    return Reached(number, lift, signal, hops, steps, sure)

"""fuse(): the ranking of a pool, and the facts that tell whether it is worth anything."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion import signals as signal
from retrieval.fusion.pool import Floats, Pool
from retrieval.fusion.weights import UNREAD_COSINE, WEIGHTS, Weights
from retrieval.question import Question


@dataclass(frozen=True, slots=True)
class Facts:
    """What a ranking knows of the question as a whole, for calibration."""

    cosine: float = 0.0  # the best dense score, -1 to 1
    covered: float | None = None  # the largest share of the question's idf mass in one memory, 0 to 1; None: no terms
    talk: float = 0.0  # share of turns among the nearest, 0 to 1
    wording: float = 0.0  # how much words are believed here, 0 to 1; see signals.wording
    strange: float = 0.0  # share of the question's names, numbers and codes that no one memory has, 0 to 1
    named: bool = False  # the question names an author of the namespace
    memories: int = 0  # of the namespace; 0: unknown


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores of a pool, in its own row order.

    `order` is the rows best first (ties: the earlier grain first); `signals` has one column a signal, and they add
    up to `score` (cosine units, unbounded; see retrieval.calibration for an absolute one).
    """

    order: NDArray[np.intp]
    score: Floats
    signals: Mapping[str, Floats]
    facts: Facts


def fuse(pool: Pool, question: Question, weights: Weights = WEIGHTS) -> Ranking:
    """Rank a pool for a question. Pure: the same pool in any row order gives the same ranking."""
    if not len(pool):
        return Ranking(np.empty(0, np.intp), np.empty(0), {}, Facts())
    rows = np.lexsort((pool.number, pool.place, pool.session))
    ordered = signal.in_company(pool.taken(rows))
    facts = _facts(ordered, question)
    columns = _columns(ordered, question, facts, weights)
    score = np.sum(list(columns.values()), axis=0)
    best_first = np.lexsort((ordered.number, -score))
    back = np.argsort(rows)
    return Ranking(rows[best_first], score[back], {name: column[back] for name, column in columns.items()}, facts)


def _columns(pool: Pool, question: Question, facts: Facts, w: Weights) -> dict[str, Floats]:
    """The signals of a pool in session order. Neighbours and sessions lend what was seen so far."""
    around = signal.around(pool)  # turns are distinct, so those this close are so in session order
    columns = {
        "dense": (1 - question.unread) * pool.dense.astype(np.float64),
        "words": signal.words(pool, facts.covered or 0.0, facts.wording, w),
        "joint": signal.joint(pool, around, facts.covered or 0.0, facts.wording, w),
        "exact": signal.exact(pool, facts.wording, w),
        "quoted": signal.quoted(pool, w),
        "role": signal.role(pool, question, w),
    }
    own = np.sum(list(columns.values()), axis=0)
    columns["near"] = signal.near(pool, question, own, w)
    columns["author"] = signal.author(pool, w)
    columns["date"] = signal.date(pool, question, w)
    columns["wish"] = signal.wish(pool, question, facts.talk, w)
    columns["order"] = signal.order(pool, question, facts.talk, w)
    columns["when"] = signal.when(pool, question, facts.talk, w)
    columns["count"] = signal.count(pool, question, facts.talk, w)
    columns |= signal.telling(pool, question, facts.talk, w)
    seen = np.sum(list(columns.values()), axis=0)
    columns["local"] = signal.local(pool, around, seen, w)
    columns["crowd"] = signal.crowd(pool, question, seen + columns["local"], w)
    columns["importance"] = signal.importance(pool, w)
    if pool.learned is not None:
        columns["learned"] = pool.learned.astype(np.float64)
    return columns


def _facts(pool: Pool, question: Question) -> Facts:
    talk = signal.talk_share(pool)
    covered = float(np.clip(pool.held.max(), 0.0, 1.0)) if question.terms else None
    unread = question.unread
    worded = min(UNREAD_COSINE * (covered or 0.0) ** 0.5, 1.0)
    return Facts(
        cosine=(1 - unread) * float(pool.dense.max()) + unread * worded,
        covered=covered,
        talk=talk,
        wording=max(signal.wording(pool, question, talk), unread),
        strange=0.0 if pool.exact is None else 1 - float(np.clip(pool.exact.max(), 0.0, 1.0)),
        named=question.named is not None,
        memories=pool.memories,
    )

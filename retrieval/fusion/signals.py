"""The signals of the ranking: what each adds to a memory's score, as a column.

All are functions of a pool in session order (by session, turn, number); each is 0 where its field is missing.
The figures are recall@10 on LoCoMo and BEAM dev (.824 and .637 together) without the signal.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from retrieval.fusion.pool import UNKNOWN_DAY, Flags, Floats, Integers, Pool
from retrieval.fusion.weights import (
    ASKING_NOTES,
    ASKING_TURNS,
    DATE_HIT,
    DAY_SCALE,
    FLAT,
    LOCAL_BEST,
    LOCAL_TURNS,
    PEAK_NEAREST,
    PEAKED,
    SHORT_PIECES,
    TALK_SCALE,
    Weights,
)
from retrieval.question import Question
from text.cues import Cue
from text.dates import NamedDate


def excess(score: Floats) -> Floats:
    """By how much each score is over the pool's median (the minimum as floor costs .03 recall@10 on BEAM)."""
    low, high = (len(score) - 1) // 2, len(score) // 2
    ordered = np.partition(score, (low, high))
    return _column(np.maximum(score - (ordered[low] + ordered[high]) / 2, 0.0))


def talk_share(pool: Pool) -> float:
    """Share of turns (memories with session mates) among the nearest: 1 in a chat, 0 in a pile of notes.

    The nearer a memory, the more it counts, so a note is judged as a note even among turns: notes mixed with chats
    .625 -> .657 MRR against the plain share of the 20 nearest.
    """
    weight = np.exp((pool.dense - pool.dense.max()) / TALK_SCALE)
    return float(np.where(pool.solitary, 0.0, weight).sum() / weight.sum())


def wording(pool: Pool, talk: float) -> float:
    """How far the words of a memory are believed beside its vector, 0 to 1: all the way in a chat.

    A turn's vector is a fragment's, so words count; a note that stands alone is embedded whole, and a note that
    shares the question's words is as likely a lure as the answer. Without sessions, short texts that ask questions
    are turns all the same, and words help where the vectors cannot decide (nothing stands out among the nearest).
    LoCoMo stripped of sessions, authors and dates: .562 -> .619, where BM25 alone has .631 and vectors .497.
    """
    nearest = np.argsort(-pool.dense, kind="stable")[:PEAK_NEAREST]
    dense = pool.dense[nearest]
    spread = float(dense.std())
    peak = (float(dense[0]) - float(dense[len(dense) // 2])) / spread if spread else 0.0
    flat = min(max((PEAKED - peak) / (PEAKED - FLAT), 0.0), 1.0) * len(dense) / PEAK_NEAREST
    short = shortness(pool)[nearest]
    asking = float((flagged(pool, Cue.ASKS)[nearest] * short).mean())
    dialogue = min(max((asking - ASKING_NOTES) / (ASKING_TURNS - ASKING_NOTES), 0.0), 1.0)
    return 1 - (1 - talk) * (1 - flat * dialogue * float(short.mean()))


def words(pool: Pool, covered: float, wording: float, w: Weights) -> Floats:
    """BM25 relative to the best, as far as some memory really has the question's words (`covered`).

    LoCoMo .768, BEAM .615.
    """
    best = float(pool.bm25.max())
    if best <= 0:
        return np.zeros(len(pool))
    weight = w.words * covered ** (1 - 0.5 * wording) * wording
    return _column(weight / best * pool.bm25)


def exact(pool: Pool, wording: float, w: Weights) -> Floats:
    """The share of the question's names, numbers and codes that a memory has, where other words count little:
    nobody asks for E-4417 in other words. Own facts: .968, without .961."""
    if pool.exact is None:
        return np.zeros(len(pool))
    return _column(w.exact * (1 - wording) * pool.exact)


def role(pool: Pool, question: Question, w: Weights) -> Floats:
    """Taken from a machine's words: long answers are near every question. Half when it may be asked for.

    BEAM .596; LoCoMo has no roles.
    """
    weight = w.role * (0.5 if question.about_you else 1.0)
    return -weight * flagged(pool, Cue.MACHINE)


def near(pool: Pool, score: Floats, w: Weights) -> Floats:
    """The better neighbour's excess, twice when the turn before asks; as far as the memory is too short to
    speak for itself. A memory alone gets its own. LoCoMo .804."""
    over = excess(score)
    follows = (pool.session[1:] == pool.session[:-1]) & (pool.session[1:] != 0) & (np.diff(pool.turn) == 1)
    lent = np.zeros(len(pool))
    lent[1:] = follows * over[:-1] * (1 + flagged(pool, Cue.ASKS)[:-1])
    np.maximum(lent[:-1], follows * over[1:], out=lent[:-1])
    return _column(w.near * np.where(pool.solitary, w.alone * over, lent * shortness(pool)))


def local(pool: Pool, score: Floats, w: Weights) -> Floats:
    """Mean excess of the best memories of the session around it, itself included; a memory alone gets its own.

    LoCoMo .816."""
    over = excess(score)
    around = 2 * LOCAL_TURNS + 1  # turns are distinct, so those within LOCAL_TURNS are as close in session order
    columns = (over, pool.session, pool.turn)
    lent, session, turn = (sliding_window_view(np.pad(column, LOCAL_TURNS), around) for column in columns)
    inside = (session == pool.session[:, None]) & (np.abs(turn - pool.turn[:, None]) <= LOCAL_TURNS)
    best = np.partition(np.where(inside, lent, 0.0), around - LOCAL_BEST, axis=1)[:, -LOCAL_BEST:]
    mean = best.sum(axis=1) / LOCAL_BEST
    return _column(w.local * np.where(pool.solitary, w.alone * over, mean * shortness(pool)))


def author(pool: Pool, w: Weights) -> Floats:
    """The memory is by the one author whom the question names. LoCoMo .792."""
    return _column(w.author * pool.authored)


def date(pool: Pool, question: Question, w: Weights) -> Floats:
    """Closeness to the date asked for, as far as few of the pool share it. LoCoMo .810."""
    close = closeness(pool.occurred, question.dates)
    hits = int((close > DATE_HIT).sum())
    if not hits or len(pool) < 2:
        return np.zeros(len(pool))
    rarity = np.log(len(pool) / hits) / np.log(len(pool))
    return _column(w.date * rarity * close)


def wish(pool: Pool, talk: float, w: Weights) -> Floats:
    """A person's standing wish, in a chat. BEAM .622."""
    return w.wish * talk * flagged(pool, Cue.WISH)


def when(pool: Pool, question: Question, talk: float, w: Weights) -> Floats:
    """A when-question and an expression of time, in a chat. LoCoMo's MRR .652, with it .658."""
    return w.when * talk * question.asks_when * flagged(pool, Cue.TIME)


def count(pool: Pool, question: Question, talk: float, w: Weights) -> Floats:
    """A how-many-question and a number, in a chat. BEAM .634."""
    return w.count * talk * question.asks_count * flagged(pool, Cue.NUMBER)


def importance(pool: Pool, w: Weights) -> Floats:
    """What the caller said of its weight; 0 for a memory of importance 1."""
    return _column(w.importance * (np.clip(pool.importance, 0.0, 2.0) - 1.0))


def flagged(pool: Pool, cue: Cue) -> Floats:
    """1 where the cue is set, else 0."""
    return _column((pool.flags & int(cue)) != 0)


def shortness(pool: Pool) -> Floats:
    """1 for an empty memory, falling with length: long ones need no company. BEAM .619, its MRR .490 (with it .609)."""
    return _column(np.exp(-np.maximum(pool.pieces, 0) / SHORT_PIECES))


def closeness(occurred: Integers, dates: tuple[NamedDate, ...]) -> Floats:
    """How well each day fits the best of the named dates, 0 to 1; 0 for UNKNOWN_DAY."""
    known = occurred != UNKNOWN_DAY
    close = np.zeros(len(occurred))
    if not dates or not known.any():
        return close
    days = np.where(known, occurred, 0).astype("datetime64[D]")
    for fit in _fits(days, dates):
        np.maximum(close, fit, out=close)
    return _column(close * known)


def _fits(days: NDArray[np.datetime64], dates: tuple[NamedDate, ...]) -> Iterator[Floats]:
    years = days.astype("datetime64[Y]")
    months = days.astype("datetime64[M]")
    year_number = years.astype(np.int64) + 1970
    month_number = (months - years).astype(np.int64) + 1
    day_number = (days - months).astype(np.int64) + 1
    for named in dates:
        fits: Flags = np.ones(len(days), np.bool_)
        if named.year is not None:
            fits &= year_number == named.year
        if named.month is not None:
            fits &= month_number == named.month
        distance = np.abs(day_number - named.day) if named.day is not None else np.zeros(len(days))
        yield _column(fits * np.exp(-distance / DAY_SCALE))


def _column(values: NDArray[Any]) -> Floats:
    """`values` as the float64 column that every signal is."""
    return np.asarray(values, np.float64)

"""The signals of the ranking: what each adds to a memory's score, as a column.

All are functions of a pool in session order (by session, turn, number); each is 0 where its field is missing.
The figures are recall@10 on LoCoMo and BEAM dev (.824 and .637 together) without the signal.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date as date_of
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion.pool import UNKNOWN_DAY, Flags, Floats, Integers, Pool
from retrieval.fusion.weights import (
    ASKING_NOTES,
    ASKING_TURNS,
    BRIEF_PIECES,
    CROWD_MOST,
    DATE_HIT,
    DAY_SCALE,
    JOINT_FADE,
    JOINT_TURNS,
    LOCAL_BEST,
    LOCAL_TURNS,
    NEAR_SEVERAL,
    PEAK_NEAREST,
    ROLE_ASKED,
    SHORT_PIECES,
    SHORT_TEXTS,
    STREAM_AROUND,
    STREAM_ASKING,
    STREAM_PRIOR,
    TALK_SCALE,
    TALK_SHARES,
    TELLING_TERMS,
    TIED,
    TIED_AT,
    TIED_NOTES,
    TIED_TURNS,
    Weights,
)
from retrieval.question import Question
from text.cues import Cue
from text.dates import NamedDate
from text.relative_dates import Span

_EPOCH = date_of(1970, 1, 1)
_CLOSE = slice(LOCAL_TURNS - JOINT_TURNS, LOCAL_TURNS + JOINT_TURNS + 1)
_LEFT = np.zeros(LOCAL_TURNS + 2)  # of a word, so many turns away
_LEFT[1 : JOINT_TURNS + 1] = JOINT_FADE ** np.arange(JOINT_TURNS)


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
    weight = _nearness(pool)
    share = float((pool.company * weight).sum() / weight.sum())
    return _rise(share, *TALK_SHARES)


def in_company(pool: Pool) -> Pool:
    """The pool (in session order) with its stream believed as far as the nearest ask questions, as turns do and notes
    do not, and so do those that were stored around each."""
    if not pool.stream:
        return pool
    weight = _nearness(pool) * (pool.session == 0)
    asking = float((weight * flagged(pool, Cue.ASKS)).sum() / max(float(weight.sum()), 1e-9))
    stream = pool.stream * _rise(asking, ASKING_NOTES, ASKING_TURNS)
    return replace(pool, stream=stream, streaming=_streaming(pool)) if stream else replace(pool, stream=0.0)


def _streaming(pool: Pool) -> Floats:
    """How far a memory in no session stands among turns rather than in a pile of notes, 0 to 1."""
    loose = int(np.searchsorted(pool.session, 1))
    number = pool.number[:loose]
    first = np.searchsorted(number, number - STREAM_AROUND)
    behind = np.searchsorted(number, number + STREAM_AROUND, side="right")
    asking = np.concatenate([[0.0], np.cumsum((flagged(pool, Cue.ASKS) * shortness(pool))[:loose])])
    share = (asking[behind] - asking[first] + STREAM_PRIOR) / (behind - first + 1)
    low, high = STREAM_ASKING
    streaming = np.zeros(len(pool))
    streaming[:loose] = np.clip((share - low) / (high - low), 0.0, 1.0)
    return streaming


def _nearness(pool: Pool) -> Floats:
    """1 for the nearest, falling with the distance behind it."""
    return _column(np.exp((pool.dense - pool.dense.max()) / TALK_SCALE))


def wording(pool: Pool, question: Question, talk: float) -> float:
    """How far the words of a memory are believed beside its vector, 0 to 1: all the way in a chat.

    A turn's vector is a fragment's, so words count; a note that stands alone is embedded whole, and a note that
    shares the question's words is as likely a lure as the answer. Words help notes where the vectors cannot decide
    (the best is hardly nearer than the tenth), texts are short enough for a word to mean something, and the question
    has more than two, which many share by chance; short texts that ask questions are turns, session or not, so they
    need less of a tie.
    """
    nearest = np.argsort(-pool.dense, kind="stable")[:PEAK_NEAREST]
    dense = pool.dense[nearest]
    gap = float(dense[0] - dense[min(TIED_AT, len(dense)) - 1])
    notes = nearest[pool.company[nearest] < 1]
    short = shortness(pool)[notes]
    dialogue = _rise(_mean(flagged(pool, Cue.ASKS)[notes] * short), ASKING_NOTES, ASKING_TURNS)
    decided = TIED_NOTES + (TIED_TURNS - TIED_NOTES) * dialogue
    tied = _rise(-gap, -decided, -TIED) * len(dense) / PEAK_NEAREST
    telling = _rise(len(question.terms), *TELLING_TERMS) * _rise(_mean(short), *SHORT_TEXTS)
    return 1 - (1 - talk) * (1 - tied * telling)


def _mean(values: Floats) -> float:
    """The mean, 0 of nothing."""
    return float(values.mean()) if len(values) else 0.0


def _rise(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, straight between them."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


def words(pool: Pool, covered: float, wording: float, w: Weights) -> Floats:
    """BM25 relative to the best, as far as some memory really has the question's words (`covered`).

    LoCoMo .768, BEAM .615.
    """
    best = float(pool.bm25.max())
    if best <= 0:
        return np.zeros(len(pool))
    return _column(_believed(covered, wording, w) / best * pool.bm25)


FAR = LOCAL_TURNS + 1
_NOWHERE = np.iinfo(np.int64).min // 2  # far from every place


def around(pool: Pool) -> Integers:
    """How many turns away those are who stand within LOCAL_TURNS places of each memory of a pool in session order.

    n rows, a column for each place from the first, itself in the middle; FAR where nobody of its session stands there.
    """
    session, place = pool.session, pool.place
    apart = np.abs(_beside(place, _NOWHERE, LOCAL_TURNS) - place[:, None])
    apart[(_beside(session, 0, LOCAL_TURNS) != session[:, None]) | (apart > LOCAL_TURNS)] = FAR
    return apart


def _beside(column: NDArray[Any], nobody: float, turns: int) -> NDArray[Any]:
    """n rows with what a column has so many places before to so many places behind each, `nobody` where it ends."""
    padded = np.full(len(column) + 2 * turns, nobody, column.dtype)
    padded[turns : turns + len(column)] = column
    step = padded.strides[0]
    beside: NDArray[Any] = np.ndarray((len(column), 2 * turns + 1), padded.dtype, padded, 0, (step, step))
    return beside


def joint(pool: Pool, apart: Integers, covered: float, wording: float, w: Weights) -> Floats:
    """The question's words that a turn lacks and turns close by have: who answers does not repeat the question.

    Each word is lent by the one that has it best, less with every turn between, and as far as both are short.
    """
    best = float(pool.bm25.max())
    if pool.parts is None or best <= 0 or not pool.company.any():
        return np.zeros(len(pool))
    short = shortness(pool)
    lent = _best_lent(pool.parts * short[:, None], _LEFT[apart[:, _CLOSE]])
    gained = np.minimum(np.maximum(lent - pool.parts, 0.0).sum(axis=1), best)
    return _column(w.joint * _believed(covered, wording, w) / best * gained * short * pool.company)


def _best_lent(given: Floats, left: Floats) -> Floats:
    """The most of each column that anybody close by gives; `left` is what is left of it from each place."""
    total, terms = given.shape
    padded = np.zeros((total + 2 * JOINT_TURNS, terms))
    padded[JOINT_TURNS : JOINT_TURNS + total] = given
    lent = np.zeros((total, terms))
    for place in range(2 * JOINT_TURNS + 1):
        np.maximum(lent, padded[place : place + total] * left[:, place, None], out=lent)
    return lent


def _believed(covered: float, wording: float, w: Weights) -> float:
    """What the best BM25 of a pool is worth, in cosine units."""
    return float(w.words * covered ** (1 - 0.5 * wording) * wording)


def exact(pool: Pool, wording: float, w: Weights) -> Floats:
    """The share of the question's names, numbers and codes that a memory has, where other words count little:
    nobody asks for E-4417 in other words. Own facts: .968, without .961. Long turns of a chat have many of them, so
    theirs fade with length; a document's do not (of 16 codes buried in 2,000 words 15 come among the first five, with
    a fade 10)."""
    if pool.exact is None:
        return np.zeros(len(pool))
    fade = 1 - pool.company * (1 - shortness(pool))
    return _column(w.exact * (1 - wording) * pool.exact * fade)


def quoted(pool: Pool, w: Weights) -> Floats:
    """The share of what the question quotes that a memory has word for word."""
    return np.zeros(len(pool)) if pool.quoted is None else _column(w.quoted * pool.quoted)


def role(pool: Pool, question: Question, w: Weights) -> Floats:
    """Taken from a machine's words: long answers are near every question. Less when they may be asked for, and
    nothing when a summary is: that is of what both sides said.

    BEAM .596; LoCoMo has no roles.
    """
    if question.asks_summary:
        return np.zeros(len(pool))
    weight = w.role * (ROLE_ASKED if question.about_you else 1.0)
    return -weight * flagged(pool, Cue.MACHINE)


def near(pool: Pool, question: Question, score: Floats, w: Weights) -> Floats:
    """The better neighbour's excess, twice when the turn before asks; as far as the memory is too short to
    speak for itself, and half where several memories are asked for. A memory alone gets its own. LoCoMo .804."""
    over, place = excess(score), pool.place
    follows = (pool.session[1:] == pool.session[:-1]) & (np.diff(place) == 1)
    lent = np.zeros(len(pool))
    lent[1:] = follows * over[:-1] * (1 + flagged(pool, Cue.ASKS)[:-1])
    np.maximum(lent[:-1], follows * over[1:], out=lent[:-1])
    lent *= NEAR_SEVERAL if question.asks_several else 1.0
    return _column(w.near * _shared(pool, lent, w.alone * over))


def local(pool: Pool, apart: Integers, score: Floats, w: Weights) -> Floats:
    """Mean excess of the best memories of the session around it, itself included; a memory alone gets its own.

    LoCoMo .816."""
    over = excess(score)
    lent = np.where(apart < FAR, _beside(over, 0.0, LOCAL_TURNS), 0.0)
    best = np.partition(lent, -LOCAL_BEST, axis=1)[:, -LOCAL_BEST:]
    mean = best.sum(axis=1) / LOCAL_BEST
    return _column(w.local * _shared(pool, mean, w.alone * over))


def crowd(pool: Pool, question: Question, score: Floats, w: Weights) -> Floats:
    """Taken where several memories are asked for, for each better one of the same session, up to CROWD_MOST: what
    was done at several times stands in several sessions. LoCoMo's multi-hop questions .588, with it .600."""
    taken = np.zeros(len(pool))
    if question.asks_several:
        order = np.lexsort((-score, pool.session))
        session = pool.session[order]
        begins = np.concatenate([[True], session[1:] != session[:-1]])
        place = np.arange(len(pool))
        taken[order] = place - np.maximum.accumulate(np.where(begins, place, 0))
    return _column(-w.crowd * np.minimum(taken, CROWD_MOST) * (pool.session != 0))


def _shared(pool: Pool, lent: Floats, own: Floats) -> Floats:
    """What its company lends a memory, as far as it has any and is short; its own for the rest."""
    company = pool.company
    return _column(company * lent * shortness(pool) + (1 - company) * own)


def author(pool: Pool, w: Weights) -> Floats:
    """The memory is by the one author whom the question names. LoCoMo .792."""
    return _column(w.author * pool.authored)


def date(pool: Pool, question: Question, w: Weights) -> Floats:
    """Closeness to the date asked for, as far as few of the pool share it. LoCoMo .810."""
    close = np.maximum(closeness(pool.occurred, question.dates), _within(pool.occurred, question.spans))
    hits = int((close > DATE_HIT).sum())
    if not hits or len(pool) < 2:
        return np.zeros(len(pool))
    rarity = np.log(len(pool) / hits) / np.log(len(pool))
    return _column(w.date * rarity * close)


def wish(pool: Pool, question: Question, talk: float, w: Weights) -> Floats:
    """A person's standing wish, in a chat; nothing where the question looks back. BEAM .622."""
    if question.looks_back:
        return np.zeros(len(pool))
    return w.wish * talk * flagged(pool, Cue.WISH)


def order(pool: Pool, question: Question, talk: float, w: Weights) -> Floats:
    """A person's standing order, in a chat: it concerns every answer, whatever the question, but not what was."""
    if question.looks_back:
        return np.zeros(len(pool))
    return w.order * talk * flagged(pool, Cue.ORDER)


def when(pool: Pool, question: Question, talk: float, w: Weights) -> Floats:
    """A when-question and an expression of time, in a chat. LoCoMo's MRR .652, with it .658."""
    return w.when * talk * question.asks_when * flagged(pool, Cue.TIME)


def count(pool: Pool, question: Question, talk: float, w: Weights) -> Floats:
    """A how-many-question and a number, in a chat. BEAM .634."""
    return w.count * talk * question.asks_count * flagged(pool, Cue.NUMBER)


def telling(pool: Pool, question: Question, talk: float, w: Weights) -> dict[str, Floats]:
    """What a turn tells, in a chat: who asks back or says a few words answers little, who reports what they did or
    has names, titles and numbers answers more. Less of long turns, which have some of each.
    """
    spoken = talk * shortness(pool)
    counted = flagged(pool, Cue.DETAIL) + 2 * flagged(pool, Cue.DETAILS)
    brief = np.where(pool.pieces > 0, np.log(np.clip(pool.pieces, 1, BRIEF_PIECES) / BRIEF_PIECES), 0.0)
    return {
        "asks": _column(-w.asks * spoken * flagged(pool, Cue.ASKS)),
        "told": _column(w.told * question.asks_past * spoken * flagged(pool, Cue.TOLD)),
        "details": _column(w.details * spoken * counted),
        "brief": _column(w.brief * spoken * brief),
    }


def importance(pool: Pool, w: Weights) -> Floats:
    """What the caller said of its weight; 0 for a memory of importance 1."""
    return _column(w.importance * (np.clip(pool.importance, 0.0, 2.0) - 1.0))


def flagged(pool: Pool, cue: Cue) -> Floats:
    """1 where the cue is set, else 0."""
    return pool.derived(cue, lambda pool: _column((pool.flags & int(cue)) != 0))


def shortness(pool: Pool) -> Floats:
    """1 for an empty memory, falling with length: long ones need no company. BEAM .619, its MRR .490 (with it .609)."""
    return pool.derived("shortness", lambda pool: _column(np.exp(-np.maximum(pool.pieces, 0) / SHORT_PIECES)))


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


def _within(occurred: Integers, spans: tuple[Span, ...]) -> Floats:
    """How well each day fits the best of the spans, 0 to 1; 0 for UNKNOWN_DAY."""
    close = np.zeros(len(occurred))
    days = occurred.astype(np.float64)
    for span in spans:
        first, last = (float((day - _EPOCH).days) for day in (span.first, span.last))
        outside = np.maximum(np.maximum(first - days, days - last), 0.0)
        np.maximum(close, np.exp(-outside / DAY_SCALE), out=close)
    return _column(close * (occurred != UNKNOWN_DAY))


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

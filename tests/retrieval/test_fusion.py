"""The ranking of a pool: each signal alone, then what holds for all of them."""

import time
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.fusion import UNKNOWN_DAY, Pool, fuse
from retrieval.question import Question
from tests.retrieval.pools import asked, pool_of
from text.cues import Cue
from text.dates import NamedDate
from text.relative_dates import Span

FOUR = ("four", "search", "terms", "here")
SPREAD = [0.6, 0.5, 0.4, 0.3, 0.2, 0.1]


def day(year: int, month: int, day_: int) -> int:
    return (date(year, month, day_) - date(1970, 1, 1)).days


def first(pool: Pool, **question: object) -> int:
    """The grain number of the best memory."""
    return int(pool.number[fuse(pool, asked(**question)).order[0]])


def chat(dense: list[float], **columns: object) -> Pool:
    """A pool of turns of one session."""
    n = len(dense)
    return pool_of(dense, **{"session": np.full(n, 5), "turn": np.arange(n), "alone": np.zeros(n, bool), **columns})


def test_without_fields_the_nearest_comes_first():
    ranking = fuse(pool_of([0.1, 0.7, 0.3]), asked())
    assert ranking.order.tolist() == [1, 2, 0]


def test_without_fields_every_other_signal_is_nothing_or_keeps_the_order():
    signals = fuse(pool_of(SPREAD), asked()).signals
    silent = {
        "words",
        "joint",
        "exact",
        "quoted",
        "role",
        "author",
        "date",
        "wish",
        "order",
        "when",
        "count",
        "asks",
        "told",
        "details",
        "brief",
        "crowd",
        "importance",
    }
    assert all(not signals[name].any() for name in silent)
    assert set(signals) == silent | {"dense", "near", "local"}
    assert all((np.diff(signals[name]) <= 0).all() for name in ("near", "local"))


def test_an_empty_pool_ranks_nothing():
    ranking = fuse(pool_of([]), asked())
    assert len(ranking.order) == 0
    assert ranking.facts.cosine == 0


def test_a_single_candidate_is_ranked():
    assert fuse(pool_of([0.4]), asked()).order.tolist() == [0]


def test_ties_go_to_the_earlier_grain():
    assert fuse(pool_of([0.5, 0.5], number=[9, 3]), asked()).order.tolist() == [1, 0]


def test_words_lift_a_turn_over_a_nearer_one():
    pool = chat([0.50, 0.45, 0.1, 0.1], bm25=[0, 9, 0, 0], held=[0, 1, 0, 0])
    assert first(pool) == 2


TERMS = np.array([[3.0, 0], [0, 2], [0, 0], [0, 0], [0, 0], [0, 0]])  # what two terms add, a row a turn


def joint(**columns: Any) -> list[float]:
    """What six turns, of which the first two have a word each, are lent by each other."""
    columns = {"bm25": TERMS.sum(axis=1), "held": np.full(6, 0.5), "parts": TERMS, **columns}
    lent: list[float] = fuse(chat(SPREAD, **columns), asked()).signals["joint"].tolist()
    return lent


def test_a_turn_is_lent_the_words_that_it_lacks_by_those_around_it():
    first, second, third, fourth, fifth, sixth = joint()
    assert second > first > 0  # the word that the second lacks is worth more
    assert third > fourth > fifth > 0  # less and less
    assert sixth < fifth


def test_words_are_lent_within_a_session_only():
    assert joint(session=[1, 2, 3, 3, 3, 3]) == [0] * 6
    assert joint(turn=[0, 9, 18, 27, 36, 45]) == [0] * 6


def test_words_are_lent_to_no_note_and_where_nobody_knows_which():
    notes = pool_of(SPREAD, bm25=TERMS.sum(axis=1), held=np.full(6, 0.5), parts=TERMS)
    assert not fuse(notes, asked()).signals["joint"].any()
    assert not fuse(chat(SPREAD, bm25=TERMS.sum(axis=1), held=np.full(6, 0.5)), asked()).signals["joint"].any()


def test_long_turns_neither_lend_words_nor_borrow_them():
    long_ones = np.array([2_000, 0, 0, 0, 0, 0])
    lent, some = joint(pieces=long_ones), joint()
    assert lent[0] < 0.01 * some[0]
    assert lent[1] < 0.01 * some[1]


def test_words_count_only_as_far_as_somebody_has_them():
    full = fuse(chat(SPREAD, bm25=[0, 9, 0, 0, 0, 0], held=[0, 1, 0, 0, 0, 0]), asked()).signals["words"]
    half = fuse(chat(SPREAD, bm25=[0, 9, 0, 0, 0, 0], held=[0, 0.5, 0, 0, 0, 0]), asked()).signals["words"]
    assert 0 < half[1] < full[1]


def test_shared_words_do_not_lift_a_note_over_the_one_that_stands_out():
    dense = [0.8, 0.6, *np.linspace(0.1, 0.2, 60)]
    lure = np.eye(62)[1]
    ranking = fuse(pool_of(dense, bm25=9 * lure, held=lure), asked())
    assert ranking.facts.wording == 0
    assert ranking.order[0] == 0


def test_a_code_lifts_the_note_that_has_it():
    dense = [0.50, 0.45, *np.linspace(0.0, 0.1, 60)]
    assert first(pool_of(dense), exact=frozenset({"4417"})) == 1
    assert first(pool_of(dense, exact=np.eye(62)[1]), exact=frozenset({"4417"})) == 2


def test_a_code_that_nobody_has_is_strange_and_a_question_without_codes_is_not():
    assert fuse(pool_of([0.5, 0.45], exact=[0.0, 0.25]), asked()).facts.strange == 0.75
    assert fuse(pool_of([0.5, 0.45], exact=[0.0, 1.0]), asked()).facts.strange == 0
    assert fuse(pool_of([0.5, 0.45]), asked()).facts.strange == 0


def test_a_memory_that_has_what_is_quoted_is_lifted():
    signals = fuse(pool_of([0.50, 0.45, 0.1], quoted=[0, 1, 0.5]), asked()).signals
    assert signals["quoted"].tolist() == pytest.approx([0, 0.15, 0.075])
    assert first(pool_of([0.50, 0.45, 0.1], quoted=[0, 1, 0])) == 2


def test_words_of_short_notes_are_believed_where_the_vectors_cannot_decide():
    tied = np.linspace(0.40, 0.45, 60)
    decided = np.array([0.8, *np.linspace(0.10, 0.45, 59)])
    assert fuse(pool_of(tied.tolist()), asked(terms=FOUR)).facts.wording == 1
    assert fuse(pool_of(decided.tolist()), asked(terms=FOUR)).facts.wording == 0


def test_two_words_of_a_question_are_shared_by_chance():
    tied = np.linspace(0.40, 0.45, 60)
    assert fuse(pool_of(tied.tolist()), asked(terms=FOUR[:2])).facts.wording == 0


def test_words_of_long_notes_are_not():
    tied = np.linspace(0.40, 0.45, 60)
    assert fuse(pool_of(tied.tolist(), pieces=np.full(60, 2_000)), asked(terms=FOUR)).facts.wording == 0


def test_short_texts_that_ask_questions_need_less_of_a_tie():
    dense = np.linspace(0.20, 0.60, 60)
    dense[-1] = 0.75
    asking = np.where(np.arange(60) % 3, 0, int(Cue.ASKS))
    notes = fuse(pool_of(dense.tolist()), asked(terms=FOUR)).facts.wording
    assert notes < fuse(pool_of(dense.tolist(), flags=asking), asked(terms=FOUR)).facts.wording


def test_a_few_memories_do_not_tell_whether_the_vectors_decide():
    assert fuse(pool_of([0.40, 0.41, 0.42]), asked(terms=FOUR)).facts.wording < 0.1


def test_without_sessions_the_memories_stored_around_a_near_one_are_lifted_as_far_as_they_are_a_stream():
    dense = [0.2] * 12
    dense[5] = 0.7
    asking = np.full(12, int(Cue.ASKS))
    pile = fuse(pool_of(dense, flags=asking), asked()).signals["near"]
    stream = fuse(pool_of(dense, flags=asking, stream=1.0), asked()).signals["near"]
    assert pile[4] == pile[6] == 0
    assert stream[4] > 0
    assert stream[6] > 0
    assert stream[8] == 0


def test_notes_that_ask_nothing_are_no_stream():
    dense = [0.2] * 12
    dense[5] = 0.7
    pile, stream = fuse(pool_of(dense), asked()), fuse(pool_of(dense, stream=1.0), asked())
    assert stream.score == pytest.approx(pile.score)


def test_notes_that_were_stored_together_among_turns_without_sessions_are_no_stream():
    number = np.concatenate([np.arange(1, 13), np.arange(500, 512)])  # a dialogue, and notes long after
    dense = [*np.linspace(0.6, 0.3, 12), *np.linspace(0.6, 0.3, 12)]
    pool = pool_of(dense, number=number, flags=np.where(number < 500, int(Cue.ASKS), 0))
    pile, stream = (fuse(replace(pool, stream=share), asked()).signals["near"] for share in (0.0, 1.0))
    assert pile[12:].any()
    assert stream[12:] == pytest.approx(pile[12:])
    assert stream[0] < pile[0]


def test_a_stream_says_nothing_of_memories_in_sessions():
    pool = chat(SPREAD, flags=np.full(6, int(Cue.ASKS)))
    assert fuse(replace(pool, stream=1.0), asked()).score == pytest.approx(fuse(pool, asked()).score)


def test_a_machines_words_count_less_and_half_less_when_asked_for():
    pool = pool_of([0.5, 0.4], flags=[int(Cue.MACHINE), 0])
    full = fuse(pool, asked()).signals["role"]
    half = fuse(pool, asked(about_you=True)).signals["role"]
    assert first(pool) == 2
    assert full[0] < half[0] < 0
    assert full[1] == 0


def test_the_turn_after_a_near_question_is_lifted():
    pool = chat([0.2, 0.7, 0.2, 0.2, 0.2, 0.2], flags=[0, int(Cue.ASKS), 0, 0, 0, 0])
    near = fuse(pool, asked()).signals["near"]
    assert near[2] == pytest.approx(2 * near[0])
    assert near[3] == 0


def test_a_neighbour_across_a_gap_or_a_session_lends_nothing():
    gap = chat([0.7, 0.2, 0.2, 0.2], turn=[0, 2, 3, 4])
    other = chat([0.7, 0.2, 0.2, 0.2], session=[1, 2, 2, 2])
    assert fuse(gap, asked()).signals["near"][1] == 0
    assert fuse(other, asked()).signals["near"][1] == 0


def test_a_long_memory_takes_little_from_its_neighbours():
    short = fuse(chat([0.2, 0.7, 0.2, 0.2]), asked()).signals["near"][0]
    long = fuse(chat([0.2, 0.7, 0.2, 0.2], pieces=[1000, 10, 10, 10]), asked()).signals["near"][0]
    assert 0 < long < 0.05 * short


def test_a_sessions_best_lift_the_turns_around_them_but_not_far_away():
    pool = chat([0.6, 0.6, 0.6, 0.1, 0.1, 0.1, 0.1, 0.1], turn=[0, 1, 2, 10, 11, 18, 19, 40])
    local = fuse(pool, asked()).signals["local"]
    assert local[3] > 0
    assert local[5] < local[3]  # turn 18 reaches back to turn 2 only
    assert local[7] == 0


def test_a_memory_in_no_session_is_alone_even_if_it_is_not_said():
    said = fuse(pool_of(SPREAD), asked())
    unsaid = fuse(pool_of(SPREAD, alone=np.zeros(6, bool)), asked())
    assert unsaid.score == pytest.approx(said.score)
    assert unsaid.facts.talk == 0


def test_the_named_authors_memory_comes_first():
    pool = pool_of([0.5, 0.4], authored=[False, True])
    assert first(pool, named="Ana") == 2


def test_the_day_asked_for_comes_first():
    pool = pool_of([0.40, 0.35, 0.40], occurred=[UNKNOWN_DAY, day(2023, 5, 7), day(2023, 5, 20)])
    assert first(pool, dates=(NamedDate(2023, 5, 7),)) == 2


@pytest.mark.parametrize(
    ("named", "fits"),
    [
        (NamedDate(2023, 5), [True, True, False, False]),
        (NamedDate(None, 5), [True, True, True, False]),
        (NamedDate(2022), [False, False, True, False]),
    ],
)
def test_a_month_or_a_year_fits_all_its_days(named, fits):
    occurred = [day(2023, 5, 1), day(2023, 5, 31), day(2022, 5, 1), UNKNOWN_DAY]
    assert (fuse(pool_of([0.1] * 4, occurred=occurred), asked(dates=(named,))).signals["date"] > 0).tolist() == fits


def test_the_days_asked_for_relative_to_today_come_first():
    pool = pool_of([0.40, 0.35, 0.40], occurred=[UNKNOWN_DAY, day(2026, 3, 3), day(2026, 2, 3)])
    week = Span(date(2026, 3, 2), date(2026, 3, 8))
    assert first(pool, spans=(week,)) == 2
    assert not fuse(pool_of(SPREAD), asked(spans=(week,))).signals["date"].any()


def test_a_date_that_all_share_says_nothing():
    pool = pool_of(SPREAD, occurred=np.full(6, day(2023, 5, 7)))
    assert not fuse(pool, asked(dates=(NamedDate(2023, 5),))).signals["date"].any()


def test_the_days_before_1970_have_months_too():
    pool = pool_of([0.1] * 3, occurred=[day(1969, 12, 31), day(1970, 1, 1), day(1950, 12, 5)])
    assert (fuse(pool, asked(dates=(NamedDate(None, 12),))).signals["date"] > 0).tolist() == [True, False, True]


def test_a_wish_a_time_and_a_number_help_turns_that_are_asked_for_them():
    flags = np.array([int(Cue.WISH), int(Cue.TIME), int(Cue.NUMBER), 0])
    pool = chat([0.1] * 4, flags=flags)
    signals = {
        **fuse(pool, asked(asks_when=True, asks_count=True)).signals,
        "wish": fuse(pool, asked()).signals["wish"],
    }
    assert (signals["wish"] > 0).tolist() == [True, False, False, False]
    assert (signals["when"] > 0).tolist() == [False, True, False, False]
    assert (signals["count"] > 0).tolist() == [False, False, True, False]


@pytest.mark.parametrize(("name", "cue"), [("wish", Cue.WISH), ("order", Cue.ORDER)])
def test_a_wish_or_an_order_does_not_answer_what_was(name, cue):
    pool = chat([0.1] * 4, flags=np.full(4, int(cue)))
    assert fuse(pool, asked()).signals[name].all()
    assert not fuse(pool, asked(looks_back=True)).signals[name].any()


def test_a_standing_order_comes_before_what_is_a_little_nearer():
    pool = chat([0.5, 0.45, 0.3, 0.2], flags=np.array([0, 0, int(Cue.WISH | Cue.ORDER), 0]))
    assert first(pool) == 3
    assert first(pool, looks_back=True) == 1


def test_cues_say_nothing_of_notes():
    flags = np.full(4, int(Cue.WISH | Cue.ORDER | Cue.TIME | Cue.NUMBER))
    signals = fuse(pool_of([0.1] * 4, flags=flags), asked(asks_when=True, asks_count=True)).signals
    assert not any(signals[name].any() for name in ("wish", "order", "when", "count"))


def test_importance_moves_a_memory_a_little_either_way():
    column = fuse(pool_of([0.1] * 4, importance=[0, 1, 2, 99]), asked()).signals["importance"]
    assert column.tolist() == pytest.approx([-0.1, 0, 0.1, 0.1])


def test_a_note_among_turns_is_judged_as_a_note():
    dense = [0.9, *np.linspace(0.2, 0.4, 40)]
    mates = np.arange(41) > 0
    pool = pool_of(dense, session=7 * mates, turn=np.arange(41), alone=~mates)
    assert fuse(pool, asked()).facts.talk < 0.05


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        pool_of([0.1, 0.2], bm25=[1.0])


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    n = draw(st.integers(1, 40))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    session = dice.integers(0, 4, n)
    return pool_of(
        dice.choice([-0.2, 0.0, 0.3, 0.31, 0.6, 0.9], n).tolist(),
        number=dice.permutation(n) + 1,
        bm25=dice.choice([0.0, 1.0, 7.5], n),
        held=dice.random(n),
        exact=dice.random(n),
        quoted=dice.random(n),
        pieces=dice.integers(0, 4000, n),
        flags=dice.integers(0, 512, n),
        authored=dice.random(n) < 0.3,
        session=session,
        turn=dice.integers(0, 50, n),
        alone=(dice.random(n) < 0.3) | (session == 0),
        occurred=np.where(dice.random(n) < 0.5, UNKNOWN_DAY, dice.integers(-30_000, 30_000, n)),
        importance=2 * dice.random(n),
        parts=dice.choice([0.0, 1.0, 7.5], (n, 3)),
        stream=draw(st.sampled_from([0.0, 0.4, 1.0])),
    )


questions = st.builds(
    asked,
    dates=st.lists(
        st.builds(NamedDate, st.none() | st.integers(1900, 2099), st.none() | st.integers(1, 12), st.integers(1, 31))
    ).map(tuple),
    about_you=st.booleans(),
    looks_back=st.booleans(),
    asks_when=st.booleans(),
    asks_count=st.booleans(),
    asks_past=st.booleans(),
    asks_several=st.booleans(),
    asks_summary=st.booleans(),
    named=st.none() | st.just("Ana"),
)


@given(pools(), questions)
@settings(max_examples=200, deadline=None)
def test_signals_add_up_to_the_score(pool, question):
    ranking = fuse(pool, question)
    assert np.abs(np.sum(list(ranking.signals.values()), axis=0) - ranking.score).max() < 1e-6
    assert np.isfinite(ranking.score).all()
    assert sorted(ranking.order) == list(range(len(pool)))
    assert (np.diff(ranking.score[ranking.order]) <= 0).all()


@given(pools(), questions, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_pool_does_not_matter(pool, question, dice):
    rows = np.array(dice.sample(range(len(pool)), len(pool)))
    here, there = fuse(pool, question), fuse(pool.taken(rows), question)
    if len({*zip(pool.session.tolist(), pool.place.tolist(), strict=True)}) == len(pool):
        assert pool.number[here.order].tolist() == pool.number[rows][there.order].tolist()
    assert here.score[rows] == pytest.approx(there.score, abs=1e-9)


@given(pools(), questions)
@settings(max_examples=50, deadline=None)
def test_ranking_twice_gives_the_same(pool, question):
    assert fuse(pool, question).score.tolist() == fuse(pool, question).score.tolist()


def test_no_signal_is_larger_than_its_bound():
    pool = chat([1.0] * 3 + [-1.0] * 9, bm25=np.full(12, 50.0), held=np.ones(12), authored=np.ones(12, bool))
    pool = replace(pool, parts=50 * np.eye(12))
    signals = fuse(pool, asked(named="Ana")).signals
    assert all(np.abs(signals[name]).max() <= 0.35 + 1e-9 for name in ("words", "joint", "role", "author", "wish"))


def test_a_pool_of_three_hundred_takes_a_fraction_of_a_millisecond():
    dice = np.random.default_rng(4)
    n = 300
    pool = chat(dice.random(n).tolist(), bm25=dice.random(n), held=dice.random(n), session=dice.integers(1, 9, n))
    pool = replace(pool, parts=dice.random((n, 8)))
    question = asked(dates=(NamedDate(2023, 5),))
    fuse(pool, question)
    best = min(_seconds(pool, question) for _ in range(50))
    assert best < 0.001


def _seconds(pool: Pool, question: Question) -> float:
    started = time.perf_counter()
    fuse(pool, question)
    return time.perf_counter() - started

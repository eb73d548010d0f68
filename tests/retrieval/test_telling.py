"""What a turn tells, and how several memories or a summary are asked for: the ranking of a pool."""

from dataclasses import replace

import numpy as np
import pytest

from retrieval.fusion import Pool, fuse
from retrieval.fusion.weights import WEIGHTS
from tests.retrieval.pools import asked, pool_of
from text.cues import Cue, memory_flags

TELLING = ("asks", "told", "details", "brief")


def chat(dense: list[float], **columns: object) -> Pool:
    """A pool of turns of one session, each long enough to tell something."""
    n = len(dense)
    neutral = {"session": np.full(n, 5), "turn": np.arange(n), "alone": np.zeros(n, bool), "pieces": np.full(n, 60)}
    return pool_of(dense, **{**neutral, **columns})


def said(*texts: str) -> Pool:
    """Turns that are equally near, by what they say."""
    return chat([0.4] * len(texts), flags=[memory_flags(text, "Ana") for text in texts])


def first(pool: Pool, **question: object) -> int:
    """The grain number of the best memory."""
    return int(pool.number[fuse(pool, asked(**question)).order[0]])


def test_who_asks_back_answers_less_than_who_tells():
    assert first(said("Have you ever been there?", "It is lovely there.")) == 2


def test_who_reports_what_they_did_answers_what_was():
    pool = said("That sounds lovely.", "We went there by boat.")
    assert first(pool, asks_past=True) == 2
    assert not fuse(pool, asked()).signals["told"].any()


def test_names_titles_and_numbers_tell_more_the_more_there_are():
    pool = said("It was lovely.", "It was in Oslo.", "It was in Oslo, in 2019.", "We saw Bo, Eve, Ida and Max in Oslo.")
    details = fuse(pool, asked()).signals["details"]
    assert details[0] == 0
    assert np.diff(details) == pytest.approx(details[1])


def test_a_few_words_tell_little():
    brief = fuse(chat([0.4] * 4, pieces=[5, 20, 48, 200]), asked()).signals["brief"]
    assert brief[0] < brief[1] < brief[2] == brief[3] == 0


def test_a_memory_of_unknown_length_is_not_brief():
    assert not fuse(chat([0.4] * 3, pieces=[0, 0, 0]), asked()).signals["brief"].any()


def test_what_a_long_turn_tells_is_taken_for_granted():
    pool = chat([0.4] * 2, pieces=[20, 2000], flags=[int(Cue.TOLD | Cue.DETAIL | Cue.ASKS)] * 2)
    signals = fuse(pool, asked(asks_past=True)).signals
    assert all(abs(signals[name][1]) < 0.01 * abs(signals[name][0]) for name in ("asks", "told", "details"))


def test_notes_and_turns_without_cues_are_left_alone():
    every = np.full(4, int(Cue.ASKS | Cue.TOLD | Cue.DETAIL | Cue.DETAILS))
    notes = fuse(pool_of([0.4] * 4, flags=every, pieces=[5] * 4), asked(asks_past=True)).signals
    turns = fuse(chat([0.4] * 4), asked(asks_past=True)).signals
    assert not any(signals[name].any() for signals in (notes, turns) for name in TELLING)


def test_where_several_are_asked_for_a_session_does_not_crowd_out_another():
    pool = chat([0.5, 0.49, 0.48, 0.46], session=[1, 1, 1, 2], turn=[0, 20, 40, 0])
    weights = replace(WEIGHTS, local=0.0)
    assert fuse(pool, asked(), weights).order.tolist() == [0, 1, 2, 3]
    several = fuse(pool, asked(asks_several=True), weights)
    assert several.order.tolist() == [0, 3, 1, 2]
    assert several.signals["crowd"] == pytest.approx([0, -0.06, -0.12, 0])


def test_no_turn_of_a_session_is_pushed_down_without_end():
    crowd = fuse(chat(np.linspace(0.9, 0.1, 12).tolist()), asked(asks_several=True)).signals["crowd"]
    assert crowd.min() == pytest.approx(-0.24)


def test_memories_in_no_session_do_not_crowd_each_other():
    pool = pool_of([0.5, 0.4, 0.3], stream=1.0, flags=np.full(3, int(Cue.ASKS)))
    assert not fuse(pool, asked(asks_several=True)).signals["crowd"].any()


def test_where_several_are_asked_for_a_neighbour_lends_half():
    pool = chat([0.2, 0.7, 0.2, 0.2])
    one, several = (fuse(pool, asked(asks_several=asks)).signals["near"] for asks in (False, True))
    assert several == pytest.approx(one / 2)


def test_a_note_keeps_what_it_has_instead_of_a_neighbour_where_several_are_asked_for():
    pool = pool_of([0.7, 0.3, 0.2])
    one, several = (fuse(pool, asked(asks_several=asks)).signals["near"] for asks in (False, True))
    assert several == pytest.approx(one)


def test_a_summary_is_of_what_machines_said_too():
    pool = chat([0.5, 0.4], flags=[int(Cue.MACHINE), 0])
    assert first(pool) == 2
    assert first(pool, asks_summary=True) == 1

"""The cues of a memory and the bits they are stored as."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.cues import Cue, is_machine, memory_flags


def flags(text: str, author: str = "") -> Cue:
    return Cue(memory_flags(text, author))


def test_the_stored_bits_never_change():
    stored = {"ASKS": 1, "WISH": 2, "TIME": 4, "NUMBER": 8, "MACHINE": 16, "ORDER": 32}
    assert {cue.name: cue.value for cue in Cue} == stored


def test_a_text_that_says_nothing_has_no_flags():
    assert memory_flags("Oslo is pretty.", "Ana") == 0


def test_a_turn_that_ends_in_a_question_asks():
    assert Cue.ASKS in flags("How was it? [shared image: a dog on a beach]")
    assert Cue.ASKS not in flags("What a day? No. " + "It was a long one and nothing came of it. " * 3)


@pytest.mark.parametrize("text", ["I always take the stairs", "From now on, no sugar", "I prefer tea", "Never call me"])
def test_a_standing_wish_is_seen(text):
    assert Cue.WISH in flags(text, "user")


def test_a_machine_has_no_wishes():
    assert Cue.WISH not in flags("I always recommend tests", "assistant")
    assert Cue.MACHINE in flags("I always recommend tests", "assistant")


@pytest.mark.parametrize("text", ["I went there last Friday", "two weeks ago", "since 2019", "in October", "tomorrow"])
def test_an_expression_of_time_is_seen(text):
    assert Cue.TIME in flags(text)


@pytest.mark.parametrize("text", ["it cost 40", "she has three cats", "twice"])
def test_a_number_is_seen(text):
    assert Cue.NUMBER in flags(text)


@pytest.mark.parametrize("author", ["assistant", "AI", "bot-7", "AI agent", "System", "tool"])
def test_machine_roles_are_machines(author):
    assert is_machine(author)


@pytest.mark.parametrize("author", ["", "user", "human", "Ai Weiwei", "Caroline", "Model Citizen", "7"])
def test_people_are_no_machines(author):
    assert not is_machine(author)


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_flags_fit_a_small_integer(text, author):
    assert 0 <= memory_flags(text, author) < 32


@pytest.mark.parametrize("piece", ["1", "a ", "last ", "one of ", "?", "just ", "20", "never"])
def test_no_long_text_is_slow(piece):
    text = piece * (32_768 // len(piece))
    started = time.process_time()
    memory_flags(text, text)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "text",
    ["Always use metric units.", "Please, never call me Bob.", "From now on answer in French", "OK, make sure to cite"],
)
def test_a_standing_order_begins_like_one(text):
    assert Cue.ORDER in flags(text, "user")
    assert Cue.ORDER not in flags(text, "assistant")
    assert Cue.ORDER not in flags(f"She said: {text}", "user")

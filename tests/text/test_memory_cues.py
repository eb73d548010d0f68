"""The cues of a memory and the bits they are stored as."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.cues import Cue, is_machine, memory_flags


def flags(text: str, author: str = "") -> Cue:
    return Cue(memory_flags(text, author))


def test_the_stored_bits_never_change():
    stored = {"ASKS": 1, "WISH": 2, "TIME": 4, "NUMBER": 8, "MACHINE": 16, "ORDER": 32, "TOLD": 64}
    stored |= {"DETAIL": 128, "DETAILS": 256}
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


@pytest.mark.parametrize("text", ["I went there", "We\u2019ve finally finished it", "so I just adopted a cat"])
def test_a_report_of_what_somebody_did_is_seen(text):
    assert Cue.TOLD in flags(text, "Ana")
    assert Cue.TOLD not in flags(text, "assistant")


@pytest.mark.parametrize("text", ["You went there", "I will go", "I red", "Isabel painted it", "We need bread"])
def test_what_is_no_report_is_none(text):
    assert Cue.TOLD not in flags(text, "Ana")


def details(text: str) -> int:
    found = flags(text)
    return (Cue.DETAIL in found) + 2 * (Cue.DETAILS in found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It was a lovely day.", 0),
        ("Lovely day. And I loved it.", 0),
        ("We saw it in Oslo.", 1),
        ('"Wild Geese" is the best', 1),
        ("Call 555-0199 after 6.", 2),
        ("I met Bo in Oslo, near the 2nd bridge, with Eve and Ida", 3),
    ],
)
def test_names_titles_and_numbers_are_counted_up_to_three(text, count):
    assert details(text) == count


@pytest.mark.parametrize("text", ["Hey Ana! Nice to see you, Ana.", "Thanks Ana, you are kind", "Ana: Wow Bo, great!"])
def test_who_is_spoken_to_is_no_detail(text):
    assert details(text) == 0


@pytest.mark.parametrize("author", ["assistant", "AI", "bot-7", "AI agent", "System", "tool"])
def test_machine_roles_are_machines(author):
    assert is_machine(author)


@pytest.mark.parametrize("author", ["", "user", "human", "Ai Weiwei", "Caroline", "Model Citizen", "7"])
def test_people_are_no_machines(author):
    assert not is_machine(author)


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_flags_fit_a_small_integer(text, author):
    assert 0 <= memory_flags(text, author) < 512


@pytest.mark.parametrize(
    "piece", ["1", "a ", "last ", "one of ", "?", "just ", "20", "never", "Hey Ana! ", "! A", '"A', "I have ", ", A"]
)
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

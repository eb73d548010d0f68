"""What a question says beside its subject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.asides import without_asides


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Can you tell me about the garden shed?", "the garden shed"),
        ("Please summarize the kitchen renovation so far", "the kitchen renovation"),
        (
            "Can you give me a clear summary of the tax return plans throughout our conversations?",
            "the tax return plans",
        ),
        ("Hey, remind me of the dentist appointment", "the dentist appointment"),
    ],
)
def test_talk_about_the_talk_is_left_out(question, subject):
    assert without_asides(question) == subject


@pytest.mark.parametrize(
    "question", ["Where is the spare key?", "What did the vet find?  ", "¿Dónde está la llave?", ""]
)
def test_a_question_without_asides_stays_as_it_is(question):
    assert without_asides(question) == question


def test_nothing_but_asides_stays_as_it_is():
    assert without_asides("Could you summarize it so far?") == "Could you summarize it so far?"


@given(st.text(max_size=300))
def test_no_text_raises_and_none_becomes_empty(text):
    assert bool(without_asides(text)) == bool(text)

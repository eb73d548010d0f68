"""Which texts are several questions."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.several import MOST_PARTS, questions_in


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("When does the pool close, and who has the gym key?", ("When does the pool close?", "who has the gym key?")),
        (
            "Where did Ana move to? What does she paint in oil?",
            ("Where did Ana move to?", "What does she paint in oil?"),
        ),
        ("What's the wifi password, and where's the router?", ()),  # "router" alone means little
        (
            "What's the wifi password; where's the spare router?",
            ("What's the wifi password?", "where's the spare router?"),
        ),
        (
            "which bus do I take and how much does a ticket cost",
            ("which bus do I take?", "how much does a ticket cost?"),
        ),
    ],
)
def test_questions_that_each_have_their_own_verb_are_several(text, parts):
    assert questions_in(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where are the keys?",
        "How many days passed between when I left the old job and when I began the new one?",
        "When I sign up for a new account, what security measures should I look for?",
        "What did Ana say when she was in Rome last year?",
        "Which cakes, pies and tarts did we bake, and why?",
        "I know where the key is, and who has the car.",
        "Tell me about bread, butter and jam.",
        "Did we book the hotel and is the flight paid?",
        "What is up? What is new here? What is old now? What is gone for ever?",
    ],
)
def test_everything_else_is_one(text):
    assert questions_in(text) == ()


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    assert len(questions_in(text)) in {0, *range(2, MOST_PARTS + 1)}


@pytest.mark.parametrize("text", ["what " * 1_000, "what is, " * 500, "? " * 2_000, "and who " * 500])
def test_odd_texts_take_no_time(text):
    started = time.perf_counter()
    questions_in(text)
    assert time.perf_counter() - started < 0.2

"""From many texts one that says all they say."""

from datetime import date

import numpy as np
import pytest

from grains.reading import Text, read
from learning.consolidation.condense import DRIFT, Source, condense, drift_cosine
from tests.learning.facts_at_hand import fact
from text.facts import lost

DAY = date(2026, 3, 1)


def test_every_distinct_sentence_is_kept_once_in_order_under_its_day() -> None:
    sources = [
        Source("Ana lives in Berlin. She likes tea.", DAY),
        Source("The code is 4711.", DAY),
        Source("ana lives in berlin!", DAY),
        Source("It rained.", date(2026, 3, 2)),
    ]
    condensed = condense(sources)
    assert (
        condensed.text
        == "2026-03-01:\nAna lives in Berlin.\nShe likes tea.\nThe code is 4711.\n2026-03-02:\nIt rained."
    )
    assert condensed.taken == 4


def test_facts_that_differ_in_a_digit_a_name_or_a_denial_all_stay() -> None:
    contents = [
        "The safe code is 4711.",
        "The safe code is 4712.",
        "Sam eats nuts.",
        "Sam does not eat nuts.",
        "Tom eats nuts.",
    ]
    text = condense([Source(content, DAY) for content in contents]).text
    assert [line for line in text.splitlines() if line in contents] == contents


def test_the_fuller_of_two_sentences_stays() -> None:
    short, long = "Bob eats fish with great pleasure.", "Bob eats fish with great pleasure indeed."
    for order in ([short, long], [long, short]):
        assert condense([Source(content, DAY) for content in order]).text.splitlines()[1:] == [long]


def test_a_containing_sentence_that_is_much_longer_does_not_swallow_the_short_one() -> None:
    short, long = "Bob eats fish.", "Note from the kitchen of the old house by the sea: Bob eats fish."
    assert short in condense([Source(short, DAY), Source(long, DAY)]).text.splitlines()


def test_the_same_on_another_day_happened_again() -> None:
    text = condense([Source("I ran 5 km.", DAY), Source("I ran 5 km.", date(2026, 3, 8))]).text
    assert text.count("I ran 5 km.") == 2


def test_who_said_it_is_told_when_more_than_one_did() -> None:
    text = condense([Source("I like tea.", DAY, "Ana"), Source("I like tea.", DAY, "Bob")]).text
    assert text == "2026-03-01:\nAna: I like tea.\nBob: I like tea."
    assert "Ana" not in condense([Source("I like tea.", DAY, "Ana")]).text


def test_what_does_not_fit_is_not_taken() -> None:
    sources = [Source(fact(n), DAY) for n in range(40)]
    condensed = condense(sources, most_bytes=600)
    assert 2 <= condensed.taken < 40
    assert len(condensed.text.encode()) <= 600
    assert lost([source.content for source in sources[: condensed.taken]], condensed.text) == []
    assert sources[condensed.taken].content not in condensed.text


def test_no_fact_is_lost() -> None:
    contents = [fact(n) for n in range(50)]
    assert lost(contents, condense([Source(content, DAY) for content in contents]).text) == []


@pytest.mark.parametrize(("turn", "expected"), [(0.0, 1.0), (np.pi / 3, 0.5), (np.pi / 2, 0.0)])
def test_drift_is_the_angle_between_a_summary_and_its_sources(turn: float, expected: float) -> None:
    one = np.array([[1.0, 0.0]], np.float32)
    other = np.array([[np.cos(turn), np.sin(turn)]], np.float32)
    assert drift_cosine(one, np.concatenate([other, other])) == pytest.approx(expected, abs=1e-6)


def test_an_extract_has_not_drifted_and_a_text_about_something_else_has(db: None) -> None:
    contents = [fact(n) for n in range(50)]
    own = condense([Source(content, DAY) for content in contents]).text
    other = "The rivers of the north freeze in winter, and boats lie on the shore until the ice has gone. " * 9
    extract, strange, whole = read([Text(one, "") for one in (own, other, " ".join(contents))], scope="test")
    assert drift_cosine(extract.vectors, whole.vectors) > DRIFT + 0.05
    assert drift_cosine(strange.vectors, whole.vectors) < DRIFT - 0.3

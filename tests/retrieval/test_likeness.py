"""What is shown once: rewordings. What never is: texts that differ in one thing that matters."""

from datetime import UTC, datetime

import pytest

from grains.models import Grain
from retrieval.likeness import same_fact, same_text

SAME = [
    ("The office moved to Lisbon.", "The office has moved to Lisbon."),
    ("The staging server restarts every night.", "Every night the staging server restarts."),
    ("Backups run every night on the heron machine.", "The heron machine runs backups every night."),
    ("The cat sleeps on the sofa.", "The cat is sleeping on the sofa."),
    ("The user prefers dark mode in the editor.", "The user likes dark mode in the editor."),
    ("The parser handles nested lists.", "the parser handles nested lists"),
]
DIFFERENT = [
    ("The safe code is 4711.", "The safe code is 4712."),
    ("The meeting is at 3 pm.", "The meeting is at 4 pm."),
    ("The office moved to Lisbon in March.", "The office moved to Lisbon in May."),
    ("The rent is due on Monday.", "The rent is due on Friday."),
    ("Ana sold the bicycle.", "Ben sold the bicycle."),
    ("The parcel goes to Oslo.", "The parcel goes to Rome."),
    ("Sam is allergic to peanuts.", "Sam is not allergic to peanuts."),
    ("The door can be opened.", "The door can't be opened."),
    ("Three guests stay.", "Four guests stay."),
    ("The user prefers tea over coffee.", "The user prefers coffee over tea."),
    ("Deploy to staging before production.", "Deploy to production before staging."),
    ("The red room is free.", "The blue room is free."),
    ("Set FLUSH_DELAY to high.", "Set FLUSH_LIMIT to high."),
    ("See /etc/hosts for it.", "See /etc/passwd for it."),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_rewordings_are_the_same(one: str, other: str) -> None:
    assert same_text(one, other)
    assert same_text(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_one_thing_that_matters_makes_two_facts(one: str, other: str) -> None:
    assert not same_text(one, other)
    assert not same_text(other, one)


@pytest.mark.parametrize("name", ["author", "user", "agent"])
def test_what_different_people_said_is_not_the_same(name: str) -> None:
    text = "I like tea."
    assert same_fact(Grain(), text, Grain(), text)
    assert not same_fact(Grain(**{name: "Ana"}), text, Grain(**{name: "Ben"}), text)


def test_what_happened_on_different_days_is_not_the_same() -> None:
    first, second = (Grain(occurred_at=datetime(2026, 5, day, tzinfo=UTC)) for day in (1, 2))
    assert not same_fact(first, "I went running.", second, "I went running.")
    assert same_fact(first, "I went running.", Grain(), "I went running.")


def test_texts_about_other_things_are_not_the_same() -> None:
    assert not same_text("The cat sleeps on the sofa.", "The dog barks at the postman.")
    assert not same_text("", "!")

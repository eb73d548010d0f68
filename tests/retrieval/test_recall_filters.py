"""Recall looks only among the memories that every given condition allows."""

from collections.abc import Callable
from datetime import timedelta

import pytest

import clock
from grains.drafts import Draft
from grains.services.store import grain_store_batch
from tests.people import Person

NOW = clock.now()
OLD, MIDDLE, NEW = (NOW - timedelta(days=days) for days in (30, 20, 10))
QUESTION = "Which fruit is in the bowl?"


def fruit(name: str, **fields: object) -> Draft:
    return Draft(f"There is one {name} in the fruit bowl.", **fields)  # type: ignore[arg-type]


DRAFTS = {
    OLD: [
        fruit("apple", agent="Agent One", tags=["red", "round"], memory_type="episodic"),
        fruit("pear", user="ulla-7", session="s_1", metadata={"shop": {"city": "Oslo", "open": True}, "n": [1, 2]}),
    ],
    NEW: [
        fruit("plum", author="Ana Silva", tags=["blue"], metadata={"shop": {"city": "Rome"}}),
        fruit("fig", agent="agent one", session="s-1", tags=["green", "Round"], memory_type="procedural"),
    ],
}
ALL = {"apple", "pear", "plum", "fig"}


@pytest.fixture(scope="module")
def bowl(newcomer: Callable[..., Person]) -> Person:
    holder = newcomer("bowl")
    for moment, drafts in DRAFTS.items():
        grain_store_batch(caller=holder.caller, drafts=drafts, now=moment)
    return holder


def found(holder: Person, **conditions: object) -> set[str]:
    contents = holder.recall(QUESTION, **conditions)
    return {name for name in ALL if any(f" {name} " in content for content in contents)}


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({}, ALL),
        ({"agent": "Agent One"}, {"apple"}),
        ({"agent": "agent one"}, {"fig"}),
        ({"user": "ulla-7"}, {"pear"}),
        ({"author": "Ana Silva"}, {"plum"}),
        ({"author": "Ana"}, set()),
        ({"session": "s_1"}, {"pear"}),
        ({"session": "s-1"}, {"fig"}),
        ({"tags": ["red"]}, {"apple"}),
        ({"tags": ["red", "blue", "none"]}, {"apple", "plum"}),
        ({"tags": ["round"]}, {"apple"}),
        ({"tags": ["red", "blue"], "tags_mode": "any"}, {"apple", "plum"}),
        ({"tags": ["red", "round"], "tags_mode": "all"}, {"apple"}),
        ({"tags": ["red", "blue"], "tags_mode": "all"}, set()),
        ({"tags_mode": "all"}, ALL),
        ({"tags": []}, ALL),
        ({"memory_type": "episodic"}, {"apple"}),
        ({"memory_type": "semantic"}, {"pear", "plum"}),
        ({"memory_type": "working"}, set()),
        ({"metadata": {"shop": {"city": "Oslo"}}}, {"pear"}),
        ({"metadata": {"n": [2]}}, {"pear"}),
        ({"metadata": {"shop": {}}}, {"pear", "plum"}),
        ({"metadata": {"shop": {"open": "true"}}}, set()),
        ({"before": MIDDLE.isoformat()}, {"apple", "pear"}),
        ({"after": MIDDLE.isoformat()}, {"plum", "fig"}),
        ({"before": OLD.isoformat()}, set()),
        ({"after": NEW.isoformat()}, set()),
        ({"after": (OLD - timedelta(seconds=1)).isoformat(), "before": NEW.isoformat()}, {"apple", "pear"}),
        ({"as_of": MIDDLE.isoformat()}, {"apple", "pear"}),
        ({"as_of": MIDDLE.isoformat(), "tags": ["red", "blue"]}, {"apple"}),
        ({"agent": "Agent One", "tags": ["blue"]}, set()),
        ({"agent": ""}, ALL),
        ({"agent": None, "session": None, "tags": None, "memory_type": None}, ALL),
    ],
)
def test_a_filter_allows_exactly_what_it_says(bowl: Person, conditions: dict[str, object], names: set[str]) -> None:
    assert found(bowl, **conditions) == names


def test_a_filter_is_compared_in_the_form_that_was_stored(alice: Person) -> None:
    alice.store("Renés Birne", agent="Rene\u0301", tags=["u\u0308ber"], session=" s ")
    for conditions in ({"agent": "René"}, {"agent": "Rene\u0301 "}, {"tags": ["u\u0308ber"]}, {"session": " s "}):
        assert alice.recall("Birne", **conditions) == ["Renés Birne"], conditions


def test_the_few_allowed_are_found_among_many_that_are_nearer(alice: Person) -> None:
    near = [{"content": f"The bowl number {n} holds fruit.", "agent": "many"} for n in range(150)]
    alice.store_batch(*near, {"content": "Bicycles need oil.", "agent": "few"})
    assert alice.recall(QUESTION, agent="few") == ["Bicycles need oil."]


def test_the_limit_is_kept_and_at_most_100(alice: Person) -> None:
    alice.store_batch(*({"content": f"Bowl {n} holds fruit."} for n in range(120)))
    assert [len(alice.recall(QUESTION, limit=limit)) for limit in (1, 7, 100, 100_000)] == [1, 7, 100, 100]
    assert len(alice.recall(QUESTION)) == 10


def test_neighbours_of_an_allowed_turn_are_not_let_in_by_it(alice: Person) -> None:
    alice.store_batch(
        {"content": "What fruit do we have?", "session": "s", "agent": "a"},
        {"content": "A pear.", "session": "s", "agent": "b"},
    )
    assert alice.recall("fruit", agent="a") == ["What fruit do we have?"]

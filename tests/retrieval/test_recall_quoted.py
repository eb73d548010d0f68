"""What a question quotes is looked for word for word."""

from datetime import timedelta

import pytest

import clock
from grains.services.update import Change, grain_update
from retrieval.question import MOST_QUOTED, understand
from tests.people import Person

LINES = (
    "Lena sang of ham and green eggs on the stage.",
    "Omar ended his toast with Green  Eggs\nand Ham, and bowed.",
    "Green ham, said Ute, and eggs.",
    "The stage was painted.",
)
QUESTION = 'Who said "green eggs and ham" on the stage?'


@pytest.fixture
def show(alice: Person) -> Person:
    alice.store_batch(*({"content": line} for line in LINES))
    return alice


def quoted(person: Person, query: str, **fields: object) -> dict[str, float]:
    """The signal `quoted`, of each memory in which it says something."""
    told = person.call("post", "/v1/admin/query-explain", {"query": query, **fields})["final_results"]
    return {one["memory"]["content"]: one["signals"]["quoted"] for one in told if one["signals"]["quoted"]}


def test_only_the_memory_with_the_words_in_that_order_has_it(show: Person) -> None:
    assert quoted(show, QUESTION) == {LINES[1]: pytest.approx(0.15)}


def test_two_phrases_count_half_each(show: Person) -> None:
    found = quoted(show, 'Who said "green eggs and ham" and "on the stage"?')
    assert found == {LINES[0]: pytest.approx(0.075), LINES[1]: pytest.approx(0.075)}


def test_without_quotation_marks_nothing_has_it(show: Person) -> None:
    assert quoted(show, "Who said green eggs and ham on the stage?") == {}


def test_a_quotation_that_nobody_has_changes_nothing(show: Person) -> None:
    plain = show.recall("Who sang of blue ham?")
    assert show.recall('Who sang of "blue ham"?') == plain


def test_the_words_of_the_moment_looked_at_count(alice: Person) -> None:
    id_ = alice.store("The motto is to be or not to be.")["id"]
    then = clock.now()
    change = Change(content="The motto is live and let live.")
    grain_update(caller=alice.caller, id=id_, change=change, now=then + timedelta(hours=1))
    query = 'Which motto has "or not to be"?'
    assert quoted(alice, query) == {}
    assert list(quoted(alice, query, as_of=(then + timedelta(minutes=1)).isoformat())) == [
        "The motto is to be or not to be."
    ]


def test_bobs_memories_are_not_looked_at(show: Person, bob: Person) -> None:
    bob.store("Bob said green eggs and ham.")
    assert list(quoted(show, QUESTION)) == [LINES[1]]
    assert list(quoted(bob, QUESTION)) == ["Bob said green eggs and ham."]


def test_phrases_are_read_whatever_the_marks() -> None:
    assert understand("Who wrote “It’s  a Dog.” and «La vie»?").quoted == ("it's a dog", "la vie")
    assert understand("What does \"umami\" mean? It isn't Bo's.").quoted == ()
    assert len(understand(" ".join(f'"a b{n}"' for n in range(9))).quoted) == MOST_QUOTED

"""Names in questions: what the namespace knows of them."""

from typing import Any

import pytest

from retrieval import arrays, sizes
from retrieval.names import COMMON_FROM, Known, known_of
from retrieval.recall import recall
from retrieval.search import Search
from retrieval.sizes import Size
from retrieval.trips import trip
from retrieval.understanding import understood
from tests.people import Person


def named(person: Person, query: str) -> str | None:
    """The one author whom the query names, to the person's namespace."""
    from accounts.door import tenant

    with tenant(person.caller, durable=False):
        return understood(person.caller, Search(query))[0].named


def test_of_three_authors_with_one_first_name_each_is_found_by_the_whole_name(alice):
    for author in ("Ana Costa", "Ana Meier", "Ana Silva"):
        alice.store(f"{author} likes tea.", author=author)
    assert named(alice, "What does Ana Meier drink?") == "Ana Meier"
    assert named(alice, "What does Ana drink?") is None


def test_an_author_of_bobs_is_nobody_to_alice(alice, bob):
    bob.store("I like tea.", author="Ana")
    alice.store("I like tea.", author="Bo")
    assert named(alice, "What does Ana drink?") is None
    assert named(bob, "What does Ana drink?") == "Ana"


def test_a_name_is_common_by_its_share_of_all_words():
    rows = [("ana", None, 100), ("bo", None, 5), ("eva", ["Eva Ott"], 0)]
    assert known_of(rows, Size(1_000, 10.0)) == Known(frozenset({"Eva Ott"}), frozenset({"ana"}))
    assert not known_of(rows, Size(100_000, 10.0)).common


def test_a_name_in_a_handful_of_memories_is_never_common():
    few = [("sam", None, COMMON_FROM - 1)]
    assert not known_of(few, Size(grains=COMMON_FROM, words=4.0)).common


def test_the_only_memory_about_somebody_is_found_by_name(alice):
    alice.store("Sam is allergic to peanuts.")
    assert alice.recalled("What can Sam not eat?")["decision"] == "inject"


def test_a_name_that_every_memory_mentions_does_not_decide_which_is_nearest(alice):
    greetings = [f"Hey Caroline! {greeting} ({n})" for greeting in GREETINGS for n in range(4)]
    alice.store_batch(*({"content": greeting} for greeting in greetings))
    alice.store("The kiln fires at cone six, and the blue bowls are done in it.")
    assert alice.recall("How is Caroline's pottery made?", limit=1) == [
        "The kiln fires at cone six, and the blue bowls are done in it."
    ]


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each round trip has; a namespace's size is remembered as if it were a large one."""
    seen: list[int] = []
    monkeypatch.setattr(sizes, "SMALL_SECONDS", sizes.LARGE_SECONDS)

    def counted(raw: Any, statements: Any, **kwargs: Any) -> Any:
        seen.append(len(statements))
        return trip(raw, statements, **kwargs)

    monkeypatch.setattr(arrays, "trip", counted)
    return seen


def asked(person: Person, query: str) -> Any:
    """What the recall has understood of its query."""
    answer = recall(caller=person.caller, search=Search(query, explain=True))
    return dict(answer.explanation or {})["understood"]


def test_what_is_known_of_names_is_checked_on_the_way_to_the_candidates(alice: Person, trips: list[int]) -> None:
    alice.store("I like tea.", author="Ana")
    recall(caller=alice.caller, search=Search("Who likes tea?"))
    trips.clear()
    recall(caller=alice.caller, search=Search("Who likes tea?"))
    assert len(trips) == 4  # candidates, pool, results, trace


def test_an_author_whom_nobody_has_asked_for_counts_at_once(alice: Person, trips: list[int]) -> None:
    alice.store("I like tea.", author="Bo")
    assert asked(alice, "What does Ana drink?")["author"] is None
    alice.store("I like juice.", author="Ana")
    assert asked(alice, "What does Ana drink?")["author"] == "Ana"


def test_an_author_who_is_gone_is_gone_at_once(alice: Person, trips: list[int]) -> None:
    alice.store("I like tea.", author="Bo")
    juice = alice.store("I like juice.", author="Ana")
    asked(alice, "What does Ana drink?")
    assert asked(alice, "What does Ana drink?")["author"] == "Ana"
    alice.forget(ids=[juice["id"]])
    assert asked(alice, "What does Ana drink?")["author"] is None


def test_what_is_remembered_of_alices_names_tells_bob_nothing(alice: Person, bob: Person, trips: list[int]) -> None:
    alice.store("I like tea.", author="Ana")
    bob.store("I like tea.", author="Bo")
    for person, author in ((alice, "Ana"), (bob, None), (alice, "Ana"), (bob, None)):
        assert asked(person, "What does Ana drink?")["author"] == author


GREETINGS = ("How are you?", "Nice to see you.", "What is up?", "Good morning!", "See you soon.", "Long time no see.")

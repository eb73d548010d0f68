"""Recall as of a past moment: what was stored by then, as it read then, and true then."""

from datetime import timedelta

import clock
from grains.drafts import Draft
from grains.services.store import grain_store
from grains.services.update import Change, grain_update
from tests.people import Person

NOW = clock.now()


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def stored(person: Person, content: str, days: float, **fields: object):
    draft = Draft(content, **fields)  # type: ignore[arg-type]
    return grain_store(caller=person.caller, draft=draft, now=NOW - timedelta(days=days)).id


def test_each_version_is_found_in_its_time(alice: Person) -> None:
    id_ = stored(alice, "The office is in Lisbon.", 30)
    for content, days in (("The office is in Oslo.", 20), ("The office is in Rome.", 10)):
        change = Change(content=content)
        grain_update(caller=alice.caller, id=id_, change=change, now=NOW - timedelta(days=days))
    cities = [alice.recall("Where is the office?", as_of=ago(days)) for days in (31, 25, 15, 5)]
    assert cities == [[], ["The office is in Lisbon."], ["The office is in Oslo."], ["The office is in Rome."]]


def test_what_was_not_true_yet_or_any_more_is_left_out(alice: Person) -> None:
    stored(
        alice,
        "Ben is the chair.",
        90,
        valid_from=NOW - timedelta(days=60),
        valid_to=NOW - timedelta(days=30),
    )
    found = {days: alice.recall("Who is the chair?", as_of=ago(days)) for days in (70, 60, 45, 30, 10)}
    assert {days for days, contents in found.items() if contents} == {60, 45}


def test_without_a_moment_everything_current_is_found(alice: Person) -> None:
    stored(alice, "Ben is the chair.", 90, valid_to=NOW - timedelta(days=30))
    assert alice.recall("Who is the chair?") == ["Ben is the chair."]


def test_vectors_of_the_past_are_those_of_the_past_content(alice: Person) -> None:
    id_ = stored(alice, "The office is in Lisbon.", 30)
    (then,) = alice.recalled("office", include_embeddings=True)["memories"]
    grain_update(caller=alice.caller, id=id_, change=Change(content="Coco is a parrot."))
    (past,) = alice.recalled("office", include_embeddings=True, as_of=ago(5))["memories"]
    assert past["memory"]["content"] == "The office is in Lisbon."
    assert past["memory"]["embedding"] == then["memory"]["embedding"]


def test_a_forgotten_memory_is_gone_from_the_past_too(alice: Person) -> None:
    id_ = stored(alice, "The office is in Lisbon.", 30)
    alice.forget(ids=[str(id_)])
    assert alice.recall("office", as_of=ago(5)) == []


def test_what_a_memory_said_before_that_moment_does_not_lift_it(alice: Person) -> None:
    id_ = stored(alice, "The code of the safe is kept in the blue book.", 30)
    grain_update(caller=alice.caller, id=id_, change=Change(content="Coco is a parrot."), now=NOW - timedelta(days=20))
    stored(alice, "Somebody wrote the safe's number into a diary.", 15)
    asked = "Where is the code of the safe kept?"
    assert alice.recall(asked, as_of=ago(25))[0] == "The code of the safe is kept in the blue book."
    assert alice.recall(asked, as_of=ago(10))[0] == "Somebody wrote the safe's number into a diary."


def worded(person: Person, query: str, **fields: object) -> list[str]:
    """What was found by its words."""
    found = person.recalled(query, **fields)["memories"]
    return [one["memory"]["content"] for one in found if "fts" in one["provenance"]]


def test_words_of_the_past_are_those_of_the_past_content(alice: Person) -> None:
    id_ = stored(alice, "The office is in Lisbon.", 30)
    stored(alice, "Ben likes tea.", 30)
    grain_update(caller=alice.caller, id=id_, change=Change(content="Coco is a parrot."), now=NOW - timedelta(days=10))
    assert worded(alice, "Lisbon", as_of=ago(20)) == ["The office is in Lisbon."]
    assert worded(alice, "Lisbon", as_of=ago(5)) == []
    assert worded(alice, "parrot", as_of=ago(20)) == []
    assert worded(alice, "parrot", as_of=ago(5)) == ["Coco is a parrot."]
    assert worded(alice, "Lisbon") == []


def test_words_of_another_namespaces_past_are_not_read(alice: Person, bob: Person) -> None:
    id_ = stored(bob, "The office is in Lisbon.", 30)
    grain_update(caller=bob.caller, id=id_, change=Change(content="Coco is a parrot."), now=NOW - timedelta(days=10))
    stored(alice, "Ben likes tea.", 30)
    assert alice.recall("Lisbon", as_of=ago(20)) == ["Ben likes tea."]

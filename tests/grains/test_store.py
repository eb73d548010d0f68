"""Storing: durable, once for the same content of the same people, all or none."""

from uuid import UUID

import pytest

from accounts.door import tenant
from grains.models import Grain, MemoryType, Passage, Posting, Provenance, Version, Vitals
from grains.selectors import grain_count
from tests.people import Person


def test_a_store_answers_200_with_id_and_version_and_nothing_else(alice: Person) -> None:
    answer = alice.store("The kettle is in the second drawer.")
    assert alice.last.status_code == 200
    assert set(answer) == {"id", "version"}
    assert (UUID(answer["id"]).version, answer["version"]) == (7, 1)


def test_all_that_was_given_is_kept(alice: Person) -> None:
    given = {
        "agent": "planner",
        "user": "ulla",
        "author": "Ana Silva",
        "session": "s-1",
        "tags": ["home", "kitchen"],
        "memory_type": "episodic",
        "importance": 1.5,
        "provenance": "user_stated",
        "confidence": 0.75,
        "metadata": {"room": {"floor": 2}, "list": [1, None, True]},
        "occurred_at": "2026-01-02T03:04:05Z",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2027-01-01T00:00:00Z",
    }
    found = alice.inspect(alice.store("The kettle broke.", **given)["id"])
    assert {name: found[name] for name in given} == given


def test_what_was_not_given_has_the_documented_defaults(alice: Person) -> None:
    found = alice.inspect(alice.store("The kettle broke.")["id"])
    assert (found["memory_type"], found["provenance"]) == (MemoryType.SEMANTIC, Provenance.AI_STATED)
    assert (found["importance"], found["confidence"], found["tags"], found["metadata"]) == (1.0, 1.0, [], {})
    assert all(found[name] is None for name in ("agent", "user", "author", "session", "occurred_at"))


def test_null_counts_as_left_out(alice: Person) -> None:
    alone = alice.store("One null.", agent=None, tags=None, importance=None)
    batch = alice.store_batch({"content": "Two nulls.", "agent": None, "metadata": None})
    assert "id" in alone
    assert "id" in batch["stored"][0]


def test_a_stored_grain_has_one_version_vitals_passages_and_postings(alice: Person) -> None:
    alice.store("Kettles whistle loudly.")
    with tenant(alice.caller):
        counts = [model.objects.count() for model in (Grain, Version, Vitals, Passage, Posting)]
    assert counts == [1, 1, 1, 1, 3]


def test_storing_the_same_again_answers_with_the_grain_that_is_there(alice: Person) -> None:
    first = alice.store("The kettle is blue.", agent="a", tags=["x"])
    again = alice.store("The kettle is blue.", agent="a", tags=["y"])
    assert alice.last.status_code == 200
    assert again == {"id": first["id"], "version": 1, "duplicate": True}
    assert grain_count(caller=alice.caller) == 1


@pytest.mark.parametrize(("one", "two"), [("  the kettle \n", "the kettle"), ("cafe\u0301", "caf\u00e9")])
def test_spaces_around_and_the_way_accents_are_spelled_do_not_make_a_new_memory(
    alice: Person, one: str, two: str
) -> None:
    assert alice.store(two)["id"] == alice.store(one)["id"]


@pytest.mark.parametrize("who", ["agent", "user", "author"])
def test_the_same_content_of_another_is_a_memory_of_its_own(alice: Person, who: str) -> None:
    ana = alice.store("I like tea.", **{who: "Ana"})
    ben = alice.store("I like tea.", **{who: "Ben"})
    nobody = alice.store("I like tea.")
    assert len({ana["id"], ben["id"], nobody["id"]}) == 3


def test_the_same_content_in_two_namespaces_is_two_memories(alice: Person, bob: Person) -> None:
    assert alice.store("I like tea.")["id"] != bob.store("I like tea.")["id"]


def test_what_was_forgotten_can_be_stored_again(alice: Person) -> None:
    first = alice.store("I like tea.")["id"]
    alice.forget(ids=[first])
    again = alice.store("I like tea.")
    assert "duplicate" not in again
    assert again["id"] != first


def test_a_batch_answers_in_order_and_tells_repeats(alice: Person) -> None:
    old = alice.store("zero")["id"]
    stored = alice.store_batch(*({"content": text} for text in ("one", "zero", "two", "one")))["stored"]
    contents = [alice.inspect(answer["id"])["content"] for answer in stored]
    assert contents == ["one", "zero", "two", "one"]
    assert [answer.get("duplicate", False) for answer in stored] == [False, True, False, True]
    assert (stored[1]["id"], stored[3]["id"]) == (old, stored[0]["id"])


def test_a_batch_with_one_bad_item_stores_none_and_names_it(alice: Person) -> None:
    good = {"content": "fine"}
    bads: list[dict[str, object]] = [{"content": " "}, {"content": "x", "memory_type": "odd"}, {}, {"content": 7}]
    for bad in bads:
        answer = alice.store_batch(good, good, bad)
        assert alice.last.status_code in {400, 422}
        assert answer["field"].startswith("memories.2.")
    assert grain_count(caller=alice.caller) == 0


def test_a_batch_has_1_to_1000_items(alice: Person) -> None:
    for size in (0, 1001):
        alice.store_batch(*({"content": f"fact {n}"} for n in range(size)))
        assert alice.last.status_code in {400, 422}, size
    assert grain_count(caller=alice.caller) == 0


def test_a_batch_into_another_namespace_is_refused_whole(alice: Person, bob: Person) -> None:
    alice.store_batch({"content": "mine"}, {"content": "his", "namespace": bob.namespace.name})
    assert alice.last.status_code == 403
    assert grain_count(caller=alice.caller) == 0


def test_content_of_exactly_32_kib_is_stored(alice: Person) -> None:
    alice.store("é" * (16 * 1024))
    assert alice.last.status_code == 200

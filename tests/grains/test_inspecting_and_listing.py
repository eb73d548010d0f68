"""Looking at memories without asking a question: one, a page, a count."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import clock
from grains.drafts import Draft
from grains.filters import Filter
from grains.selectors import grain_count
from grains.services.store import grain_store, grain_store_batch
from tests.people import Person


def listed(person: Person, **params: object) -> list[str]:
    return [memory["content"] for memory in page(person, **params)["memories"]]


def page(person: Person, **params: object) -> Any:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return person.call("get", f"/v1/memories?{query}")


def test_inspect_shows_the_inner_life_of_a_memory(alice: Person) -> None:
    past = clock.now() - timedelta(hours=3)
    id_ = grain_store(caller=alice.caller, draft=Draft("Coco is a parrot."), now=past).id
    found = alice.inspect(str(id_))
    assert (found["passages"], found["versions"], found["evidence_count"]) == (1, 1, 1)
    assert (found["has_embedding"], found["last_verified_at"], found["archived"]) == (True, None, False)
    assert found["age_hours"] == pytest.approx(3, abs=0.1)
    assert (found["namespace"], found["status"]) == (alice.namespace.name, "active")
    assert "embedding" not in found


def test_inspecting_nothing_is_404_and_no_uuid_is_400(alice: Person, bob: Person) -> None:
    hers = alice.store("Coco is a parrot.")["id"]
    for id_, status in ((str(uuid4()), 404), (hers, 404), ("seven", 400), ("%00", 400)):
        bob.inspect(id_)
        assert bob.last.status_code == status, id_


def test_a_listing_pages_through_everything_newest_first(alice: Person) -> None:
    contents = [f"fact {n}" for n in range(7)]
    alice.store_batch(*({"content": content} for content in contents[:5]))
    for content in contents[5:]:
        alice.store(content)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = page(alice, limit=3, **cursor)
        assert (answer["total"], answer["count"]) == (7, len(answer["memories"]))
        seen += [memory["content"] for memory in answer["memories"]]
        if "next_cursor" not in answer:
            break
        cursor = {"cursor": answer["next_cursor"]}
    assert seen == contents[::-1]


def test_a_last_page_that_is_full_has_no_cursor(alice: Person) -> None:
    alice.store_batch({"content": "a"}, {"content": "b"})
    assert "next_cursor" not in page(alice, limit=2)


def test_a_memory_stored_meanwhile_does_not_shift_the_pages(alice: Person) -> None:
    alice.store_batch(*({"content": c} for c in "abcd"))
    first = page(alice, limit=2)
    alice.store("e")
    assert listed(alice, limit=2, cursor=first["next_cursor"]) == ["b", "a"]


def test_a_cursor_whose_memory_was_forgotten_says_so(alice: Person) -> None:
    alice.store_batch(*({"content": c} for c in "abc"))
    cursor = page(alice, limit=1)["next_cursor"]
    alice.forget(ids=[cursor])
    assert page(alice, cursor=cursor)["field"] == "cursor"
    assert alice.last.status_code == 422


@pytest.mark.parametrize(
    "condition",
    [{"agent": "a"}, {"user": "u"}, {"author": "w"}, {"session": "s"}, {"memory_type": "working"}],
    ids=lambda condition: next(iter(condition)),
)
def test_a_listing_can_be_narrowed_by_each_field(alice: Person, condition: dict[str, str]) -> None:
    alice.store_batch({"content": "in", **condition}, {"content": "out"})
    assert listed(alice, **condition) == ["in"]


def test_a_listing_can_be_narrowed_by_any_tag_and_by_time(alice: Person) -> None:
    now = clock.now()
    for content, tags, days in (("old", ["x"], 10), ("new", ["y", "z"], 1), ("bare", [], 5)):
        grain_store(caller=alice.caller, draft=Draft(content, tags=tags), now=now - timedelta(days=days))
    week = (now - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert listed(alice, tags="x,z") == ["new", "old"]
    assert listed(alice, before=week) == ["old"]
    assert listed(alice, after=week) == ["new", "bare"]


def test_a_listing_shows_nothing_of_another_namespace(alice: Person, bob: Person) -> None:
    alice.store("hers")
    assert page(bob)["total"] == 0
    assert page(bob, namespace=alice.namespace.name)["code"] == "forbidden"


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"cursor": "x"}, {"before": "x"}, {"memory_type": "x"}]
)
def test_bad_parameters_of_a_listing_are_refused(alice: Person, params: dict[str, object]) -> None:
    answer = page(alice, **params)
    assert alice.last.status_code in {400, 422}
    assert answer["field"] in params


def test_counting_counts_what_matches(alice: Person) -> None:
    grain_store_batch(caller=alice.caller, drafts=[Draft("a", agent="x"), Draft("b", agent="x"), Draft("c")])
    assert grain_count(caller=alice.caller) == 3
    assert grain_count(caller=alice.caller, where=Filter(agent="x")) == 2

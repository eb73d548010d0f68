"""Updating: new content is a new version, and the old one is found only by who looks back."""

from datetime import timedelta
from uuid import uuid4

import pytest

import clock
from accounts.door import tenant
from grains.drafts import Draft
from grains.models import Passage, Version
from grains.services.store import grain_store
from tests.people import Person

OLD, NEW = "The office moved to Lisbon.", "Headquarters are in Oslo now."


def test_new_content_is_a_new_version_of_the_same_grain(alice: Person) -> None:
    id_ = alice.store(OLD)["id"]
    answer = alice.update(id=id_, content=NEW)
    assert alice.last.status_code == 200
    assert (answer["id"], answer["version"], set(answer)) == (id_, 2, {"id", "version", "updated_at"})
    found = alice.inspect(id_)
    assert (found["content"], found["version"], found["versions"]) == (NEW, 2, 2)


def test_the_old_content_is_not_found_by_its_words_any_more(alice: Person) -> None:
    id_ = alice.store(OLD)["id"]
    assert alice.recalled("Lisbon")["memories"][0]["provenance"] == ["vector", "fts"]
    alice.update(id=id_, content=NEW)
    (found,) = alice.recalled("Lisbon")["memories"]
    assert (found["memory"]["content"], found["provenance"]) == (NEW, ["vector"])
    assert alice.recalled("Oslo")["memories"][0]["provenance"] == ["vector", "fts"]


def test_who_looks_back_finds_the_old_content(alice: Person) -> None:
    past = clock.now() - timedelta(days=2)
    id_ = str(grain_store(caller=alice.caller, draft=Draft(OLD), now=past).id)
    alice.update(id=id_, content=NEW)
    yesterday = (past + timedelta(days=1)).isoformat()
    assert alice.recall("office", as_of=yesterday) == [OLD]
    assert alice.recall("office") == [NEW]


def test_the_passages_of_the_past_version_are_kept_but_not_current(alice: Person) -> None:
    id_ = alice.store(OLD)["id"]
    alice.update(id=id_, content=NEW)
    with tenant(alice.caller):
        rows = sorted(Passage.objects.values_list("version", "current"))
        ended = [version.ended_at is not None for version in Version.objects.order_by("n")]
    assert rows == [(1, False), (2, True)]
    assert ended == [True, False]


def test_tags_alone_change_the_version_number_but_not_the_content(alice: Person) -> None:
    id_ = alice.store(OLD, tags=["old"])["id"]
    assert alice.update(id=id_, tags=["new", "newer"])["version"] == 2
    found = alice.inspect(id_)
    assert (found["content"], found["tags"], found["versions"]) == (OLD, ["new", "newer"], 1)
    assert alice.recall("Lisbon", tags=["newer"]) == [OLD]
    assert alice.recall("Lisbon", tags=["old"]) == []


def test_content_after_tags_still_opens_a_new_version(alice: Person) -> None:
    id_ = alice.store(OLD)["id"]
    alice.update(id=id_, tags=["x"])
    assert alice.update(id=id_, content=NEW)["version"] == 3
    assert alice.recall("Oslo") == [NEW]


def test_every_other_field_can_be_changed_alone(alice: Person) -> None:
    id_ = alice.store(OLD, metadata={"a": 1, "b": 2})["id"]
    for change in ({"memory_type": "procedural"}, {"importance": 0.25}, {"metadata": {"a": 3}}):
        alice.update(id=id_, **change)
        found = alice.inspect(id_)
        assert {name: found[name] for name in change} == change


def test_if_version_lets_the_current_one_through_and_refuses_a_moved_one(alice: Person) -> None:
    id_ = alice.store(OLD)["id"]
    assert alice.update(id=id_, content=NEW, if_version=1)["version"] == 2
    answer = alice.update(id=id_, content="A third.", if_version=1)
    assert (alice.last.status_code, answer["code"], answer["field"]) == (412, "version_moved", "if_version")
    assert alice.inspect(id_)["content"] == NEW


def test_content_that_another_memory_has_is_a_conflict_and_changes_nothing(alice: Person) -> None:
    alice.store(NEW)
    id_ = alice.store(OLD)["id"]
    answer = alice.update(id=id_, content=NEW, tags=["changed"])
    assert (alice.last.status_code, answer["code"]) == (409, "conflict")
    found = alice.inspect(id_)
    assert (found["content"], found["version"], found["tags"]) == (OLD, 1, [])


def test_writing_its_own_content_again_is_no_conflict(alice: Person) -> None:
    id_ = alice.store(OLD)["id"]
    alice.update(id=id_, content=OLD)
    assert alice.last.status_code == 200


def test_the_old_content_may_be_stored_anew_after_an_update(alice: Person) -> None:
    id_ = alice.store(OLD)["id"]
    alice.update(id=id_, content=NEW)
    assert alice.store(OLD)["id"] != id_
    assert alice.store(NEW) == {"id": id_, "version": 2, "duplicate": True}


def test_an_unknown_id_and_somebody_elses_are_404(alice: Person, bob: Person) -> None:
    hers = alice.store(OLD)["id"]
    for id_ in (str(uuid4()), hers):
        assert bob.update(id=id_, content=NEW)["code"] == "not_found"
        assert bob.last.status_code == 404
    assert alice.inspect(hers)["content"] == OLD


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"content": " "},
        {"content": "x" * 32769},
        {"content": "nul \0"},
        {"tags": ["t" * 257]},
        {"tags": ["t"] * 0, "importance": 3},
        {"memory_type": "odd"},
        {"metadata": []},
        {"if_version": 0, "content": "x"},
        {"if_version": "1", "content": "x"},
    ],
)
def test_a_bad_change_is_refused_and_changes_nothing(alice: Person, change: dict[str, object]) -> None:
    id_ = alice.store(OLD)["id"]
    answer = alice.update(id=id_, **change)
    assert alice.last.status_code in {400, 422}
    assert set(answer) == {"error", "code", "field"}
    assert alice.inspect(id_)["version"] == 1

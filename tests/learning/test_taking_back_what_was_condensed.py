"""One memory is taken back out of a summary or a merge: it stands for itself again, and stays so."""

from typing import Any

import pytest

from tests.learning.background import done, status_of
from tests.learning.facts_at_hand import episodic, fact
from tests.learning.test_lifecycle import moved
from tests.people import Person

ONE, OTHER = "The spare key hangs in the shed.", "Note: The spare key hangs in the shed."


@pytest.fixture
def condensed(alice: Person, settings: Any) -> list[str]:
    """Nine memories, of which the oldest five are in a summary."""
    settings.SUMMARIZATION_THRESHOLD, settings.SUMMARIZATION_BATCH_SIZE = 6, 5
    ids = episodic(alice, 9)
    done(alice, "summarise")
    assert status_of(alice, ids[0]) == "archived"
    return ids


def restored(person: Person, id_: str, way: str) -> None:
    if way == "restore":
        assert person.call("post", "/v1/restore", {"ids": [id_]}) == {"restored": 1}
    else:
        assert moved(person, "active", id_)["moved"] == 1


@pytest.mark.parametrize("way", ["restore", "lifecycle"])
def test_it_is_not_stale_behind_the_summary(alice: Person, condensed: list[str], way: str) -> None:
    restored(alice, condensed[0], way)
    line = next(one for one in alice.recalled(fact(0))["memories"] if one["memory"]["id"] == condensed[0])
    assert not line["stale"]
    assert "superseded_by" not in line


@pytest.mark.parametrize("way", ["restore", "lifecycle"])
def test_it_is_not_condensed_again(alice: Person, condensed: list[str], way: str) -> None:
    restored(alice, condensed[0], way)
    for n in range(20, 28):
        alice.store(fact(n), agent="assistant", user="sam", memory_type="episodic")
    assert done(alice, "summarise").counts["summary"] >= 1
    assert status_of(alice, condensed[0]) == "active"


def test_it_is_in_the_journal_and_undoing_that_puts_it_back_behind_the_summary(
    alice: Person, condensed: list[str]
) -> None:
    successor = alice.inspect(condensed[0])["superseded_by"]
    restored(alice, condensed[0], "restore")
    (entry,) = alice.call("get", "/v1/admin/journal?kind=restore")["entries"]
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert (status_of(alice, condensed[0]), alice.inspect(condensed[0])["superseded_by"]) == ("archived", successor)


def test_undoing_the_summary_afterwards_restores_the_others(alice: Person, condensed: list[str]) -> None:
    restored(alice, condensed[0], "restore")
    (entry,) = alice.call("get", "/v1/admin/journal?kind=summary")["entries"]
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert alice.last.status_code == 200
    assert {status_of(alice, id_) for id_ in condensed} == {"active"}


def test_what_was_merged_comes_back_and_is_not_merged_again(alice: Person) -> None:
    ids = [alice.store(content)["id"] for content in (ONE, OTHER)]
    alice.call("post", "/v1/consolidate", {"threshold": 0.8})
    (gone,) = [id_ for id_ in ids if status_of(alice, id_) == "archived"]
    restored(alice, gone, "restore")
    assert alice.call("post", "/v1/consolidate", {"threshold": 0.8})["groups"] == []
    assert {status_of(alice, id_) for id_ in ids} == {"active"}
    assert not any(one["stale"] for one in alice.recalled(ONE)["memories"])


def test_what_an_update_has_replaced_stays_replaced(alice: Person) -> None:
    old, new = (alice.store(content)["id"] for content in ("The code is 1234.", "The code is 9876 now."))
    alice.call("post", "/v1/feedback", {"id": old, "action": "supersede", "superseded_by": new})
    moved(alice, "archived", old)
    restored(alice, old, "restore")
    assert alice.inspect(old)["superseded_by"] == new


def test_bob_takes_nothing_of_alices_back(alice: Person, bob: Person, condensed: list[str]) -> None:
    bob.call("post", "/v1/restore", {"ids": [condensed[0]]})
    assert bob.last.status_code == 404
    assert status_of(alice, condensed[0]) == "archived"

"""Memories are put to sleep, archived, woken and restored: by hand or because somebody asked for them."""

from datetime import timedelta
from typing import Any

import pytest

import clock
from accounts.scopes import Role
from grains.models import Status
from learning.jobs import job_perform
from learning.lifecycle.transitions import BY_HAND, LEGAL, may_move
from tests.learning.background import done, status_of
from tests.people import Person

LIFECYCLE = "/v1/admin/lifecycle"


def moved(person: Person, status: str, *ids: str) -> Any:
    return person.call("post", LIFECYCLE, {"ids": list(ids), "status": status})


def asleep(person: Person, content: str = "The safe code is 4711.", **fields: Any) -> str:
    id_ = str(person.store(content, **fields)["id"])
    moved(person, "dormant", id_)
    return id_


@pytest.mark.parametrize("status", ["dormant", "archived"])
def test_put_away_it_is_not_recalled_and_comes_back_when_asked(alice: Person, status: str) -> None:
    id_ = alice.store("The safe code is 4711.")["id"]
    assert moved(alice, status, id_) == {"status": status, "moved": 1}
    assert alice.recall("safe code") == []
    moved(alice, "active", id_)
    assert alice.recall("safe code") == ["The safe code is 4711."]


def test_moving_twice_is_moving_once(alice: Person) -> None:
    id_ = asleep(alice)
    assert moved(alice, "dormant", id_)["moved"] == 0
    assert len(alice.call("get", "/v1/admin/journal")["entries"]) == 1


def test_every_move_is_in_the_journal_and_can_be_undone(alice: Person) -> None:
    id_ = asleep(alice)
    (entry,) = alice.call("get", "/v1/admin/journal")["entries"]
    assert (entry["kind"], entry["after"]) == ("move", {"grain.status": {id_: "dormant"}})
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert status_of(alice, id_) == "active"


def test_what_waits_for_a_verdict_is_not_made_active_by_hand(alice: Person) -> None:
    id_ = alice.store("The safe is green.")["id"]
    alice.call("post", "/v1/feedback", {"id": id_, "action": "reject"})
    assert moved(alice, "active", id_)["code"] == "illegal_move"
    assert alice.last.status_code == 409
    assert status_of(alice, id_) == "contested"


def test_a_memory_with_an_active_twin_does_not_come_back(alice: Person) -> None:
    id_ = alice.store("The safe code is 4711.")["id"]
    moved(alice, "archived", id_)
    alice.store("The safe code is 4711.")
    moved(alice, "active", id_)
    assert alice.last.status_code == 409
    assert status_of(alice, id_) == "archived"


def test_a_dormant_memory_that_is_asked_for_wakes(alice: Person) -> None:
    id_ = asleep(alice)
    assert alice.recall("What is the safe code?") == []
    assert done(alice, "revive").counts["revived"] == 1
    assert status_of(alice, id_) == "active"
    assert alice.recall("What is the safe code?") == ["The safe code is 4711."]
    entry = alice.call("get", "/v1/admin/journal")["entries"][0]
    assert (entry["kind"], entry["cause"]["job"]) == ("revive", "revive")


def test_of_two_that_say_the_same_one_wakes(alice: Person) -> None:
    first = asleep(alice)
    second = asleep(alice)
    alice.recall("What is the code of the safe?")
    done(alice, "revive", clock.now() + timedelta(minutes=1))
    assert sorted(status_of(alice, id_) for id_ in (first, second)) == ["active", "dormant"]


def test_one_that_nobody_asks_for_sleeps_on(alice: Person) -> None:
    id_ = asleep(alice)
    alice.recall("When is the dentist's appointment?")
    assert done(alice, "revive").counts == {}
    assert status_of(alice, id_) == "dormant"


def test_archived_memories_are_not_woken_by_questions(alice: Person) -> None:
    id_ = alice.store("The safe code is 4711.")["id"]
    moved(alice, "archived", id_)
    alice.recall("What is the safe code?")
    done(alice, "revive")
    assert status_of(alice, id_) == "archived"


def test_a_recall_for_one_user_wakes_nothing_of_another(alice: Person) -> None:
    his, hers = asleep(alice, user="kim"), asleep(alice, "The safe code is 4712.", user="lee")
    alice.recall("What is the safe code?", user="lee")
    done(alice, "revive")
    assert (status_of(alice, his), status_of(alice, hers)) == ("dormant", "active")


def test_a_recall_wakes_once(alice: Person) -> None:
    id_ = asleep(alice)
    alice.recall("What is the safe code?")
    done(alice, "revive")
    moved(alice, "dormant", id_)
    done(alice, "revive", now=clock.now() + timedelta(minutes=5))
    assert status_of(alice, id_) == "dormant"


def test_bobs_question_wakes_nothing_of_alices(alice: Person, bob: Person) -> None:
    id_ = asleep(alice)
    asleep(bob, "bob's own sleeping fact")
    bob.recall("What is the safe code?")
    done(bob, "revive")
    done(alice, "revive")
    assert status_of(alice, id_) == "dormant"
    moved(bob, "active", id_)
    assert bob.last.status_code == 404


def test_switched_off_nothing_wakes(alice: Person) -> None:
    alice.call("patch", "/v1/admin/settings", {"revive_from": 1.01})
    id_ = asleep(alice)
    alice.recall("What is the safe code?")
    assert job_perform(name="revive", namespace=alice.namespace).state == "done"
    assert status_of(alice, id_) == "dormant"


def test_the_page_counts_all_and_lists_the_latest(alice: Person) -> None:
    awake, sleeping = alice.store("The safe is green.")["id"], asleep(alice)
    archived = alice.store("The safe is old.")["id"]
    moved(alice, "archived", archived)
    page = alice.call("get", LIFECYCLE)
    assert {name: n for name, n in page["summary"].items() if n} == {
        "active": 1,
        "dormant": 1,
        "archived": 1,
        "total": 3,
    }
    assert {memory["id"] for memory in page["memories"]} == {awake, sleeping}
    assert {memory["low_trust"] for memory in page["memories"]} == {False}
    assert [memory["id"] for memory in alice.call("get", f"{LIFECYCLE}?status=archived")["memories"]] == [archived]
    assert alice.call("get", f"{LIFECYCLE}?status=candidate&limit=1")["memories"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ids": [], "status": "archived"}, 422),
        ({"status": "archived"}, 422),
        ({"ids": ["x"], "status": "archived"}, 422),
        ({"ids": ["00000000-0000-7000-8000-000000000000"], "status": "archived"}, 404),
        ({"ids": ["00000000-0000-7000-8000-000000000000"], "status": "stale"}, 422),
    ],
)
def test_bad_requests_move_nothing(alice: Person, body: Any, status: int) -> None:
    alice.call("post", LIFECYCLE, body)
    assert alice.last.status_code == status


def test_only_admins_move(alice: Person) -> None:
    id_ = alice.store("The safe is green.")["id"]
    writer = alice.with_role(Role.WRITER)
    moved(writer, "archived", id_)
    assert writer.last.status_code == 403


def test_by_hand_is_a_part_of_what_is_legal_and_everything_comes_back() -> None:
    assert all(BY_HAND[status] <= LEGAL[status] for status in Status)
    assert all(may_move(status, Status.ARCHIVED) for status in Status)
    assert all(Status.ACTIVE in LEGAL[status] for status in Status if status != Status.ACTIVE)
    assert not may_move(Status.CONTESTED, Status.ACTIVE, by_hand=True)
    assert may_move(Status.STALE, Status.STALE)

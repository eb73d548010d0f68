"""Memories that no longer hold are marked and stand behind what took their place; a strict recall leaves them out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import clock
from accounts.door import tenant
from grains.drafts import Draft
from grains.models import Grain, Status, Vitals
from grains.services.judge import grain_judge
from grains.services.store import grain_store
from retrieval.freshness import stale_because
from tests.people import Person

NOW = clock.now()


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def stored(person: Person, content: str, days: float = 0, **fields: Any) -> str:
    draft = Draft(content, **fields)
    return str(grain_store(caller=person.caller, draft=draft, now=NOW - timedelta(days=days)).id)


def supersede(person: Person, old: str, new: str) -> None:
    body = {"id": old, "action": "supersede", "superseded_by": new}
    assert person.call("post", "/v1/feedback", body)["status"] == "stale"


def put(person: Person, id_: str, status: Status) -> None:
    with tenant(person.caller):
        Grain.objects.filter(id=id_).update(status=status, updated_at=clock.now())


def found(person: Person, query: str, **fields: Any) -> list[tuple[str, bool]]:
    answer = person.recalled(query, **fields)
    return [(one["memory"]["content"], one["stale"]) for one in answer["memories"]]


OLD, NEW, NEWEST = "The office is in Lisbon.", "The company's premises are now in Oslo.", "Our rooms are in Rome today."


def test_what_took_its_place_comes_first_however_the_question_is_put(alice: Person) -> None:
    old, new = alice.store(OLD)["id"], alice.store(NEW)["id"]
    assert found(alice, "Is the office in Lisbon?")[0][0] == OLD
    supersede(alice, old, new)
    first, second = alice.recalled("Is the office in Lisbon?")["memories"]
    assert (first["memory"]["content"], first["stale"], first["supersedes"]) == (NEW, False, [old])
    assert (second["memory"]["content"], second["stale_because"], second["superseded_by"]) == (OLD, ["superseded"], new)
    assert first["score"] >= second["score"]


def test_a_chain_of_successors_is_in_order(alice: Person) -> None:
    ids = [alice.store(content)["id"] for content in (OLD, NEW, NEWEST)]
    supersede(alice, ids[0], ids[1])
    supersede(alice, ids[1], ids[2])
    assert [content for content, _ in found(alice, "Is the office in Lisbon?")] == [NEWEST, NEW, OLD]


def test_a_successor_that_nothing_in_the_question_finds_is_brought_along(alice: Person) -> None:
    alice.store_batch(*({"content": f"The office in Lisbon has desk number {n}."} for n in range(80)))
    old, new = alice.store(OLD)["id"], alice.store("Zwölf Boxkämpfer jagen Viktor.")["id"]
    supersede(alice, old, new)
    contents = [content for content, _ in found(alice, "Where is the office?", limit=100)]
    assert contents.index("Zwölf Boxkämpfer jagen Viktor.") < contents.index(OLD)


def test_a_filter_keeps_a_successor_out_and_the_old_one_stays_marked(alice: Person) -> None:
    old, new = alice.store(OLD, agent="a")["id"], alice.store(NEW, agent="b")["id"]
    supersede(alice, old, new)
    (one,) = alice.recalled("Where is the office?", agent="a")["memories"]
    assert (one["memory"]["content"], one["superseded_by"]) == (OLD, new)


def test_a_strict_recall_leaves_out_the_superseded(alice: Person) -> None:
    supersede(alice, alice.store(OLD)["id"], alice.store(NEW)["id"])
    assert found(alice, "Where is the office?", strict=True) == [(NEW, False)]


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"valid_to": NOW - timedelta(days=1)}, "expired"),
        ({"valid_from": NOW + timedelta(days=1)}, "not_yet_valid"),
        ({"review_by": NOW - timedelta(days=1)}, "review_due"),
    ],
)
def test_dates_make_stale(alice: Person, fields: dict[str, datetime], because: str) -> None:
    stored(alice, OLD, 30, **fields)
    (one,) = alice.recalled("Where is the office?")["memories"]
    assert (one["stale"], one["stale_because"]) == (True, [because])
    assert found(alice, "Where is the office?", strict=True) == []


def test_the_questions_own_time_decides(alice: Person) -> None:
    stored(alice, OLD, 30, valid_to=NOW - timedelta(days=1))
    assert found(alice, "Where is the office?", strict=True, now=ago(2)) == [(OLD, False)]
    assert found(alice, "Where is the office?", strict=True, now=ago(0.5)) == []


def test_a_confirmation_after_the_review_date_puts_it_off_and_a_recall_does_not(alice: Person) -> None:
    id_ = stored(alice, OLD, 30, review_by=NOW - timedelta(days=1))
    for _ in range(3):
        assert found(alice, "Where is the office?") == [(OLD, True)]
    with tenant(alice.caller):
        assert Vitals.objects.get().last_verified_at is None
    alice.call("post", "/v1/feedback", {"id": id_, "action": "confirm"})
    (one,) = alice.recalled("Where is the office?", strict=True)["memories"]
    assert one["stale"] is False
    assert one["last_verified_at"]


def test_what_was_put_away_is_returned_when_asked_for_only(alice: Person) -> None:
    for status in (Status.ARCHIVED, Status.DORMANT, Status.CONTESTED):
        put(alice, alice.store(f"The {status} office is in Lisbon.")["id"], status)
    assert found(alice, "office") == []
    assert found(alice, "office", include=["archived"]) == [("The archived office is in Lisbon.", False)]
    assert len(found(alice, "office", include=["archived", "dormant", "contested"])) == 3
    assert found(alice, "office", status="dormant") == [("The dormant office is in Lisbon.", False)]


def test_what_is_quarantined_is_never_returned(alice: Person) -> None:
    put(alice, alice.store(OLD)["id"], Status.QUARANTINED)
    everything = ["archived", "dormant", "contested"]
    assert found(alice, "office", include=everything) == found(alice, "office", as_of=ago(-1)) == []
    for asked in ({"include": ["quarantined"]}, {"status": "quarantined"}):
        alice.recalled("office", **asked)
        assert alice.last.status_code == 422


def test_memories_that_were_put_away_do_not_crowd_out_the_others(alice: Person) -> None:
    away = alice.store_batch(*({"content": f"The office in Lisbon has room {n}."} for n in range(90)))["stored"]
    with tenant(alice.caller):
        Grain.objects.filter(id__in=[one["id"] for one in away]).update(status=Status.ARCHIVED)
    alice.store("Visitors park behind the bakery.")
    assert found(alice, "The office in Lisbon, which room?") == [("Visitors park behind the bakery.", False)]


def test_the_past_knows_no_successor_of_later(alice: Person) -> None:
    old, new = stored(alice, OLD, 30), stored(alice, NEW, 10)
    grain_judge(caller=alice.caller, id=UUID(old), action="supersede", superseded_by=UUID(new))
    for asked in ({}, {"strict": True}):
        (one,) = alice.recalled("Where is the office?", as_of=ago(20), **asked)["memories"]
        assert (one["memory"]["content"], one["stale"], one.get("superseded_by")) == (OLD, False, None)
    assert [content for content, _ in found(alice, "office", as_of=ago(5))] == [NEW, OLD]
    assert found(alice, "office", as_of=ago(5), strict=True) == [(NEW, False)]


def test_what_was_put_away_since_is_there_in_the_past(alice: Person, time_machine) -> None:
    id_ = stored(alice, OLD, 30)
    time_machine.move_to(NOW - timedelta(days=10))
    put(alice, id_, Status.ARCHIVED)
    time_machine.move_to(NOW)
    assert found(alice, "office", as_of=ago(20)) == [(OLD, False)]
    assert found(alice, "office", as_of=ago(5)) == []


def test_pages_keep_what_was_put_away_since_out(alice: Person) -> None:
    ids = [one["id"] for one in alice.store_batch(*({"content": f"Office room {n}."} for n in range(6)))["stored"]]
    first = alice.recalled("office", limit=2)
    shown = {one["memory"]["id"] for one in first["memories"]}
    gone = next(id_ for id_ in ids if id_ not in shown)
    put(alice, gone, Status.ARCHIVED)
    second = alice.recalled("office", limit=10, cursor=first["next_cursor"])
    assert {one["memory"]["id"] for one in second["memories"]} == set(ids) - shown - {gone}


def test_a_confirmation_before_the_review_date_does_not_count() -> None:
    due = datetime(2026, 6, 1, tzinfo=UTC)
    grain, later = Grain(review_by=due), due + timedelta(days=1)
    assert stale_because(grain, due - timedelta(days=1), later) == ["review_due"]
    assert stale_because(grain, due, later) == stale_because(grain, None, due - timedelta(days=1)) == []


def test_bob_sees_nothing_of_alices_succession(alice: Person, bob: Person) -> None:
    supersede(alice, alice.store(OLD)["id"], alice.store(NEW)["id"])
    assert bob.recalled("Where is the office?")["memories"] == []

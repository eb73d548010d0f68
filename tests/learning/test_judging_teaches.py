"""Verdicts on a memory itself teach the question that showed it: half as much as rating the recall."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

import clock
from accounts.door import tenant
from accounts.scopes import Role
from retrieval.models import Rating
from tests.learning.graphs import ASKED, KEY, OTHER, REWORDED, place, rate, switch, taught
from tests.people import Person


@pytest.fixture
def house(alice: Person) -> Any:
    return taught(alice)


def judge(person: Person, id_: str, action: str, **more: Any) -> None:
    answer = person.call("post", "/v1/feedback", {"id": id_, "action": action, **more})
    assert person.last.status_code == 200, answer


def ratings(person: Person) -> list[tuple[str, bool, float]]:
    with tenant(person.caller):
        return [(str(one.grain_id), one.useful, one.strength) for one in Rating.objects.order_by("at")]


def signal(person: Person, query: str, content: str) -> float:
    """What the graph adds to a memory's place in the answer to a query."""
    told = person.call("post", "/v1/admin/query-explain", {"query": query, "limit": 12})
    (entry,) = [one for one in told["final_results"] if one["memory"]["content"] == content]
    return float(entry["signals"].get("learned", 0.0))


def test_what_is_confirmed_after_a_recall_comes_first_when_the_same_is_asked_again(alice: Person, house: Any) -> None:
    before = place(alice, ASKED, KEY)
    judge(alice, house[KEY], "confirm")
    assert place(alice, ASKED, KEY) <= before
    assert signal(alice, ASKED, KEY) > 0.1
    assert signal(alice, REWORDED, KEY) > 0


def test_it_teaches_less_than_a_rating_of_the_recall(alice: Person, bob: Person) -> None:
    hers, _ = taught(alice), taught(bob)
    alice.recalled(ASKED, limit=12)
    judge(alice, hers[KEY], "confirm")
    rate(bob, ASKED, useful=[KEY])
    assert 0 < signal(alice, ASKED, KEY) < signal(bob, ASKED, KEY)


def test_what_is_rejected_is_blamed_for_the_question_and_confirming_takes_it_back(alice: Person, house: Any) -> None:
    alice.recalled(ASKED, limit=12)
    judge(alice, house[KEY], "reject")
    assert ratings(alice) == [(house[KEY], False, 0.5)]
    judge(alice, house[KEY], "confirm")
    assert ratings(alice) == [(house[KEY], True, 0.5)]
    assert signal(alice, ASKED, KEY) > 0


def test_a_successor_in_the_same_recall_is_praised(alice: Person, house: Any) -> None:
    old = alice.store("The spare key hangs in the shed.")["id"]
    alice.recalled(ASKED, limit=13)
    judge(alice, old, "supersede", superseded_by=house[KEY])
    assert sorted(ratings(alice)) == sorted([(old, False, 0.5), (house[KEY], True, 0.5)])


def test_what_was_rated_before_stays_as_it_was_said(alice: Person, house: Any) -> None:
    rate(alice, ASKED, useful=[KEY])
    judge(alice, house[KEY], "confirm")
    judge(alice, house[KEY], "confirm")
    assert ratings(alice) == [(house[KEY], True, 1.0)]


def test_only_a_recall_of_the_same_key_within_a_day_is_taught(alice: Person, house: Any) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=25)):
        alice.recalled(ASKED, limit=12)
    alice.with_role(Role.ADMIN).recalled(ASKED, limit=12)
    judge(alice, house[KEY], "confirm")
    assert ratings(alice) == []


def test_a_question_that_did_not_show_it_is_not_taught(alice: Person, house: Any) -> None:
    alice.recalled(OTHER, limit=1)
    judge(alice, house[KEY], "confirm")
    assert ratings(alice) == []


def test_a_verdict_that_is_refused_teaches_nothing(alice: Person, house: Any) -> None:
    alice.recalled(ASKED, limit=12)
    alice.call("post", "/v1/feedback", {"id": house[KEY], "action": "supersede"})
    assert alice.last.status_code == 400
    assert ratings(alice) == []


def test_where_learning_is_off_the_verdict_counts_and_teaches_nothing(alice: Person, house: Any) -> None:
    switch(alice, learning=False)
    alice.recalled(ASKED, limit=12)
    judge(alice, house[KEY], "confirm")
    switch(alice, learning=True)
    assert signal(alice, ASKED, KEY) == 0
    assert alice.inspect(house[KEY])["evidence_count"] == 2


def test_bobs_verdict_on_alices_memory_teaches_nobody(alice: Person, bob: Person, house: Any) -> None:
    alice.recalled(ASKED, limit=12)
    bob.call("post", "/v1/feedback", {"id": house[KEY], "action": "confirm"})
    assert bob.last.status_code == 404
    assert ratings(alice) == ratings(bob) == []

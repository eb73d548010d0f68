"""The decision: what calibration says, unless the best memory is doubtful."""

import time_machine

import clock
from accounts.door import tenant
from grains.models import Grain
from retrieval.services.reputation import Rated, outcome_rated, source_rated
from tests.people import Person

HERON, QUESTION = "The heron lives behind the boathouse of Ida.", "Where does Ida's heron live, behind the boathouse?"


def test_a_good_memory_is_injected_with_reasons(alice: Person) -> None:
    alice.store(HERON)
    answer = alice.recalled(QUESTION)
    assert (answer["decision"], set(answer["reasons"])) == ("inject", {"near_in_meaning", "words_found"})


def test_a_fact_of_400_days_without_votes_is_still_injected(alice: Person) -> None:
    with time_machine.travel("2025-10-01T00:00:00Z"):
        alice.store(HERON)
    with time_machine.travel("2026-11-05T00:00:00Z"):
        answer = alice.recalled(QUESTION)
    (one,) = answer["memories"]
    assert (answer["decision"], one["low_trust"], one["trust_score"]) == ("inject", False, 0.7)


def test_a_memory_that_misled_often_needs_more_evidence(alice: Person) -> None:
    id_ = alice.store(HERON)["id"]
    with tenant(alice.caller):
        grain = Grain.objects.get(id=id_)
        outcome_rated(caller=alice.caller, rated=[Rated(grain, misled=20.0)])
    answer = alice.recalled(QUESTION)
    assert (answer["decision"], answer["reasons"][0]) == ("need_more_evidence", "low_trust")
    assert answer["memories"][0]["low_trust"] is True


def test_a_bad_source_lowers_the_trust_of_all_that_came_from_it(alice: Person) -> None:
    id_ = alice.store(HERON, author="Max")["id"]
    alice.store("The otter lives under the bridge.", author="Max")
    with tenant(alice.caller):
        source_rated(caller=alice.caller, rated=[Rated(Grain.objects.get(id=id_), misled=10.0)], now=clock.now())
    (otter,) = [
        one for one in alice.recalled("Where does the otter live?")["memories"] if "otter" in str(one["memory"])
    ]
    assert otter["trust_score"] < 0.5


def test_a_stale_memory_needs_more_evidence(alice: Person) -> None:
    alice.store(HERON, valid_to="2026-01-01T00:00:00Z")
    answer = alice.recalled(QUESTION)
    assert (answer["decision"], answer["reasons"][0]) == ("need_more_evidence", "stale")


def test_a_memory_that_somebody_rejected_needs_more_evidence(alice: Person) -> None:
    id_ = alice.store(HERON, provenance="user_stated")["id"]
    alice.call("post", "/v1/feedback", {"id": id_, "action": "reject"})
    answer = alice.recalled(QUESTION, include=["contested"])
    assert (answer["decision"], "contested" in answer["reasons"]) == ("need_more_evidence", True)


def test_a_superseded_memory_whose_successor_stands_before_it_is_no_doubt(alice: Person) -> None:
    old, new = alice.store(HERON)["id"], alice.store("Ida's heron now lives behind the mill, not the boathouse.")["id"]
    alice.call("post", "/v1/feedback", {"id": old, "action": "supersede", "superseded_by": new})
    assert alice.recalled(QUESTION)["decision"] == "inject"


def test_the_decision_is_in_the_receipt(alice: Person) -> None:
    alice.store(HERON, valid_to="2026-01-01T00:00:00Z")
    answer = alice.recalled(QUESTION, explain=True)
    assert answer["decision"] == "need_more_evidence"
    told = alice.call("post", "/v1/admin/query-explain", {"query": QUESTION})
    assert told["decision"] == "need_more_evidence"

"""Every number of an answer is told, so that anybody can compute the scores again; own namespace only."""

import math
from typing import Any
from uuid import uuid4

import pytest

from accounts.scopes import Role, Scope
from accounts.services.keys import key_create
from tests.people import Person

ANIMALS, PLACES = ("cat", "dog", "owl", "fox"), ("den", "barn", "oak", "hall", "shed", "loft")
QUESTION = "Where does the owl of room B2.71 live?"


@pytest.fixture
def zoo(alice: Person) -> Person:
    facts = [f"The {animal} lives in the {place}." for animal in ANIMALS for place in PLACES]
    turns = [
        {"content": "Ana: where does the owl sleep?", "author": "Ana", "session": "s", "importance": 1.5},
        {"content": "In room B2.71, behind the oak.", "author": "Ben", "session": "s", "confidence": 0.5},
    ]
    alice.store_batch(*({"content": fact} for fact in facts), *turns)
    return alice


def explained(person: Person, query: str = QUESTION, **fields: Any) -> Any:
    return person.call("post", "/v1/admin/query-explain", {"query": query, **fields})


def again(told: Any, entry: Any) -> float:
    """The score, computed from what is told alone."""
    total = sum(entry["signals"].values())
    if told["profile"] != "garner":
        return float(min(max(total, 0.0), 1.0))
    scale = told["calibration"]
    share = math.exp(-scale["gap"] * (scale["best"] - total))
    return float(share / (1 + math.exp(-sum(scale["terms"].values()))))


@pytest.mark.parametrize("profile", ["garner", "memoryoss", "memex", "flux"])
def test_the_scores_can_be_computed_again(zoo: Person, profile: str) -> None:
    told = explained(zoo, profile=profile)
    assert len(told["final_results"]) == 10
    for entry in told["final_results"]:
        assert again(told, entry) == pytest.approx(entry["final_score"], abs=1e-6)
        assert sum(entry["signals"].values()) == pytest.approx(entry["signal_sum"], abs=1e-6)


def test_memoryosss_channels_weights_and_multipliers_make_its_score(zoo: Person) -> None:
    told = explained(zoo, profile="memoryoss", weights={"vector": 0.6, "fts": 0.4})
    for entry in told["final_results"]:
        factor = math.prod(entry["multipliers"].values())
        scaled = {name: value / factor for name, value in entry["signals"].items()}
        assert all(0 <= scaled[name] <= told["weights"][name] + 1e-6 for name in scaled)
        whole = min(entry["base_score"] + entry["recency_score"], 1.0)
        assert whole == pytest.approx(entry["final_score"], abs=1e-6)
        assert entry["trust_multiplier"] == pytest.approx(0.6 + 0.4 * entry["memory"]["confidence"])


def test_the_explained_recall_is_the_recall(zoo: Person) -> None:
    plain = zoo.recalled(QUESTION)
    told = explained(zoo)
    assert [(e["memory"]["id"], round(e["final_score"], 6)) for e in told["final_results"]] == [
        (one["memory"]["id"], one["score"]) for one in plain["memories"]
    ]
    assert (told["decision"], told["reasons"]) == (plain["decision"], plain["reasons"])


def test_a_recall_can_explain_itself(zoo: Person) -> None:
    answer = zoo.recalled(QUESTION, explain=True, limit=2)
    told = answer["explain"]
    assert [entry["memory"]["id"] for entry in told["results"]] == [one["memory"]["id"] for one in answer["memories"]]
    assert "explain" not in zoo.recalled(QUESTION)


def test_each_channel_tells_its_raw_and_its_normalised_scores(zoo: Person) -> None:
    told = explained(zoo)
    cosines = [one["similarity"] for one in told["vector_results"]]
    assert cosines == sorted(cosines, reverse=True)
    best = max(one["bm25_raw"] for one in told["fts_results"])
    assert all(one["normalized"] == pytest.approx(one["bm25_raw"] / best) for one in told["fts_results"])
    assert {one["score"] for one in told["exact_results"]} == {1.0}
    assert told["identifiers"]


def test_every_candidate_is_returned_or_cut_with_a_reason(zoo: Person) -> None:
    told = explained(zoo, limit=3)
    assert len(told["final_results"]) + len(told["cut"]) == told["candidates"]
    assert {one["reason"] for one in told["cut"]} == {"below_limit"}
    assert [one["rank"] for one in told["cut"]] == list(range(4, told["candidates"] + 1))


@pytest.mark.parametrize(
    ("gate", "value"), [("min_score", 0.9999), ("min_channel", 0.95), ("min_trust", 0.69)], ids=str
)
def test_a_gate_tells_what_it_cut_and_by_how_much(zoo: Person, gate: str, value: float) -> None:
    told = explained(zoo, QUESTION, **{gate: value})
    cut = [one for one in told["cut"] if one["reason"] == gate]
    assert cut
    assert all(one["value"] < one["bound"] == value for one in cut)


def test_filters_in_force_are_told_with_what_they_let_through(zoo: Person) -> None:
    told = explained(zoo, author="Ana", strict=True)
    assert told["filters"]["author"] == "Ana"
    assert told["filters"]["strict"] is True
    assert told["candidate_filter_count"] == 1
    assert explained(zoo)["candidate_filter_count"] is None


def why(person: Person, id_: str, **fields: Any) -> Any:
    return explained(person, why=id_, **fields)["why"]


def test_why_a_memory_was_returned(zoo: Person) -> None:
    best = zoo.recalled(QUESTION)["memories"][0]["memory"]["id"]
    assert why(zoo, best) | {"outcome": "returned", "rank": 1} == why(zoo, best)


def test_why_not_one_that_ranks_too_low(zoo: Person) -> None:
    last = zoo.recalled(QUESTION, limit=100)["memories"][-1]
    told = why(zoo, last["memory"]["id"], limit=5)
    assert (told["outcome"], told["reason"], told["limit"]) == ("cut", "below_limit", 5)
    assert told["rank"] > 5
    fifth = zoo.recalled(QUESTION, limit=5)["memories"][-1]["score"]
    assert told["missed_by"] == pytest.approx(fifth - last["score"], abs=2e-6)


def test_why_not_one_that_a_filter_keeps_out(zoo: Person) -> None:
    id_ = zoo.store("The owl lives upstairs.", agent="a", tags=["t"])["id"]
    told = why(zoo, id_, agent="b", tags=["t", "u"])
    assert (told["outcome"], told["conditions"]) == ("filtered", ["agent"])


def test_why_not_one_that_somebody_rejected(zoo: Person) -> None:
    id_ = zoo.store("The owl lives upstairs.")["id"]
    zoo.call("post", "/v1/feedback", {"id": id_, "action": "reject"})
    assert why(zoo, id_) | {"conditions": ["status"], "status": "contested"} == why(zoo, id_)


def test_why_not_one_that_is_stale_in_a_strict_recall(zoo: Person) -> None:
    id_ = zoo.store("The owl lives upstairs.", valid_to="2020-01-01T00:00:00Z")["id"]
    told = why(zoo, id_, strict=True)
    assert (told["conditions"], told["stale"]) == (["strict"], ["expired"])


def test_why_not_one_that_no_channel_found(alice: Person) -> None:
    alice.store_batch(*({"content": f"The owl number {n} lives in oak {n}."} for n in range(90)))
    far = alice.store("Quarterly invoices are due on receipt.")["id"]
    told = why(alice, far, query="Where does the owl live?")
    assert told["outcome"] == "not_a_candidate"
    vector, words = told["channels"]["vector"], told["channels"]["fts"]
    assert vector["missed_by"] == pytest.approx(vector["cut"] - vector["value"], abs=1e-6)
    assert vector["missed_by"] > 0
    assert (words["value"], words["cut"] > 0) == (0.0, True)


def test_a_memory_of_nobody_and_one_of_bobs_are_not_found(zoo: Person, bob: Person) -> None:
    foreign = bob.store("The owl lives in bob's house.")["id"]
    for id_ in (foreign, str(uuid4())):
        answer = explained(zoo, why=id_)
        assert (zoo.last.status_code, answer["code"], answer["field"]) == (404, "not_found", "why")


def test_an_explanation_names_nothing_of_another_namespace(zoo: Person, bob: Person) -> None:
    secret = bob.store("The owl of room B2.71 lives with bob.")["id"]
    assert secret not in str(explained(zoo))
    answer = explained(zoo, namespace=bob.namespace.name)
    assert (zoo.last.status_code, answer["code"]) == (403, "forbidden")


def test_readers_may_ask_and_keys_that_may_not_recall_may_not(zoo: Person) -> None:
    reader = zoo.with_role(Role.READER)
    explained(reader)
    assert reader.last.status_code == 200
    writer = Person(zoo.namespace, key_create(namespace=zoo.namespace, scopes=frozenset({Scope.STORE})).secret)
    explained(writer)
    assert writer.last.status_code == 403


def test_a_recall_that_finds_nothing_is_explained_too(alice: Person) -> None:
    told = explained(alice)
    assert (told["final_results"], told["cut"], told["decision"]) == ([], [], "abstain")

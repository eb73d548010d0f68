"""What a recall answers with: shape, scores, channels, decision; vectors only when they are asked for."""

import math
from collections.abc import Callable

import pytest

from tests.people import Person

FACTS = (
    "The deployment password is rotated every ninety days.",
    "Our office cat is called Minerva.",
    "The invoice number of the printer is INV-2093.",
    "Ana flies to Lisbon on Friday.",
)


@pytest.fixture(scope="module")
def office(newcomer: Callable[..., Person]) -> Person:
    holder = newcomer("office")
    holder.store_batch(*({"content": fact, "tags": ["t"], "agent": "a"} for fact in FACTS))
    return holder


def test_an_answer_has_the_contracts_shape(office: Person) -> None:
    answer = office.recalled("What is the cat called?")
    assert set(answer) >= {"trace_id", "decision", "reasons", "memories"}
    best = answer["memories"][0]
    assert set(best) >= {"memory", "score", "provenance", "trust_score", "low_trust"}
    memory = best["memory"]
    assert (memory["content"], memory["tags"], memory["agent"]) == (FACTS[1], ["t"], "a")
    assert (memory["namespace"], memory["memory_type"], memory["version"]) == (office.namespace.name, "semantic", 1)
    assert memory["created_at"].endswith("Z")
    assert set(best["provenance"]) == {"vector", "fts"}


def test_scores_fall_and_lie_between_0_and_1(office: Person) -> None:
    scores = [found["score"] for found in office.recalled("the office cat")["memories"]]
    assert len(scores) == len(FACTS)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_fitting_question_is_worth_injecting_and_noise_is_not(office: Person) -> None:
    assert office.recalled("What is the office cat called?")["decision"] == "inject"
    noise = office.recalled("boiling point of tungsten")
    assert noise["decision"] == "abstain"
    assert noise["reasons"]


def test_vectors_come_only_when_they_are_asked_for(office: Person) -> None:
    for asked in ({}, {"include_embeddings": False}, {"include_embeddings": None}):
        assert all("embedding" not in found["memory"] for found in office.recalled("cat", **asked)["memories"])
    for found in office.recalled("cat", include_embeddings=True)["memories"]:
        vector = found["memory"]["embedding"]
        assert len(vector) == 384
        assert math.sqrt(sum(x * x for x in vector)) == pytest.approx(1, abs=0.01)


def test_an_empty_namespace_answers_with_nothing_and_says_so(alice: Person) -> None:
    answer = alice.recalled("anything at all")
    assert (answer["memories"], answer["decision"], answer["reasons"]) == ([], "abstain", ["no_candidates"])


@pytest.mark.parametrize("query", ["INV-2093", "inv-2093", "invoice of the printer?", "2093"])
def test_identifiers_are_found_exactly(office: Person, query: str) -> None:
    assert office.recall(query)[0] == FACTS[2]


ODD = ("???", "-- ;'\"\\ %s %(a)s {0}", "a" * 5000, "the of and", "😀", "x\ty\nz", "%", "' OR 1=1")


@pytest.mark.parametrize("query", ODD)
def test_any_query_is_answered(office: Person, query: str) -> None:
    office.recall(query)
    assert office.last.status_code == 200


def test_what_was_just_stored_is_found_at_once(alice: Person) -> None:
    for n in range(3):
        alice.store(f"Locker {n} is green.")
        assert len(alice.recall("locker")) == n + 1


def test_a_namespace_of_one_author_is_asked_by_name_and_still_found(alice: Person) -> None:
    alice.store_batch(
        {"content": "I adopted a dog.", "author": "Ana Silva"}, {"content": "I adopted a cat.", "author": "Ben"}
    )
    assert alice.recall("What did Ben adopt?")[0] == "I adopted a cat."
    assert alice.recall("What did Ana Silva adopt?")[0] == "I adopted a dog."

"""What is chosen from a ranking: near-duplicates shown once, unlike results on demand, gates, a budget of text."""

from typing import Any

import numpy as np
import pytest

from accounts.door import tenant
from grains.models import Grain
from retrieval.listing import Listing, budgeted, diverse, followed
from tests.people import Person

TWICE = ("The deploy script restarts the staging server.", "The deploy script is restarting the staging server.")
CODES = ("The code of the staging safe is 4711.", "The code of the staging safe is 4712.")


def answer(person: Person, query: str, **fields: Any) -> Any:
    return person.recalled(query, **fields)


def contents(found: Any) -> list[str]:
    return [one["memory"]["content"] for one in found["memories"]]


@pytest.fixture
def shelf(alice: Person) -> Person:
    alice.store_batch(*({"content": content} for content in (*TWICE, *CODES, "Staging is behind the proxy.")))
    return alice


def test_memories_that_say_the_same_are_shown_once_with_the_others_named(shelf: Person) -> None:
    found = answer(shelf, "What does the deploy script restart?", collapse=True)
    (shown,) = [one for one in found["memories"] if one["memory"]["content"] in TWICE]
    (other,) = shown["collapsed"]
    assert {shown["memory"]["content"], other["content"]} == set(TWICE)
    assert other["id"] != shown["memory"]["id"]


def test_memories_that_differ_in_a_digit_are_never_one(shelf: Person) -> None:
    found = answer(shelf, "What is the code of the safe?", collapse=True)
    assert set(contents(found)) >= set(CODES)


def test_without_asking_everything_is_shown(shelf: Person) -> None:
    found = answer(shelf, "What does the deploy script restart?")
    assert set(contents(found)) >= set(TWICE)
    assert all("collapsed" not in one for one in found["memories"])


def test_a_near_duplicate_makes_room_for_another_result(shelf: Person) -> None:
    plain = contents(answer(shelf, "deploy script of the staging server", limit=2))
    assert set(plain) == set(TWICE)
    collapsed = contents(answer(shelf, "deploy script of the staging server", limit=2, collapse=True))
    assert len(collapsed) == 2
    assert len(set(collapsed) & set(TWICE)) == 1


def test_diversity_brings_what_is_unlike_the_rest(alice: Person) -> None:
    alike = [f"The cat of house {n} sleeps on the red sofa all day." for n in range(6)]
    alice.store_batch(*({"content": content} for content in (*alike, "A cat needs to be vaccinated once a year.")))
    plain = answer(alice, "What is known about the cat?", limit=3)
    assert len(set(contents(plain)) & set(alike)) >= 2
    diverse_ = answer(alice, "What is known about the cat?", limit=3, diversity=0.8)
    assert "A cat needs to be vaccinated once a year." in contents(diverse_)
    assert contents(diverse_)[0] == contents(plain)[0]


def test_pages_of_a_diverse_recall_have_every_memory_once(alice: Person) -> None:
    alice.store_batch(*({"content": f"The cat of house {n} sleeps on the sofa."} for n in range(12)))
    page = answer(alice, "cat", limit=5, diversity=0.5)
    seen = contents(page)
    while "next_cursor" in page:
        page = answer(alice, "cat", limit=5, cursor=page["next_cursor"])
        seen += contents(page)
    assert len(seen) == len(set(seen)) == 12


def test_pages_do_not_repeat_what_was_collapsed(shelf: Person) -> None:
    page = answer(shelf, "deploy script of the staging server", limit=1, collapse=True)
    seen = contents(page)
    while "next_cursor" in page:
        page = answer(shelf, "x", limit=1, cursor=page["next_cursor"])
        seen += contents(page)
    assert len(set(seen) & set(TWICE)) == 1


def test_the_budget_is_kept_and_told(alice: Person) -> None:
    alice.store_batch(*({"content": f"The cat of house {n} sleeps on the sofa {'and snores ' * n}."} for n in range(8)))
    with tenant(alice.caller):
        pieces = {str(id_): size for id_, size in Grain.objects.values_list("id", "pieces")}
    whole = answer(alice, "Where does the cat sleep?")
    found = answer(alice, "Where does the cat sleep?", max_tokens=60)
    spent = sum(pieces[one["memory"]["id"]] for one in found["memories"])
    assert 0 < spent == found["tokens"] <= 60
    assert 0 < len(found["memories"]) < len(whole["memories"])
    assert "tokens" not in whole


def test_what_the_budget_left_out_is_on_the_next_page(alice: Person) -> None:
    alice.store_batch(*({"content": f"The cat of house {n} sleeps on the sofa."} for n in range(6)))
    page = answer(alice, "cat", max_tokens=25)
    rest = answer(alice, "cat", cursor=page["next_cursor"])
    assert len(page["memories"]) + len(rest["memories"]) == 6


def test_a_budget_too_small_for_anything_returns_nothing_and_says_so(alice: Person) -> None:
    alice.store("The cat of the house sleeps on the sofa.")
    found = answer(alice, "Where does the cat sleep?", max_tokens=1)
    assert (found["memories"], found["tokens"], found["decision"]) == ([], 0, "abstain")
    assert found["reasons"] == ["over_budget"]


@pytest.mark.parametrize("gate", ["min_score", "min_channel", "min_trust"])
def test_a_gate_that_nothing_passes_abstains_with_its_name(shelf: Person, gate: str) -> None:
    found = answer(shelf, "Which tool restarts the postman's bicycle?", **{gate: 1})
    assert (found["memories"], found["decision"], found["reasons"]) == ([], "abstain", [f"under_{gate}"])


def test_a_trust_gate_lets_what_is_believed_through(alice: Person) -> None:
    alice.store("The cat sleeps on the sofa.", provenance="user_stated")
    alice.store("The cat sleeps on the chair.", provenance="ai_inferred")
    assert contents(answer(alice, "Where does the cat sleep?", min_trust=0.8)) == ["The cat sleeps on the sofa."]


@pytest.mark.parametrize(
    "field", [{"min_score": 2}, {"min_trust": -1}, {"diversity": "much"}, {"max_tokens": 0}, {"deadline_ms": 0}]
)
def test_a_parameter_out_of_bounds_is_refused(alice: Person, field: dict[str, object]) -> None:
    answer(alice, "cat", **field)
    assert alice.last.status_code in {400, 422}


def test_successors_take_the_place_of_what_they_superseded() -> None:
    listing = Listing([1, 2, 3, 4], [0.9, 0.8, 0.7, 0.6])
    followed(listing, {1: [9, 4], 3: [2]})
    assert list(zip(listing.numbers, listing.scores, strict=True)) == [(9, 0.9), (4, 0.9), (1, 0.9), (2, 0.8), (3, 0.7)]
    assert listing.raised == {9: 1, 4: 1}


def test_marginal_relevance_starts_with_the_best_and_avoids_its_likes() -> None:
    listing = Listing([1, 2, 3], [0.9, 0.89, 0.3])
    near = np.array([1.0, 0.0])
    diverse(listing, {1: near, 2: near, 3: np.array([0.0, 1.0])}, 0.5, 2)
    assert listing.numbers == [1, 3, 2]
    assert listing.cuts[2].reason == "diversity"


def test_a_shorter_memory_further_behind_may_still_fit() -> None:
    listing = Listing([1, 2, 3], [0.9, 0.8, 0.7])
    assert budgeted(listing, {1: 10, 2: 50, 3: 5}, tokens=20, limit=3) == ([1, 3], 15)
    assert listing.cuts[2].reason == "budget"

"""Several questions in one: each is answered, in turn."""

import math

import numpy as np
import pytest

from retrieval.fusion import Facts, Ranking
from retrieval.question import understand
from retrieval.several import TURN, _in_turn, _ranked
from tests.people import Person

FACTS = (
    "The swimming pool closes at nine in the evening.",
    "The pool is heated from May on.",
    "The pool has four lanes.",
    "The pool is cleaned on Mondays.",
    "Swimmers shower before they enter the pool.",
    "Nobody may run beside the pool.",
    "Yusuf keeps the key of the gym.",
    "The gym was painted blue.",
)
BOTH = "When does the pool close for swimmers, and who has the key to the gym?"


@pytest.fixture
def club(alice: Person) -> Person:
    alice.store_batch(*({"content": fact} for fact in FACTS))
    return alice


def test_the_best_answer_to_each_comes_first(club: Person) -> None:
    assert set(club.recall(BOTH, limit=2)) == {FACTS[0], FACTS[6]}
    assert club.recall("Who has the key to the gym? When does the pool close for swimmers?", limit=2) == [
        FACTS[6],
        FACTS[0],
    ]


def test_scores_fall_and_can_be_computed_again(club: Person) -> None:
    told = club.call("post", "/v1/admin/query-explain", {"query": BOTH})
    assert told["understood"]["also"] == ["who has the key to the gym?"]
    scores = [entry["final_score"] for entry in told["final_results"]]
    assert scores == sorted(scores, reverse=True)
    scale = told["calibration"]
    for entry in told["final_results"]:
        behind = scale["best"] - sum(entry["signals"].values())
        share = math.exp(-scale["gap"] * behind)
        assert share / (1 + math.exp(-sum(scale["terms"].values()))) == pytest.approx(entry["final_score"], abs=1e-6)


def test_no_memory_comes_twice_and_pages_go_on(club: Person) -> None:
    page = club.recalled(BOTH, limit=3)
    rest = club.recalled(BOTH, limit=100, cursor=page["next_cursor"])
    found = [one["memory"]["content"] for one in [*page["memories"], *rest["memories"]]]
    assert sorted(found) == sorted(FACTS)


def test_one_question_is_not_touched(club: Person) -> None:
    told = club.call("post", "/v1/admin/query-explain", {"query": "When does the pool close?"})
    assert told["understood"]["also"] == []
    assert all(TURN not in entry["signals"] for entry in told["final_results"])


def test_other_formulas_search_for_the_whole(club: Person) -> None:
    for profile in ("memoryoss", "memex", "flux"):
        told = club.call("post", "/v1/admin/query-explain", {"query": BOTH, "profile": profile})
        assert told["understood"]["also"] == []


def test_a_batch_answers_each_of_its_questions(club: Person) -> None:
    queries = [{"query": query, "limit": 2} for query in ("Who has the key to the gym?", BOTH, "Is the pool heated?")]
    answers = club.call("post", "/v1/recall/batch", {"queries": queries})["results"]
    first = [[one["memory"]["content"] for one in answer["memories"]] for answer in answers]
    assert first[0][0] == FACTS[6]
    assert set(first[1]) == {FACTS[0], FACTS[6]}
    assert first[2][0] == FACTS[1]


def test_who_is_named_once_is_meant_by_each_part() -> None:
    parts = understand("What did Ana paint in May, and where did she sell the painting?", {"Ana"}).parts
    assert [part.named for part in parts] == ["Ana", "Ana"]
    assert parts[0].embedded == "What did you paint in May?"
    assert understand("What did Ana paint in May?", {"Ana"}).parts == ()


def test_turns_are_taken_and_what_was_seen_is_skipped() -> None:
    numbers = [np.array([1, 2, 3]), np.array([2, 3, 9])]
    orders = [np.array([1, 0, 2]), np.array([0, 2, 1])]
    rows = list(_in_turn(numbers, orders))
    assert [int(numbers[part][row]) for part, row in rows] == [2, 1, 9, 3]


def test_a_turn_costs_as_much_as_the_worst_before_it() -> None:
    one = Ranking(np.array([0, 1]), np.array([0.9, 0.4]), {"dense": np.array([0.9, 0.4])}, Facts(cosine=0.2))
    two = Ranking(np.array([0, 1]), np.array([0.5, 0.45]), {"words": np.array([0.5, 0.45])}, Facts(cosine=0.8))
    merged = _ranked([(0, 0), (1, 0), (0, 1), (1, 1)], [one, two], np.arange(4))
    assert merged.score.tolist() == pytest.approx([0.9, 0.9, 0.4, 0.4])
    assert np.sum(list(merged.signals.values()), axis=0) == pytest.approx(merged.score)
    assert merged.facts.cosine == 0.8


def test_of_a_long_memory_the_part_is_shown_that_answers_its_question_best(alice: Person) -> None:
    filler = "The committee thanked its members and moved on to the following item. "
    text = filler * 40 + FACTS[1] + " " + filler * 40 + (FACTS[6] + " ") * 3 + filler * 40
    alice.store(text)
    assert FACTS[1] in alice.recalled("When is the pool heated?")["memories"][0]["passage"]["text"]
    assert FACTS[6] in alice.recalled(BOTH)["memories"][0]["passage"]["text"]

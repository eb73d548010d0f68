"""Feedback teaches: the question that was rated, those like it, and no other. Through the API."""

from datetime import timedelta

import pytest
import time_machine

import clock
from accounts.scopes import Role
from tests.learning.graphs import ASKED, FACTS, KEY, OTHER, REWORDED, found, place, rate, switch, taught
from tests.people import Person


@pytest.fixture
def house(alice: Person) -> Person:
    """Alice with a dozen facts that the user stated."""
    taught(alice, provenance="user_stated")
    return alice


def test_what_was_useful_comes_first_when_the_same_is_asked_again(house: Person) -> None:
    assert place(house, ASKED, KEY) > 0, "the test needs a question that is answered badly"
    rate(house, ASKED, useful=[KEY])
    assert place(house, ASKED, KEY) == 0


def test_and_when_it_is_asked_in_other_words(house: Person) -> None:
    before = place(house, REWORDED, KEY)
    rate(house, ASKED, useful=[KEY])
    assert place(house, REWORDED, KEY) < before


def test_what_did_not_help_falls_behind_for_this_question_only(house: Person) -> None:
    best, *_ = house.recall(ASKED)
    others = {query: house.recall(query, limit=12) for query in (OTHER, "Where is the router?", best)}
    rate(house, ASKED, useless=[best])
    assert place(house, ASKED, best) > 0
    assert {query: house.recall(query, limit=12) for query in others} == others


def test_a_question_that_is_not_like_the_rated_one_keeps_its_ranking(house: Person) -> None:
    before = house.recall(OTHER, limit=12)
    rate(house, ASKED, useful=[KEY], useless=FACTS[1:9])
    assert house.recall(OTHER, limit=12) == before


def test_the_answer_says_that_the_graph_brought_it_and_by_which_path(house: Person) -> None:
    assert "path" not in found(house, ASKED, KEY)
    rate(house, ASKED, useful=[KEY])
    line = found(house, ASKED, KEY)
    assert "graph" in line["provenance"]
    assert [step["from"] for step in line["path"]] == ["wording"]


def test_saying_it_again_teaches_nothing_more(house: Person) -> None:
    trace = rate(house, ASKED, useful=[KEY])
    once = found(house, ASKED, KEY)["score"]
    key = found(house, ASKED, KEY)["memory"]["id"]
    for _ in range(20):
        house.call("post", "/v1/feedback/trace", {"trace_id": trace, "ratings": [{"grain_id": key, "useful": True}]})
    assert found(house, ASKED, KEY)["score"] == once


def test_taking_praise_back_takes_back_what_it_taught(house: Person) -> None:
    before = place(house, ASKED, KEY)
    trace = rate(house, ASKED, useful=[KEY])
    key = found(house, ASKED, KEY)["memory"]["id"]
    house.call("post", "/v1/feedback/trace", {"trace_id": trace, "ratings": [{"grain_id": key, "useful": False}]})
    assert place(house, ASKED, KEY) >= before


def test_strength_says_how_much_it_teaches(alice: Person, bob: Person) -> None:
    for person, strength in ((alice, 1.0), (bob, 0.1)):
        taught(person, provenance="user_stated")
        rate(person, ASKED, useful=[KEY], strength=strength)
    assert found(alice, ASKED, KEY)["score"] > found(bob, ASKED, KEY)["score"]


def test_what_an_ai_inferred_learns_more_slowly_from_praise(alice: Person, bob: Person) -> None:
    for person, provenance in ((alice, "user_stated"), (bob, "ai_inferred")):
        taught(person, provenance=provenance)
        rate(person, ASKED, useful=[KEY], strength=0.5)
    assert found(alice, ASKED, KEY)["score"] > found(bob, ASKED, KEY)["score"]


def test_one_caller_alone_is_bounded_and_others_can_outvote_it(house: Person) -> None:
    best, *_ = house.recall(ASKED)
    for _ in range(12):
        rate(house, ASKED, useless=[best])
    sunk = place(house, ASKED, best)
    assert sunk > 0
    for _ in range(3):
        other = house.with_role(Role.WRITER)
        for _ in range(2):
            rate(other, ASKED, useful=[best])
    assert place(house, ASKED, best) < sunk


def test_feedback_over_flux_and_over_v1_teach_the_same(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        taught(person, provenance="user_stated")
    rate(alice, ASKED, useful=[KEY])
    answer = bob.recalled(ASKED, limit=12)
    key = next(line["memory"]["id"] for line in answer["memories"] if line["memory"]["content"] == KEY)
    told = bob.call("post", "/feedback", {"trace_id": answer["trace_id"], "grain_id": key, "useful": True})
    assert told["action"] == "reinforced"
    assert alice.recall(ASKED) == bob.recall(ASKED)


def test_bob_learns_nothing_from_alice(house: Person, bob: Person) -> None:
    taught(bob, provenance="user_stated")
    before = bob.recall(ASKED, limit=12)
    rate(house, ASKED, useful=[KEY])
    assert bob.recall(ASKED, limit=12) == before


def test_a_forgotten_memory_takes_along_what_was_taught_of_it(house: Person) -> None:
    rate(house, ASKED, useful=[KEY])
    house.forget(ids=[found(house, ASKED, KEY)["memory"]["id"]])
    assert KEY not in house.recall(ASKED, limit=12)


def test_a_namespace_that_does_not_learn_keeps_its_ranking_and_its_ratings(house: Person) -> None:
    switch(house, learning=False)
    before = house.recall(ASKED, limit=12)
    rate(house, ASKED, useful=[KEY])
    assert house.recall(ASKED, limit=12) == before


def test_what_was_taught_is_unused_while_learning_is_off(house: Person) -> None:
    before = place(house, ASKED, KEY)
    rate(house, ASKED, useful=[KEY])
    switch(house, learning=False)
    assert place(house, ASKED, KEY) == before


def test_the_past_is_not_reranked_by_what_was_learned_since(house: Person) -> None:
    moment = clock.now().isoformat()
    before = house.recall(ASKED, limit=12, as_of=moment)
    rate(house, ASKED, useful=[KEY])
    assert house.recall(ASKED, limit=12, as_of=moment) == before


@pytest.mark.parametrize("useful", [True, False])
def test_what_was_taught_fades_with_time_and_hides_nothing(house: Person, useful: bool) -> None:
    untaught = found(house, ASKED, KEY)["score"]
    rate(house, ASKED, **{"useful" if useful else "useless": [KEY]})
    fresh = abs(found(house, ASKED, KEY)["score"] - untaught)
    with time_machine.travel(clock.now() + timedelta(days=400), tick=True):
        faded = abs(found(house, ASKED, KEY)["score"] - untaught)
        assert 0 < faded < fresh
        assert house.recall(KEY)[0] == KEY


def test_a_batch_over_flux_teaches_as_its_ratings_one_by_one_do(alice: Person, bob: Person) -> None:
    for person, together in ((alice, True), (bob, False)):
        taught(person, provenance="user_stated")
        answer = person.recalled(ASKED, limit=12)
        ids = {line["memory"]["content"]: line["memory"]["id"] for line in answer["memories"]}
        first, *others = [content for content in ids if content != KEY]
        said = [(KEY, True), (first, False), *((content, True) for content in others[:2])]
        items = [{"trace_id": answer["trace_id"], "grain_id": ids[content], "useful": yes} for content, yes in said]
        items.insert(2, {**items[0], "grain_id": "nobody"})
        for some in [items] if together else [[item] for item in items]:
            person.call("post", "/feedback/batch", {"items": some})
            assert person.last.status_code == 200
            actions = [one["action"] for one in person.last.json()["results"]]
            wanted = ["skipped" if one["grain_id"] == "nobody" else RATED_AS[one["useful"]] for one in some]
            assert actions == wanted
    assert alice.recall(ASKED, limit=12) == bob.recall(ASKED, limit=12)
    assert found(alice, ASKED, KEY)["score"] == found(bob, ASKED, KEY)["score"]


RATED_AS = {True: "reinforced", False: "penalized"}

"""memoryOSS's recall: batch, weights, moments, cursors, vectors of the client's own."""

from datetime import UTC, datetime

import pytest

from embedding import embed

ANIMALS, PLACES = ("cat", "dog", "owl", "fox"), ("den", "barn", "oak", "hall", "shed", "loft")
FACTS = [f"The {animal} lives in the {place}." for animal in ANIMALS for place in PLACES]


def unit(text):
    return embed([text], scope="test")[0].tolist()


@pytest.fixture
def zoo(alice):
    alice.store_batch(*({"content": fact} for fact in FACTS))
    return alice


def pages(person, limit, **fields):
    """The contents page by page, until there is no cursor."""
    answer = person.recalled("Where does the cat live?", limit=limit, **fields)
    while True:
        yield [found["memory"]["content"] for found in answer["memories"]]
        if "next_cursor" not in answer:
            return
        answer = person.recalled("Where does the cat live?", limit=limit, cursor=answer["next_cursor"], **fields)


def test_a_batch_answers_each_question_in_order(zoo):
    queries = [{"query": "cat in the barn", "limit": 1}, {"query": "owl in the oak", "limit": 1}]
    results = zoo.call("post", "/v1/recall/batch", {"queries": queries})["results"]
    found = [one["memories"][0]["memory"]["content"] for one in results]
    assert found == ["The cat lives in the barn.", "The owl lives in the oak."]


@pytest.mark.parametrize("count", [0, 11])
def test_a_batch_has_1_to_10_questions(alice, count):
    answer = alice.call("post", "/v1/recall/batch", {"queries": [{"query": "cat"}] * count})
    assert alice.last.status_code == 400
    assert isinstance(answer["error"], str)


def test_one_bad_question_fails_the_batch(alice):
    alice.call("post", "/v1/recall/batch", {"queries": [{"query": "cat"}, {"query": ""}]})
    assert alice.last.status_code == 400


def test_pages_have_every_memory_once_best_first(zoo):
    whole = zoo.recall("Where does the cat live?", limit=100)
    paged = [content for page in pages(zoo, 7) for content in page]
    assert paged == whole
    assert len(set(paged)) == len(FACTS)


def test_the_last_page_has_no_cursor(zoo):
    assert "next_cursor" not in zoo.recalled("cat", limit=100)


def test_pages_skip_what_was_forgotten_in_between(zoo):
    answer = zoo.recalled("Where does the cat live?", limit=5)
    rest = zoo.recalled("Where does the cat live?", limit=20)["memories"][5:]
    gone = [found["memory"]["id"] for found in rest[:3]]
    zoo.forget(ids=gone)
    page = zoo.recalled("x", limit=5, cursor=answer["next_cursor"])["memories"]
    assert [found["memory"]["id"] for found in page] == [found["memory"]["id"] for found in rest[3:8]]


def test_the_results_of_a_later_page_can_be_rated(zoo):
    cursor = zoo.recalled("cat", limit=5)["next_cursor"]
    page = zoo.recalled("cat", limit=5, cursor=cursor)
    rating = {"grain_id": page["memories"][0]["memory"]["id"], "useful": True}
    answer = zoo.call("post", "/v1/feedback/trace", {"trace_id": page["trace_id"], "ratings": [rating]})
    assert answer["recorded"] == 1


def test_a_cursor_is_good_in_its_namespace_only(zoo, bob):
    cursor = zoo.recalled("cat", limit=5)["next_cursor"]
    bob.recalled("cat", cursor=cursor)
    assert bob.last.status_code == 422


@pytest.mark.parametrize("cursor", ["x", "0.61:0191", "AAAA", "é", "A" * 46, "A" * 47])
def test_a_cursor_that_is_none_of_ours_is_refused(alice, cursor):
    alice.recalled("cat", cursor=cursor)
    assert alice.last.status_code == 422


def test_weights_ask_for_memoryosss_formula(alice, time_machine):
    time_machine.move_to(datetime(2026, 1, 1, tzinfo=UTC), tick=True)
    alice.store("The cat sleeps on the sofa.")
    time_machine.move_to(datetime(2026, 6, 1, tzinfo=UTC), tick=True)
    alice.store("Interest rates fell by a quarter.")
    recency = {"vector": 0, "fts": 0, "exact": 0, "recency": 7}
    assert alice.recall("Where does the cat sleep?", weights=recency)[0] == "Interest rates fell by a quarter."
    assert alice.recalled("cat", weights=recency)["memories"][0]["score"] == pytest.approx(1.0, abs=0.01)
    assert alice.recall("Where does the cat sleep?", weights={"vector": 1.0})[0] == "The cat sleeps on the sofa."


@pytest.mark.parametrize("profile", ["garner", "memoryoss", "memex", "flux"])
def test_every_profile_finds_the_fact(zoo, profile):
    assert zoo.recall("Where is the owl in the oak?", profile=profile)[0] == "The owl lives in the oak."


@pytest.mark.parametrize("profile", ["garner", "memoryoss", "memex", "flux"])
def test_importance_weighs_in_every_profile(alice, profile):
    alice.store("The cat sleeps on the sofa.", agent="a", importance=0)
    alice.store("The cat sleeps on the sofa.", agent="b", importance=2)
    found = alice.recalled("Where does the cat sleep?", profile=profile, alpha=1.0)["memories"]
    assert [one["memory"]["agent"] for one in found] == ["b", "a"]


def test_a_profile_that_is_unknown_is_refused(alice):
    alice.recalled("cat", profile="other")
    assert alice.last.status_code == 422


def test_a_vector_of_the_clients_own_replaces_the_embedding(zoo):
    found = zoo.recalled("zzz", query_embedding=[3 * x for x in unit("The fox lives in the barn.")])
    assert found["memories"][0]["memory"]["content"] == "The fox lives in the barn."


@pytest.mark.parametrize("vector", [[1.0], [0.0] * 384, [1e308] * 384])
def test_a_vector_without_direction_or_of_another_size_is_400(alice, vector):
    alice.recalled("cat", query_embedding=vector)
    assert alice.last.status_code == 400


def test_a_vector_of_words_is_422(alice):
    alice.recalled("cat", query_embedding=["x"] * 384)
    assert alice.last.status_code == 422


@pytest.mark.parametrize("consistency", ["strong", "eventual"])
def test_consistency_is_accepted(zoo, consistency):
    assert zoo.recall("cat in the barn", consistency=consistency)


def test_moments_bound_what_is_found(alice, time_machine):
    for day in (1, 2, 3):
        time_machine.move_to(datetime(2026, 5, day, tzinfo=UTC), tick=True)
        alice.store(f"Cat note of day {day}.")
    between = {"after": "2026-05-01T12:00:00Z", "before": "2026-05-02T12:00:00Z"}
    assert alice.recall("cat note", **between) == ["Cat note of day 2."]

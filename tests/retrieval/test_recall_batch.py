"""Several questions in one request: embedded together, each answered as if it had been asked alone."""

from typing import Any
from uuid import uuid4

import pytest

import embedding.service
from tests.people import Person
from tests.retrieval.test_deadline import Provider, serving

QUERIES: list[dict[str, Any]] = [
    {"query": "Where does the otter live?", "limit": 2},
    {"query": "Who bought the mill?", "agent": "a"},
    {"query": "When is tea?", "profile": "memex", "alpha": 1},
]


@pytest.fixture
def filled(alice: Person) -> Person:
    alice.store_batch(
        {"content": "The otter lives under the bridge."},
        {"content": "The mill was bought by Ida.", "agent": "a"},
        {"content": "Tea is at four."},
    )
    return alice


def shown(answer: Any) -> list[tuple[str, float]]:
    return [(one["memory"]["id"], one["score"]) for one in answer["memories"]]


def batch(person: Person, *queries: Any) -> Any:
    return person.call("post", "/v1/recall/batch", {"queries": list(queries)})["results"]


def test_each_question_is_answered_as_if_it_were_alone(filled: Person) -> None:
    together = batch(filled, *QUERIES)
    assert [shown(one) for one in together] == [shown(filled.recalled(**query)) for query in QUERIES]
    assert len({one["trace_id"] for one in together}) == len(QUERIES)


def test_all_questions_are_embedded_in_one_call(db: None, settings, alice: Person) -> None:
    provider = Provider()
    with serving(provider) as url:
        settings.EMBEDDING_BACKEND, settings.EMBEDDING_URL = "openai", url
        settings.EMBEDDING_MODEL = f"counted-{uuid4().hex[:8]}"
        embedding.service.reset()
        alice.store("The otter lives under the bridge.")
        before = len(provider.calls)
        batch(alice, *({"query": f"Question number {n} about otters?"} for n in range(10)))
        assert [len(texts) for texts in provider.calls[before:]] == [10]
    embedding.service.reset()


def test_a_later_page_may_be_among_the_questions(filled: Person) -> None:
    first = filled.recalled("otter", limit=1)
    page, other = batch(filled, {"query": "x", "cursor": first["next_cursor"], "limit": 1}, QUERIES[0])
    assert shown(page)
    assert shown(page)[0] != shown(first)[0]
    assert shown(other) == shown(filled.recalled(**QUERIES[0]))


def test_another_namespace_fails_the_batch(filled: Person, bob: Person) -> None:
    filled.call("post", "/v1/recall/batch", {"queries": [QUERIES[0], {"query": "x", "namespace": bob.namespace.name}]})
    assert filled.last.status_code == 403

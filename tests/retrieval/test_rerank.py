"""The optional re-ranker: its order when it answers in time, the ranking as it was when it does not."""

import json
import sys
from collections.abc import Iterator, Mapping
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from accounts.services.namespace_settings import settings_change
from embedding.errors import BackendMissing
from embedding.weights import published_model
from retrieval import rerank
from retrieval.rerankers import CrossEncoderReranker, EndpointReranker, RerankerFailed
from retrieval.scoring import Ranked
from tests.posts import answering_posts

QUERY = "What is the code of the safe?"
TEXTS = [
    "The code of the safe is 4711.",
    "The safe is green.",
    "The code review is on Friday.",
    "Lunch is at noon, in the canteen.",
]


class Judge:
    """An endpoint in both shapes: the longer a text, the more relevant."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.keys: list[str | None] = []
        self.status, self.spoil = 200, lambda document: document
        self.go_on = Event()
        self.go_on.set()

    def answer(self, path: str, body: Any) -> Any:
        self.bodies.append(body)
        self.go_on.wait(10)
        texts = body["texts"] if path == "/rerank" else body["documents"]
        name = "score" if path == "/rerank" else "relevance_score"
        rows = [{"index": n, name: len(text) / 100} for n, text in enumerate(texts)]
        rows.sort(key=lambda row: -row[name])
        return self.spoil(rows if path == "/rerank" else {"results": rows})


@pytest.fixture
def judge() -> Iterator[Any]:
    judge = Judge()

    def reply(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        judge.keys.append(headers.get("authorization"))
        return judge.status, json.dumps(judge.answer(path, json.loads(body))).encode()

    with answering_posts(reply) as url:
        yield SimpleNamespace(url=url, judge=judge)
        judge.go_on.set()


@pytest.fixture
def on(judge, settings, monkeypatch) -> Any:
    """The instance with this judge."""
    settings.RERANKER, settings.RERANKER_URL, settings.RERANK_SECONDS = "tei", f"{judge.url}/rerank", 5.0
    monkeypatch.setattr(rerank, "_failed_at", [-1e9])
    rerank._reranker.cache_clear()
    yield judge.judge
    rerank._reranker.cache_clear()


@pytest.fixture
def asked(alice) -> Any:
    alice.store_batch(*({"content": text} for text in TEXTS))
    return alice


def by_length(found: list[str]) -> bool:
    return found == sorted(found, key=len, reverse=True)


# --- in a recall


def test_off_by_default(asked, judge):
    assert asked.recall(QUERY)[0] == TEXTS[0]
    assert not by_length(asked.recall(QUERY))
    assert judge.judge.bodies == []


def test_the_order_is_the_re_rankers_and_the_scores_fall(asked, on):
    found = asked.recalled(QUERY)["memories"]
    contents, scores = [one["memory"]["content"] for one in found], [one["score"] for one in found]
    assert by_length(contents)
    assert scores == sorted(scores, reverse=True)
    assert on.bodies[-1]["query"] == QUERY


def test_only_the_first_ones_are_read_and_the_others_keep_their_places(asked, on, settings):
    settings.RERANKER = ""
    before = asked.recall(QUERY)
    settings.RERANKER, settings.RERANK_TOP = "tei", 2
    after = asked.recall(QUERY)
    assert sorted(on.bodies[-1]["texts"]) == sorted(before[:2])
    assert by_length(after[:2])
    assert after[2:] == before[2:]


def test_an_answer_that_is_late_is_not_waited_for(asked, on, settings):
    settings.RERANKER = ""
    before = asked.recall(QUERY)
    settings.RERANKER, settings.RERANK_SECONDS = "tei", 0.05
    on.go_on.clear()
    assert asked.recall(QUERY) == before


def test_a_re_ranker_that_failed_is_left_alone_for_a_while(asked, on, monkeypatch):
    on.status = 500
    asked.recall(QUERY)
    asked.recall(QUERY)
    assert len(on.bodies) == 1
    on.status = 200
    rerank._failed_at[0] -= rerank.PAUSE
    assert by_length(asked.recall(QUERY))


def test_a_namespace_may_keep_its_texts_to_itself(asked, bob, on):
    settings_change(caller=asked.caller, changes={"rerank": False})
    assert asked.recall(QUERY)[0] == TEXTS[0]
    assert on.bodies == []
    bob.store_batch(*({"content": text} for text in TEXTS))
    assert by_length(bob.recall(QUERY))


def test_encrypted_memories_are_not_sent(asked, on):
    vector = [1.0] + [0.0] * 383
    asked.store("c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0", zero_knowledge=True, embedding=vector)
    found = asked.recall("safe", query_embedding=vector)
    assert any("c2Vj" in content for content in found)
    assert on.bodies
    assert not any("c2Vj" in text for body in on.bodies for text in body["texts"])


# --- the order


def test_rows_change_places_among_themselves_only():
    ranking = Ranked(np.array([3, 1, 0, 2]), np.array([0.3, 0.6, 0.1, 0.9]), {"vector": np.zeros(4)})
    after = rerank._in_order(ranking, np.array([3, 0]), np.array([0.2, 0.8]))
    assert after.order.tolist() == [0, 1, 3, 2]
    assert after.score[after.order].tolist() == [0.9, 0.6, 0.3, 0.1]
    assert after.signals["rerank"].tolist() == [0.8, 0, 0, 0.2]


def test_equals_keep_the_rankings_order():
    ranking = Ranked(np.array([2, 0, 1]), np.array([0.5, 0.4, 0.9]), {})
    assert rerank._in_order(ranking, ranking.order, np.ones(3)).order.tolist() == [2, 0, 1]


# --- endpoints


@pytest.mark.parametrize(("shape", "path"), [("tei", "/rerank"), ("cohere", "/v2/rerank")])
def test_both_shapes_are_spoken(judge, shape, path):
    asking = EndpointReranker(shape=shape, url=judge.url + path, model="m", key="k", seconds=5)
    assert asking.relevance("q", ["aaa", "a", "aa"]) == [0.03, 0.01, 0.02]
    assert judge.judge.keys == ["Bearer k"]
    body = judge.judge.bodies[0]
    assert body.get("model") == ("m" if shape == "cohere" else None)


@pytest.mark.parametrize(
    "spoil",
    [lambda rows: rows[1:], lambda rows: {}, lambda rows: [{"index": 0}], lambda rows: "no", lambda rows: [None]],
)
def test_an_answer_that_does_not_judge_every_text_is_none(judge, spoil):
    judge.judge.spoil = spoil
    with pytest.raises(RerankerFailed):
        EndpointReranker(shape="tei", url=f"{judge.url}/rerank", model="", key="", seconds=5).relevance("q", ["a", "b"])


def test_an_endpoint_that_is_away_or_refuses_is_a_failure(judge):
    judge.judge.status = 401
    for url in (f"{judge.url}/rerank", "http://127.0.0.1:1/rerank"):
        with pytest.raises(RerankerFailed):
            EndpointReranker(shape="tei", url=url, model="", key="", seconds=5).relevance("q", ["a"])


# --- here


def test_without_the_library_the_operator_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(BackendMissing, match=r"requirements/torch\.txt"):
        CrossEncoderReranker("any")


@pytest.mark.slow
def test_a_cross_encoder_judges_every_pair():
    """The packaged encoder with a head that nobody trained: it runs, whatever it says."""
    pytest.importorskip("sentence_transformers")
    scores = CrossEncoderReranker(str(published_model().weights.parent)).relevance(QUERY, TEXTS)
    assert len(scores) == len(TEXTS)
    assert all(0 <= score <= 1 for score in scores)

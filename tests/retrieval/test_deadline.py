"""A slow part does not make a recall fail: it is left out, and the answer says so. The slow parts here are real."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any
from uuid import uuid4

import psycopg
import pytest

import embedding.service
from accounts.door import tenant
from embedding.backends.deterministic import DeterministicEncoder
from retrieval.models import Trace
from runtime.postgres import PostgresServer
from tests.people import Person
from tests.posts import answering_posts

QUESTION = "Where does the heron live?"
HERON = "The heron lives behind the boathouse."


class Provider:
    """An embedding endpoint that answers at once, not before it is let go, or with an error."""

    def __init__(self) -> None:
        self.go = Event()
        self.go.set()
        self.status = 200
        self.calls: list[list[str]] = []


@contextmanager
def serving(provider: Provider) -> Iterator[str]:
    def reply(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        texts = json.loads(body)["input"]
        provider.calls.append(texts)
        provider.go.wait(20)
        rows = [{"index": n, "embedding": v.tolist()} for n, v in enumerate(DeterministicEncoder().encode(texts))]
        return provider.status, json.dumps({"data": rows}).encode()

    with answering_posts(reply) as address:
        try:
            yield f"{address}/v1"
        finally:
            provider.go.set()


@pytest.fixture
def provider(db: None, settings) -> Iterator[Provider]:
    provider = Provider()
    with serving(provider) as url:
        settings.EMBEDDING_BACKEND, settings.EMBEDDING_URL = "openai", url
        settings.EMBEDDING_MODEL = f"slow-{uuid4().hex[:8]}"  # no vector is remembered from another run
        embedding.service.reset()
        yield provider
    embedding.service.reset()


@pytest.fixture
def filled(alice: Person) -> Person:
    facts = [HERON, "The otter lives under the bridge.", "The mill was sold in spring.", "Tea is at four."]
    alice.store_batch(*({"content": fact} for fact in facts))
    return alice


@contextmanager
def locked(servers: PostgresServer, table: str) -> Iterator[None]:
    """Nobody can read the table meanwhile: a statement on it waits."""
    with psycopg.connect(servers.superuser_dsn("garner")) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def contents(answer: Any) -> list[str]:
    return [one["memory"]["content"] for one in answer["memories"]]


def test_in_time_nothing_is_left_out(filled: Person) -> None:
    answer = filled.recalled(QUESTION, deadline_ms=30_000)
    assert contents(answer)[0] == HERON
    assert (answer["degraded"], "left_out" in answer) == (False, False)
    assert answer["decision"] == filled.recalled(QUESTION)["decision"]


def test_a_slow_embedder_leaves_the_words(provider: Provider, filled: Person) -> None:
    provider.go.clear()
    started = time.monotonic()
    answer = filled.recalled(QUESTION, deadline_ms=400)
    assert time.monotonic() - started < 5
    assert filled.last.status_code == 200
    assert contents(answer)[0] == HERON
    assert (answer["degraded"], answer["left_out"]) == (True, ["vector"])
    assert answer["degraded_because"] == {"vector": "embedding_slow"}
    assert "without_vector" in answer["reasons"]
    assert answer["memories"][0]["provenance"] == ["fts"]


def test_what_the_embedder_says_too_late_is_remembered(provider: Provider, filled: Person) -> None:
    provider.go.clear()
    assert filled.recalled(QUESTION, deadline_ms=200)["degraded"]
    asked = len(provider.calls)
    provider.go.set()
    for _ in range(100):  # the vector arrives in the cache when the endpoint has answered
        answer = filled.recalled(QUESTION, deadline_ms=5_000)
        if not answer["degraded"]:
            break
    assert answer["degraded"] is False
    assert len(provider.calls) <= asked + 1


def test_an_embedder_that_fails_leaves_the_words_without_a_deadline_too(provider: Provider, filled: Person) -> None:
    provider.status = 401
    answer = filled.recalled(QUESTION)
    assert filled.last.status_code == 200
    assert contents(answer)[0] == HERON
    assert answer["degraded_because"] == {"vector": "embedding_failed"}


def test_a_slow_vector_search_leaves_the_words(filled: Person, servers: PostgresServer) -> None:
    with locked(servers, "grains_passage"):
        answer = filled.recalled(QUESTION, deadline_ms=1_500)
    assert contents(answer)[0] == HERON
    assert answer["degraded_because"]["vector"] == "statement_timeout"
    assert "words" not in answer["left_out"]
    assert answer["memories"][0]["score"] > 0.3


def test_slow_postings_leave_the_vectors(filled: Person, servers: PostgresServer) -> None:
    with locked(servers, "grains_posting"):
        answer = filled.recalled(QUESTION, deadline_ms=1_500)
    assert (contents(answer)[0], "words" in answer["left_out"]) == (HERON, True)
    assert answer["memories"][0]["provenance"] == ["vector"]


def test_when_everything_is_slow_the_answer_is_empty_and_says_so(filled: Person, servers: PostgresServer) -> None:
    with locked(servers, "grains_passage, grains_posting"):
        answer = filled.recalled(QUESTION, deadline_ms=300)
    assert (answer["memories"], answer["decision"]) == ([], "abstain")
    assert {"vector", "words"} <= set(answer["left_out"])
    assert filled.recall(QUESTION)[0] == HERON


def test_the_receipt_says_what_was_left_out(filled: Person, servers: PostgresServer) -> None:
    with locked(servers, "grains_passage"):
        filled.recalled(QUESTION, deadline_ms=1_000)
    with tenant(filled.caller):
        (trace,) = Trace.objects.all()
    assert trace.params["left_out"]["vector"] == "statement_timeout"
    assert trace.params["deadline_ms"] == 1_000

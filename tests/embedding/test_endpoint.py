"""The backend for OpenAI-compatible endpoints, against a real HTTP server."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from embedding.backends.deterministic import DeterministicEncoder
from embedding.backends.endpoint import BATCH, TRIES, Endpoint, EndpointEncoder
from embedding.errors import EndpointFailed, WrongDimension
from tests.posts import answering_posts

DIMENSION = 384


class Provider:
    """What the server does: vectors of the deterministic backend, cut to the asked or to its own length."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.failures: list[int] = []
        self.can_shorten, self.own = True, 384
        self.spoil: Any = None

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.bodies.append(body)
        if self.failures:
            return self.failures.pop(0), {"error": {"message": "not now"}}
        if "dimensions" in body and not self.can_shorten:
            return 400, {"error": {"message": "unknown field"}}
        length = body.get("dimensions", self.own)
        vectors = 3 * np.resize(DeterministicEncoder().encode(body["input"]), (len(body["input"]), length))
        rows = [{"index": n, "embedding": vector.tolist()} for n, vector in enumerate(vectors)]
        document = {"data": rows[::-1]}  # in no order: `index` says which is which
        return 200, self.spoil(document) if self.spoil else document


@contextmanager
def serving(provider: Provider) -> Iterator[str]:
    def reply(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        provider.keys.append(headers.get("authorization"))
        status, document = provider.answer(json.loads(body)) if path == "/v1/embeddings" else (404, {})
        return status, json.dumps(document).encode()

    with answering_posts(reply) as address:
        yield f"{address}/v1"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def url(provider) -> Iterator[str]:
    with serving(provider) as address:
        yield address


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("embedding.backends.endpoint.PAUSE", 0.0)


def encoder(url: str, key: str = "") -> EndpointEncoder:
    return EndpointEncoder(Endpoint(url, "some-model", key), DIMENSION)


def test_vectors_are_units_in_the_order_of_the_texts(url):
    texts = ["the cat", "a dog", "the cat"]
    vectors = encoder(url).encode(texts)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, DeterministicEncoder().encode(texts), atol=1e-6)


def test_more_texts_than_a_request_may_hold_are_split(url, provider):
    vectors = encoder(url).encode([f"text {n}" for n in range(BATCH + 1)])
    assert [len(body["input"]) for body in provider.bodies[1:]] == [BATCH, 1]
    np.testing.assert_allclose(vectors[-1], DeterministicEncoder().encode([f"text {BATCH}"])[0], atol=1e-6)


def test_nothing_is_no_request(url, provider):
    found = encoder(url)
    asked = len(provider.bodies)
    assert found.encode([]).shape == (0, DIMENSION)
    assert len(provider.bodies) == asked


def test_a_longer_model_that_can_shorten_is_asked_to(url, provider):
    provider.own = 1536
    assert encoder(url).encode(["x"]).shape == (1, DIMENSION)
    assert provider.bodies[-1]["dimensions"] == DIMENSION


def test_an_endpoint_that_cannot_shorten_is_not_asked_again(url, provider):
    provider.can_shorten = False
    encoder(url).encode(["x"])
    assert "dimensions" not in provider.bodies[-1]


def test_a_model_of_another_length_is_refused_with_what_is_needed(url, provider):
    provider.can_shorten, provider.own = False, 1024
    with pytest.raises(WrongDimension, match=r"1024 numbers.*holds 384"):
        encoder(url)


def test_the_key_is_sent_as_a_bearer_token(url, provider):
    encoder(url, key="sk-secret")
    assert provider.keys == ["Bearer sk-secret"]


def test_without_a_key_none_is_sent(url, provider):
    encoder(url)
    assert provider.keys == [None]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_tried_again(url, provider, status):
    found = encoder(url)
    provider.failures = [status] * (TRIES - 1)
    assert found.encode(["x"]).shape == (1, DIMENSION)


def test_a_lasting_failure_is_told(url, provider):
    found = encoder(url)
    provider.failures = [503] * TRIES
    with pytest.raises(EndpointFailed, match="503"):
        found.encode(["x"])


def test_a_wrong_key_is_not_tried_again(url, provider):
    found = encoder(url)
    asked, provider.failures = len(provider.bodies), [401] * TRIES
    with pytest.raises(EndpointFailed, match="401"):
        found.encode(["x"])
    assert len(provider.bodies) == asked + 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: {"data": document["data"][1:]},
        lambda document: {"data": [{"index": 0, "embedding": [0.0] * DIMENSION}]},
        lambda document: {"data": [{"index": 0, "embedding": [float("nan")] * DIMENSION}]},
        lambda document: {"data": [{"index": 0, "embedding": "AAAA"}]},
        lambda document: {"data": [{"embedding": [1.0] * DIMENSION}]},
        lambda document: {"data": None},
        lambda document: [],
    ],
)
def test_an_answer_that_is_none_is_refused(url, provider, spoil):
    found = encoder(url)
    provider.spoil = spoil
    with pytest.raises(EndpointFailed):
        found.encode(["x"])


def test_an_endpoint_that_is_away_is_told():
    with pytest.raises(EndpointFailed):
        encoder("http://127.0.0.1:9/v1")


def test_long_texts_are_cut_between_words(url):
    found, text = encoder(url), "internationalisation matters " * 50
    slices = [window.of(text) for window in found.windows(text, size=40, overlap=8)]
    assert len(slices) > 1
    assert all(found.count([piece])[0] <= 40 for piece in slices)
    assert {word for piece in slices for word in piece.split()} == {"internationalisation", "matters"}


def test_the_settings_choose_it(url, settings):
    from embedding import service

    settings.EMBEDDING_BACKEND, settings.EMBEDDING_URL, settings.EMBEDDING_MODEL = "openai", url, "some-model"
    service.reset()
    try:
        assert service.encoder().name == "endpoint:some-model"
        assert service.embed(["x"], scope="s", operation="store").shape == (1, DIMENSION)
    finally:
        service.reset()

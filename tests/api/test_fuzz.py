"""Whatever is sent to whatever address: never a 5xx, and every refusal is JSON of the documented shape."""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.people import Person

UNKNOWN = "00000000-0000-7000-8000-000000000000"
V1 = {
    "/v1/store": "post",
    "/v1/store/batch": "post",
    "/v1/recall": "post",
    "/v1/update": "patch",
    "/v1/forget": "delete",
    "/v1/feedback/trace": "post",
}
FIELDS = [
    *("content", "namespace", "agent", "user", "author", "session", "tags", "memory_type", "importance", "provenance"),
    *("confidence", "metadata", "occurred_at", "valid_from", "valid_to", "memories", "query", "limit", "before"),
    *("after", "as_of", "include_embeddings", "id", "ids", "if_version", "trace_id", "ratings", "grain_id", "useful"),
    *("strength", "items", "text", "top_k", "context", "cursor"),
]
TEXT = st.text(max_size=30) | st.sampled_from(
    ["", " ", "\0", "x", "semantic", UNKNOWN, "2026-01-01T00:00:00Z", "9999-12-31"]
)
NUMBER = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
LEAF = st.none() | st.booleans() | NUMBER | TEXT
JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | TEXT, inner, max_size=5),
    max_leaves=12,
)
BODY = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8)
GOOD = {
    "content": st.text(min_size=1, max_size=50),
    "query": st.text(min_size=1, max_size=50),
    "id": st.uuids().map(str),
    "ids": st.lists(st.uuids().map(str), max_size=3),
    "tags": st.lists(TEXT, max_size=3),
    "trace_id": st.uuids(version=4).map(str) | st.just(UNKNOWN),
    "ratings": st.lists(st.fixed_dictionaries({"grain_id": st.uuids().map(str), "useful": st.booleans()}), max_size=2),
    "memories": st.lists(
        st.fixed_dictionaries({"content": TEXT}, optional={"metadata": BODY, "tags": JSON}), max_size=3
    ),
    "metadata": st.dictionaries(TEXT, JSON, max_size=3),
}
NEARLY = st.fixed_dictionaries({}, optional={**dict.fromkeys(FIELDS[:4], JSON), **GOOD})

slowly = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def answered(person: Person, method: str, path: str, body: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode("utf-8", "replace")
    headers = {"authorization": f"Bearer {person.secret}"}
    response = person.client.generic(method.upper(), path, data, "application/json", headers=headers)
    assert response.status_code < 500, (method, path, data, response.content)
    return response


def well_refused(response: Any) -> bool:
    if response.status_code < 400:
        return True
    answer = response.json()
    return set(answer) == {"error", "code", "field"} and isinstance(answer["error"], str) and bool(answer["code"])


@pytest.mark.slow
@pytest.mark.parametrize("path", V1)
def test_any_json_is_answered_or_refused(alice: Person, path: str) -> None:
    @slowly
    @given(JSON | BODY | NEARLY)
    def send(body: Any) -> None:
        assert well_refused(answered(alice, V1[path], path, body))

    send()


@pytest.mark.slow
@pytest.mark.parametrize("path", V1)
def test_any_bytes_are_answered_or_refused(alice: Person, path: str) -> None:
    @slowly
    @given(st.binary(max_size=200))
    def send(body: bytes) -> None:
        assert well_refused(answered(alice, V1[path], path, body))

    send()


@pytest.mark.slow
def test_any_query_string_is_answered_or_refused(alice: Person) -> None:
    names = [
        "namespace",
        "agent",
        "user",
        "author",
        "session",
        "memory_type",
        "tags",
        "before",
        "after",
        "limit",
        "cursor",
    ]

    @slowly
    @given(st.dictionaries(st.sampled_from(names), st.text(max_size=20) | st.binary(max_size=8), max_size=4))
    def send(params: dict[str, Any]) -> None:
        query = "&".join(f"{name}={_quoted(value)}" for name, value in params.items())
        alice.call("get", f"/v1/memories?{query}")
        assert alice.last.status_code < 500, query
        assert well_refused(alice.last), query

    send()


def _quoted(value: str | bytes) -> str:
    return quote(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))


@pytest.mark.slow
def test_any_id_in_an_address_is_answered_or_refused(alice: Person) -> None:
    @slowly
    @given(st.binary(min_size=1, max_size=40) | st.uuids().map(lambda u: str(u).encode()))
    def send(id_: bytes) -> None:
        alice.call("get", f"/v1/inspect/{quote(id_, safe='')}")
        assert alice.last.status_code in {400, 404}
        assert well_refused(alice.last)

    send()


def addresses(patterns: Any = None, prefix: str = "/") -> Iterator[str]:
    """Every address of the instance, with something in the place of its parameters."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern).replace("<str:id>", str(uuid.UUID(int=7))).replace("<path:path>", "x")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


@pytest.mark.slow
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_no_address_breaks_on_any_json(alice: Person, method: str) -> None:
    paths = sorted(set(addresses()))
    assert set(V1) <= set(paths)

    @slowly
    @given(st.sampled_from(paths), JSON | BODY | NEARLY)
    def send(path: str, body: Any) -> None:
        answered(alice, method, path, body)

    send()

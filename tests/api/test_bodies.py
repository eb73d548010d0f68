"""Bodies at the ASGI root: chunked, too large, cut off, before the process is ready."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, cast

import httpx2
import pytest
from django.conf import settings
from django.db import connections

from grains.selectors import grain_count
from memoryproject.asgi import application
from memoryproject.readiness import readiness
from tests.people import Person

LIMIT = 2 * 1024 * 1024


@pytest.fixture(autouse=True)
def ready(db: None) -> Iterator[None]:
    was = readiness.is_set()
    readiness.set()
    yield
    if not was:
        readiness.clear()


def run(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(work)
    finally:
        connections.close_all()


def sent(person: Person, content: Any, path: str = "/v1/store", **headers: str) -> httpx2.Response:
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=cast("Any", application))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            given = {"authorization": f"Bearer {person.secret}", "content-type": "application/json", **headers}
            return await client.post(path, content=content, headers=given)

    response: httpx2.Response = run(send())
    return response


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def padded(size: int) -> bytes:
    """A store of exactly `size` bytes."""
    body = json.dumps({"content": "x", "padding": ""}).encode()
    return body[:-2] + b" " * (size - len(body)) + body[-2:]


def test_a_store_through_the_root_is_a_store(alice: Person) -> None:
    response = sent(alice, b'{"content": "x"}')
    assert (response.status_code, response.json()["version"]) == (200, 1)


def test_a_chunked_body_is_read_whole(alice: Person) -> None:
    response = sent(alice, chunks(b'{"con', b'tent": ', b'"in pieces"}'))
    assert response.status_code == 200
    assert alice.recall("pieces") == ["in pieces"]


def test_a_body_of_two_mib_passes_and_one_byte_more_is_413(alice: Person) -> None:
    assert settings.BODY_LIMIT == LIMIT
    assert sent(alice, padded(LIMIT)).status_code == 200
    for body in (padded(LIMIT + 1), chunks(padded(LIMIT), b" ")):
        response = sent(alice, body)
        assert response.status_code == 413
        assert (set(response.json()), response.json()["code"]) == ({"error", "code", "field"}, "too_large")
        assert response.headers["content-type"] == "application/json"


def test_a_body_that_only_claims_to_be_large_is_refused_unread(alice: Person) -> None:
    assert call(alice, [], length=b"99999999999").status == 413


def test_the_view_has_the_same_limit_without_the_root(alice: Person) -> None:
    answer = alice.call("post", "/v1/store", padded(LIMIT + 1))
    assert (alice.last.status_code, answer["code"]) == (413, "too_large")


class Answer:
    """What the application sent for a scope of our own making."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


def call(person: Person, messages: list[dict[str, Any]], length: bytes | None = None) -> Answer:
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {person.secret}".encode())]
    headers += [(b"content-type", b"application/json")]
    headers += [(b"content-length", length)] if length else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/store",
        "raw_path": b"/v1/store",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    answer = Answer()
    queue = iter([*messages, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(queue, {"type": "http.disconnect"})

    run(application(scope, receive, answer.send))
    return answer


def test_a_sender_that_goes_away_halfway_stores_nothing(alice: Person) -> None:
    call(alice, [{"type": "http.request", "body": b'{"content": "x"', "more_body": True}], length=b"16")
    assert grain_count(caller=alice.caller) == 0


def test_a_false_length_does_not_cut_the_body(alice: Person) -> None:
    message = {"type": "http.request", "body": b'{"content": "whole"}', "more_body": False}
    assert call(alice, [message], length=b"5").status == 200
    assert alice.recall("whole") == ["whole"]


def test_before_it_is_ready_a_process_answers_503_with_retry_after(alice: Person) -> None:
    readiness.clear()
    response = sent(alice, b'{"content": "x"}')
    assert (response.status_code, response.json()["code"]) == (503, "starting")
    assert response.headers["retry-after"] == "1"

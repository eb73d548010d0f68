"""No body and no request makes a 5xx, or a status that the OpenAPI schema does not declare."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from tests.api.malformed import Body, malformed
from tests.conftest import person

BODIES = 10_000
TOGETHER = 8  # requests at a time, as many as there are threads
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]


def schema() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def operations() -> list[tuple[str, str, set[int]]]:
    """(method, path, declared statuses) of every operation that takes a body."""
    return [
        (method.upper(), path.replace("{id}", "x"), {int(status) for status in operation["responses"]})
        for path, item in schema()["paths"].items()
        for method, operation in item.items()
        if method in {"post", "put", "patch", "delete"}
    ]


async def sent(method: str, path: str, body: Body, secret: str) -> int:
    """The status of one request at the ASGI root."""
    from memoryproject.asgi import application

    headers = {"host": "localhost", "content-type": "application/json", **body.headers}
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
    }  # fmt: skip
    messages = [{"type": "http.request", "body": body.content, "more_body": False}]
    statuses = []

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await application(scope, receive, send)
    return int(statuses[0])


async def all_sent(wanted: list[tuple[str, str, set[int], Body]], secret: str) -> list[tuple[str, int, Body]]:
    """The requests whose status is undeclared or 5xx."""
    gate, wrong = asyncio.Semaphore(TOGETHER), []

    async def one(method: str, path: str, declared: set[int], body: Body) -> None:
        async with gate:
            status = await sent(method, path, body, secret)
        seen[status] += 1
        if status >= 500 or status not in declared:
            wrong.append((f"{method} {path}", status, body))

    seen: Counter[int] = Counter()
    await asyncio.gather(*(one(*request) for request in wanted))
    print(dict(sorted(seen.items())))
    return wrong


@pytest.fixture
def ready(db):
    """The ASGI root, as after its start."""
    from memoryproject.readiness import readiness

    readiness.set()
    yield
    readiness.clear()


@pytest.mark.slow
@pytest.mark.parametrize("with_key", [True, False])
def test_malformed_bodies_are_refused_in_declared_ways(ready, with_key):
    dice, secret = random.Random(7), person("fuzzed").secret if with_key else ""
    known = operations()
    wanted = [(*dice.choice(known), malformed(dice)) for _ in range(BODIES if with_key else BODIES // 10)]
    wrong = asyncio.run(all_sent(wanted, secret))
    assert [(where, status, body.content[:200], body.headers) for where, status, body in wrong[:5]] == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip", "x"])
def test_a_compressed_body_is_refused_and_never_unpacked(alice, encoding):
    alice.call("post", "/v1/store", {"content": "x"}, **{"content-encoding": encoding})
    assert alice.last.status_code == 415


@pytest.mark.parametrize(("levels", "status"), [(98, 200), (99, 200), (100, 400), (500, 400), (100_000, 400)])
def test_a_body_may_be_a_hundred_levels_deep(alice, levels, status):
    body = '{"content": "x", "metadata": ' + '{"a":' * levels + "1" + "}" * levels + "}"
    alice.call("post", "/v1/store", body)
    assert alice.last.status_code == status


def test_a_body_that_says_it_is_not_compressed_is_read(alice):
    alice.call("post", "/v1/store", {"content": "x"}, **{"content-encoding": "identity"})
    assert alice.last.status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("with_key", [True, False])
def test_requests_made_up_from_the_schema_are_answered_as_it_says(db, with_key):
    described = schemathesis.openapi.from_dict(schema())
    described.app = WSGIHandler()
    headers = {"Host": "localhost"}
    if with_key:
        headers["Authorization"] = f"Bearer {person('described').secret}"
    for result in described.get_all_operations():
        assert isinstance(result, Ok)
        _try_out(result.ok(), headers)


def _try_out(operation: Any, headers: dict[str, str]) -> None:
    """Forty requests of one operation, right and wrong ones."""

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)))
    def answered_as_described(case: Any) -> None:
        case.call_and_validate(base_url="http://localhost", headers=headers, checks=CHECKS)

    answered_as_described()

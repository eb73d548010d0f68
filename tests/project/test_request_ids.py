"""Every answer has a request id: the caller's if it is plain, ours if not; errors are logged under it."""

import re

import pytest
import structlog

from tests.people import Person


def test_every_answer_has_an_id_of_its_own(alice: Person) -> None:
    ids = set()
    for _ in range(2):
        alice.recall("x")
        ids.add(alice.last["X-Request-Id"])
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


@pytest.mark.parametrize("path", ["/v1/memories", "/v1/nothing", "/health"])
def test_a_callers_plain_id_comes_back(alice: Person, path: str) -> None:
    alice.call("get", path, **{"x-request-id": "Trace-4711"})
    assert alice.last["X-Request-Id"] == "Trace-4711"


@pytest.mark.parametrize("forged", ["a" * 65, 'x", "level": "info', "a b", "ä", "-", "../../x", "<b>"])
def test_an_id_that_could_forge_a_log_line_is_replaced(alice: Person, forged: str) -> None:
    alice.call("get", "/v1/memories", **{"x-request-id": forged})
    assert re.fullmatch("[0-9a-f]{32}", alice.last["X-Request-Id"])


def test_what_is_logged_during_a_request_carries_its_id(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, object]] = []
    from retrieval.api import views

    def broken(**_: object) -> None:
        seen.append(structlog.contextvars.get_contextvars())
        raise ZeroDivisionError

    monkeypatch.setattr(views, "recall", broken)
    alice.call("post", "/v1/recall", {"query": "x"}, **{"x-request-id": "Trace-4712"})
    assert alice.last.status_code == 500
    assert [context["request_id"] for context in seen] == ["Trace-4712"]
    assert alice.last["X-Request-Id"] == "Trace-4712"

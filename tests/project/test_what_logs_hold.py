"""Logs hold routes, never addresses, which may be one-time links; and at no level what a page or a message says."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.template import Context, Template
from django.test import Client

from memoryproject.logs import logging_config
from tests.people import Person

TOKEN = "PRJ1SzexbotugiSCsGrN87tMC7ueGnIjISjR5vdoSlo"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the instance's handler writes."""
    root = logging.getLogger()
    handlers, level, stream = root.handlers, root.level, io.StringIO()
    logging_config(level="DEBUG", as_json=True)
    own = root.handlers[0]
    assert isinstance(own, logging.StreamHandler)
    own.setStream(stream)
    yield stream
    root.handlers, root.level = handlers, level


def test_a_form_without_its_token_does_not_log_the_one_time_link(written: io.StringIO, db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post(f"/login/link/{TOKEN}", {"name": "x"})
    assert answer.status_code == 403
    assert "Forbidden (CSRF" in written.getvalue()
    assert TOKEN not in written.getvalue()
    assert "login/link/<str:token>" in written.getvalue()


def test_nothing_at_an_address_does_not_log_the_address(written: io.StringIO, db: None) -> None:
    assert Client().get(f"/wp-admin/{TOKEN}").status_code == 404
    assert "Not Found: unmatched" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_a_refused_request_of_the_api_logs_its_route(written: io.StringIO, alice: Person) -> None:
    alice.call("get", "/v1/inspect/the-safe-code-is-4711")
    assert alice.last.status_code == 400
    assert "v1/inspect/<str:id>" in written.getvalue()
    assert "4711" not in written.getvalue()


def test_another_method_logs_method_and_route(written: io.StringIO, alice: Person) -> None:
    alice.call("put", "/v1/peek/the-safe-code-is-4711")
    assert alice.last.status_code == 405
    assert "v1/peek/<str:id>" in written.getvalue()
    assert "4711" not in written.getvalue()


def test_at_debug_a_page_does_not_log_what_it_shows(written: io.StringIO) -> None:
    Template("{{ grain.nothing }}").render(Context({"grain": {"content": "the safe code is 4711"}}))
    assert "4711" not in written.getvalue()


@pytest.mark.parametrize("name", ["django.db.backends", "mcp.server.lowlevel.server", "redis.client"])
def test_at_debug_parts_do_not_log_what_passes_through_them(written: io.StringIO, name: str) -> None:
    logging.getLogger(name).debug("Received message: %s", "the safe code is 4711")
    assert "4711" not in written.getvalue()


def test_a_foreign_host_costs_the_log_one_line(written: io.StringIO, db: None) -> None:
    assert Client(headers={"host": "evil.example"}).get("/health").status_code == 400
    assert "evil.example" in written.getvalue()
    assert "Traceback" not in written.getvalue()


def test_a_fault_of_ours_keeps_its_traceback(
    written: io.StringIO, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("retrieval.api.views.recall", broken)
    alice.recalled("x")
    assert alice.last.status_code == 500
    assert "ZeroDivisionError" in written.getvalue()

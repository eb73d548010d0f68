"""What every answer tells a browser, and what people see when something is refused."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from random import getrandbits
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from accounts.door import tenant
from memoryproject import policies
from tests.visitors import signed_in, somebody

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["/docs", "/redoc", "/login"]
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def browser(db) -> Client:
    return Client(raise_request_exception=False, headers=HTML)


def directives(response: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in response["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in parts}


# --- policies of content


@pytest.mark.parametrize("page", PAGES)
def test_no_page_may_run_a_script_that_stands_in_it(browser, page):
    policy = directives(browser.get(page))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_a_script_or_a_handler_in_it(browser, page):
    html = browser.get(page).content.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []
    assert re.findall(r"\son\w+=", html) == []


def test_a_page_of_the_browsable_api_has_no_script_that_runs_in_place(alice, browser):
    page = signed_in(somebody(roles={alice.namespace: "admin"}), headers=HTML).get("/v1/memories")
    assert page["Content-Type"].startswith("text/html")
    assert directives(page)["script-src"] == ["'self'"]
    assert "'unsafe-inline'" in directives(page)["style-src"]
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page.content.decode())
    assert [script for script in inline if "application/json" not in script] == []


def test_a_folder_may_need_more(browser, settings):
    settings.CONTENT_POLICIES = {"/log": {"script-src": ["'unsafe-eval'"]}}
    assert directives(browser.get("/login"))["script-src"] == ["'self'", "'unsafe-eval'"]
    assert directives(browser.get("/redoc"))["script-src"] == ["'self'"]


@pytest.mark.parametrize("page", [*PAGES, "/nowhere"])
def test_a_page_tells_browsers_to_be_careful(browser, page):
    answer = browser.get(page)
    assert answer["Content-Type"].startswith("text/html")
    for name in policies._DOCUMENT_HEADERS:
        assert name in answer
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_answer_in_json_may_do_nothing_and_is_not_kept(alice):
    alice.recall("anything")
    assert directives(alice.last)["default-src"] == ["'none'"]
    assert alice.last["Cache-Control"] == "no-store"
    assert alice.last["X-Content-Type-Options"] == "nosniff"


# --- refusals


@pytest.mark.parametrize(
    ("path", "headers", "status"), [("/nowhere", {}, 404), ("/login", {"host": "evil.example"}, 400)]
)
def test_a_refusal_is_a_bare_page_for_a_browser_and_json_for_a_program(db, path, headers, status):
    page = Client().get(path, headers={**HTML, **headers})
    data = Client().get(path, headers=headers)
    assert page.status_code == data.status_code == status
    assert page["Content-Type"].startswith("text/html")
    assert set(data.json()) == {"error", "code", "field"}
    assert page["X-Request-Id"] in page.content.decode()


def test_a_forged_form_is_refused_without_details(db):
    answer = Client(enforce_csrf_checks=True).post("/login", {"username": "x"}, headers=HTML)
    assert answer.status_code == 403
    assert "CSRF" not in answer.content.decode()


def test_an_error_of_ours_tells_nothing(browser, monkeypatch):
    monkeypatch.setattr("console.signin.pages.attempt_spend", lambda *args, **kwargs: 1 / 0)
    answer = browser.post("/login", {"username": "x"})
    assert answer.status_code == 500
    assert "Internal error." in answer.content.decode()
    assert "ZeroDivision" not in answer.content.decode()


def test_too_many_attempts_are_a_page_with_the_wait(browser, settings):
    settings.SIGN_INS_PER_MINUTE = 1
    address = f"2001:db8:{getrandbits(16):x}:{getrandbits(16):x}::1"  # counters outlive a run of the tests
    body = {"username": address}
    answers = [browser.post("/login", body, REMOTE_ADDR=address) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert "Too many attempts" in answers[-1].content.decode()


# --- TLS and the settings of production


def deployed(expression: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"from memoryproject import settings; print({expression})"],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, "0"),
        ({"GARNER_PUBLIC_URL": "http://memory.example.org"}, "0"),
        ({"GARNER_PUBLIC_URL": "https://memory.example.org"}, "31536000"),
        ({"GARNER_PUBLIC_URL": "https://memory.example.org", "GARNER_HSTS_SECONDS": "60"}, "60"),
    ],
)
def test_with_tls_browsers_are_to_insist_on_it_and_cookies_need_it(environ, seconds):
    told = deployed(
        "settings.SECURE_HSTS_SECONDS, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE", **environ
    )
    secure = str("https" in str(environ))
    assert told == f"{seconds} {secure} {secure}"


def test_the_header_is_sent(db, settings):
    settings.SECURE_HSTS_SECONDS = 60
    assert Client().get("/health")["Strict-Transport-Security"] == "max-age=60"


def test_without_tls_it_is_not(db):
    assert "Strict-Transport-Security" not in Client().get("/health")


def test_cookies_are_closed_to_scripts_and_to_other_sites():
    told = deployed("[getattr(settings, a + b) for a in ('SESSION', 'CSRF') for b in ('_COOKIE_SAMESITE',)]")
    assert told == "['Strict', 'Strict']"
    assert deployed("settings.CSRF_COOKIE_HTTPONLY") == "True"


@pytest.mark.slow
def test_a_production_instance_passes_djangos_checks_and_ours():
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={
            **os.environ,
            "GARNER_PUBLIC_URL": "https://memory.example.org",
            "GARNER_ALLOWED_HOSTS": "memory.example.org",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# --- time


def test_a_statement_that_takes_too_long_is_cancelled(db, settings):
    from memoryproject.serve import limit_statements

    options = {"options": settings.DATABASES["default"]["OPTIONS"]["options"]}
    limit_statements(options)
    quick = options["options"].replace("statement_timeout=60s", "statement_timeout=20ms")
    with psycopg.connect(settings.APP_DATABASE_URL, options=quick) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(5)")
        connection.rollback()
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("2min",)


def test_a_cancelled_statement_is_a_503(alice, monkeypatch):
    def slow(**kwargs: Any) -> None:
        with tenant(alice.caller), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '20ms'")
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr("retrieval.api.views.recall", slow)
    alice.recalled("anything")
    assert (alice.last.status_code, alice.last["Retry-After"]) == (503, "1")


@pytest.mark.slow
def test_a_body_that_does_not_come_is_not_waited_for(alice, settings):
    from memoryproject.asgi import application
    from memoryproject.readiness import readiness

    settings.BODY_SECONDS = 0.05
    readiness.set()
    sent: list[Any] = []
    came = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Any:
        return came.pop() if came else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/store", "headers": [(b"host", b"localhost")]}
    asyncio.run(application(scope, receive, send))
    assert sent[0]["status"] == 408
    assert b"too_slow" in sent[1]["body"]

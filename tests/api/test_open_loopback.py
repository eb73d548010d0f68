"""GARNER_OPEN_LOOPBACK=1 lets programs of this machine in without a key, and nobody else."""

from typing import Any

import pytest
from django.test import Client

LOCAL: Any = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}


@pytest.fixture
def opened(db, settings):
    settings.OPEN_LOOPBACK = True
    settings.ALLOWED_HOSTS = ["*"]


def listed(**meta: str) -> int:
    """The status of a listing without a key."""
    together: Any = {**LOCAL, **meta}
    return Client(raise_request_exception=False).get("/v1/memories", **together).status_code


def test_it_is_off_by_default(db):
    assert listed() == 401


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:8000", "[::1]:8000", "LOCALHOST:1"])
def test_a_local_program_is_let_in(opened, host):
    assert listed(HTTP_HOST=host) == 200


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1"])
def test_any_loopback_peer_is_local(opened, peer):
    assert listed(REMOTE_ADDR=peer) == 200


def test_a_local_program_is_a_writer_of_default(opened):
    answer = Client().post("/v1/store", {"content": "from a program here"}, "application/json", **LOCAL)
    assert answer.status_code == 200
    assert Client().get("/v1/memories", **LOCAL).json()["namespace"] == "default"


def test_a_local_program_is_no_admin(opened):
    answer = Client().delete("/v1/forget", {"tags": ["x"]}, "application/json", **LOCAL)
    assert answer.status_code == 403


@pytest.mark.parametrize("peer", ["10.0.0.5", "192.168.1.2", "::ffff:10.0.0.5", "203.0.113.9", "", "unix:", "nonsense"])
def test_another_machine_is_not_let_in(opened, peer):
    assert listed(REMOTE_ADDR=peer) == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.5:8000", "[::2]", "0.0.0.0"]
)
def test_another_host_name_is_not_let_in(opened, host):
    assert listed(HTTP_HOST=host) == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8000"])
def test_a_browser_page_is_not_let_in(opened, origin):
    assert listed(HTTP_ORIGIN=origin) == 401


def test_a_browser_that_loads_something_for_a_page_is_not_let_in(opened):
    assert listed(HTTP_SEC_FETCH_SITE="cross-site") == 401


@pytest.mark.parametrize(
    "header",
    [
        "HTTP_FORWARDED",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_ANYTHING",
        "HTTP_X_REAL_IP",
        "HTTP_VIA",
    ],
)
def test_what_a_proxy_has_passed_on_is_not_let_in(opened, header):
    assert listed(**{header: "127.0.0.1"}) == 401
    assert listed(**{header: ""}) == 401


def test_a_wrong_key_is_refused_all_the_same(opened):
    assert listed(HTTP_AUTHORIZATION="Bearer gk_wrong") == 401

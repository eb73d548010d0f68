"""How often an address, or a name, may be tried: counted in Valkey, and never a lock on others."""

from typing import Any
from uuid import uuid4

import pytest
import redis
import time_machine
from django.conf import settings as configured
from django.test import RequestFactory

from accounts.attempts import attempt_spend
from accounts.errors import OverQuota

WHEN = "2026-03-01T12:00:00Z"


def request_from(address: str, **meta: str) -> Any:
    request = RequestFactory().post("/login")
    request.META.update(REMOTE_ADDR=address, **meta)
    return request


def tries(address: str, times: int, *, what: str, name: str | None = None, **meta: str) -> list[int]:
    """0 for an attempt that counts, else the wait that a refusal names."""
    found = []
    for _ in range(times):
        try:
            attempt_spend(request_from(address, **meta), what=what, per_minute=2, name=name)
            found.append(0)
        except OverQuota as error:
            found.append(error.retry_after)
    return found


@pytest.fixture
def what(servers, request) -> str:
    """Something that nothing else counts."""
    return f"{request.node.name} {uuid4()}"


def test_an_address_may_try_so_often_and_another_as_often(what):
    with time_machine.travel(WHEN, tick=False):
        waits = tries("192.0.2.1", 4, what=what)
        assert waits[:2] == [0, 0]
        assert all(1 <= wait <= 60 for wait in waits[2:])
        assert tries("192.0.2.2", 2, what=what) == [0, 0]


def test_after_the_wait_that_is_told_it_goes_on_and_not_before(what):
    with time_machine.travel(WHEN, tick=False) as clock:
        wait = tries("192.0.2.1", 3, what=what)[-1]
        clock.shift(wait - 1)
        assert tries("192.0.2.1", 1, what=what) != [0]
        clock.shift(2)
        assert tries("192.0.2.1", 1, what=what) == [0]


def test_a_name_is_counted_whoever_tries_it_and_however_it_is_spelled(what):
    with time_machine.travel(WHEN, tick=False):
        assert tries("192.0.2.1", 1, what=what, name="Alice") == [0]
        assert tries("192.0.2.2", 1, what=what, name="alice") == [0]
        assert tries("192.0.2.3", 1, what=what, name="ALICE") != [0]
        assert tries("192.0.2.3", 1, what=what, name="bob") == [0]


def test_what_a_sender_says_of_its_address_changes_nothing(what):
    with time_machine.travel(WHEN, tick=False):
        forged = [{"HTTP_X_FORWARDED_FOR": f"198.51.100.{n}", "HTTP_X_REAL_IP": f"198.51.100.{n}"} for n in range(3)]
        assert [tries("192.0.2.1", 1, what=what, **headers)[0] > 0 for headers in forged] == [False, False, True]


def test_the_addresses_of_one_ipv6_network_are_one(what):
    with time_machine.travel(WHEN, tick=False):
        assert [tries(f"2001:db8::{n}", 1, what=what)[0] > 0 for n in range(3)] == [False, False, True]
        assert tries("2001:db8:0:1::1", 1, what=what) == [0]


def test_a_peer_without_an_address_is_counted_too(what):
    with time_machine.travel(WHEN, tick=False):
        assert [wait > 0 for wait in tries("", 3, what=what)] == [False, False, True]


def test_the_counters_expire(what):
    tries("192.0.2.1", 1, what=what)
    server = redis.Redis.from_url(configured.REDIS_URL.cache)
    keys = server.keys("garner:*rl:*")
    assert keys
    assert all(0 < server.ttl(key) <= 65 for key in keys)


def test_without_valkey_nobody_is_locked_out(settings, what):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    assert tries("192.0.2.1", 5, what=what) == [0] * 5

"""A namespace whose changes pile up before the worker may not write more; reading goes on, and so do others."""

from itertools import count

import pytest

from accounts.errors import Backlogged
from accounts.outbox import Consumer, register
from accounts.outbox.consumers import _registered
from accounts.scopes import Scope
from accounts.services import backpressure
from accounts.services.backpressure import BACKLOG_LIMIT, LONGEST_WAIT, _wait, _Waiting, backlog_check
from accounts.services.namespace_settings import settings_change
from tests.outbox import drain_all

_names = count(1)


@pytest.fixture
def consumer(owner):
    """A consumer of all deeds, and nobody who drains it but the test."""
    name = f"slow-{next(_names)}"
    register(Consumer(name, None, lambda batch: None))
    drain_all(name)
    yield name
    del _registered[name]


@pytest.fixture
def moment(monkeypatch):
    """A monotonic clock that the test moves, and nothing remembered."""
    now = [1000.0]
    monkeypatch.setattr("accounts.services.backpressure.time.monotonic", lambda: now[0])
    backpressure._known.clear()
    return now


def limit(person, most):
    settings_change(caller=person.caller, changes={BACKLOG_LIMIT.name: most}, as_operator=True)


def drained(name):
    while drain_all(name):
        pass


def statuses(person, *calls):
    found = []
    for method, path, body in calls:
        person.call(method, path, body)
        found.append(person.last.status_code)
    return found


def test_too_many_waiting_changes_refuse_writing_until_they_are_handled(alice, consumer, moment):
    id_ = alice.store("fact 0")["id"]
    for n in range(1, 6):
        alice.store(f"fact {n}")
    limit(alice, 3)
    moment[0] += 2
    writes = [
        ("post", "/v1/store", {"content": "one more"}),
        ("post", "/store", {"content": "one more"}),
        ("patch", "/v1/update", {"id": id_, "content": "changed"}),
        ("post", "/v1/feedback", {"id": id_, "action": "confirm"}),
    ]
    assert statuses(alice, *writes) == [503] * 4
    assert alice.call("post", "/v1/store", {"content": "one more"})["code"] == "backlogged"
    assert 1 <= int(alice.last["Retry-After"]) <= LONGEST_WAIT
    drained(consumer)
    moment[0] += 2
    assert statuses(alice, *writes[:3]) == [200, 200, 200]


def test_reading_and_forgetting_go_on(alice, consumer, moment):
    id_ = alice.store("the safe code is 4711")["id"]
    alice.store("fact 2")
    limit(alice, 1)
    moment[0] += 2
    alice.store("fact 3")
    assert alice.last.status_code == 503
    assert alice.recall("safe code")
    assert alice.forget(ids=[id_]) == {"deleted": 1}


def test_alices_backlog_does_not_stop_bob(alice, bob, consumer, moment):
    for n in range(3):
        alice.store(f"fact {n}")
    for person in (alice, bob):
        limit(person, 2)
    moment[0] += 2
    assert statuses(alice, ("post", "/v1/store", {"content": "more"})) == [503]
    assert statuses(bob, ("post", "/v1/store", {"content": "more"})) == [200]


def test_agents_are_told_too(alice, consumer, moment):
    from mcp_bridge.refusals import refusal_of

    alice.store("fact 1")
    alice.store("fact 2")
    limit(alice, 1)
    moment[0] += 2
    with pytest.raises(Backlogged) as told:
        backlog_check(caller=alice.caller, scope=Scope.STORE)
    assert refusal_of(told.value).code == "backlogged"


def test_zero_lifts_the_limit(alice, consumer, moment):
    limit(alice, 0)
    assert statuses(alice, *[("post", "/v1/store", {"content": f"fact {n}"}) for n in range(3)]) == [200] * 3


def test_a_count_is_good_for_a_second(alice, moment, django_assert_num_queries):
    backlog_check(caller=alice.caller, scope=Scope.STORE)
    caller = alice.caller
    with django_assert_num_queries(0):
        backlog_check(caller=caller, scope=Scope.STORE)
    moment[0] += 1.1
    with django_assert_num_queries(1):
        backlog_check(caller=caller, scope=Scope.STORE)


def test_a_slow_count_is_good_for_longer(alice, moment, monkeypatch):
    counted = []

    def slow(namespace_id):
        counted.append(namespace_id)
        moment[0] += 0.5
        return 0

    monkeypatch.setattr(backpressure, "backlog", slow)
    for _ in range(9):
        backlog_check(caller=alice.caller, scope=Scope.STORE)
        moment[0] += 1
    assert len(counted) == 1
    moment[0] += 2
    backlog_check(caller=alice.caller, scope=Scope.STORE)
    assert len(counted) == 2


@pytest.mark.parametrize(
    ("waiting", "per_second", "wait"),
    [(1100, 50, 2), (1100, 1000, 1), (100_000, 10, 60), (1100, 0, 60), (1100, -5, 60)],
)
def test_the_wait_follows_from_how_fast_the_backlog_falls(waiting, per_second, wait):
    assert _wait(_Waiting(waiting, 0.0, 0.0, per_second), 1000) == wait

"""Rates and room: who may do how much, and what a refusal costs."""

import pytest

from accounts.scopes import Role
from accounts.services.keys import key_create
from tests.people import Person


def key_of(person, **rates):
    return Person(person.namespace, key_create(namespace=person.namespace, scopes=Role.ADMIN.scopes, **rates).secret)


def codes(person, times, call):
    found = []
    for n in range(times):
        call(n)
        found.append(person.last.status_code)
    return found


def test_requests_a_second_are_limited(alice, settings):
    settings.REQUESTS_PER_SECOND = 3
    key = key_of(alice)
    found = codes(key, 5, lambda n: key.call("get", "/v1/memories"))
    assert found == [200, 200, 200, 429, 429]
    assert int(key.last["Retry-After"]) >= 1
    assert key.last.json()["code"] == "over_quota"


def test_a_key_has_a_rate_of_its_own(alice, settings):
    settings.REQUESTS_PER_SECOND = 100
    key = key_of(alice, requests_per_second=1)
    assert codes(key, 2, lambda n: key.call("get", "/v1/memories")) == [200, 429]


def test_a_key_without_a_limit_of_grains_has_none_of_requests(alice, settings):
    settings.REQUESTS_PER_SECOND = 1
    key = key_of(alice, grains_per_minute=0)
    assert codes(key, 4, lambda n: key.call("get", "/v1/memories")) == [200] * 4


def test_zero_lifts_the_instances_rate(alice, settings):
    settings.REQUESTS_PER_SECOND = 0
    key = key_of(alice)
    assert codes(key, 4, lambda n: key.call("get", "/v1/memories")) == [200] * 4


def test_one_keys_rate_does_not_lock_out_another(alice, bob, settings):
    settings.REQUESTS_PER_SECOND = 1
    mine, other = key_of(alice), key_of(bob)
    assert codes(mine, 3, lambda n: mine.call("get", "/v1/memories"))[-1] == 429
    assert codes(other, 1, lambda n: other.call("get", "/v1/memories")) == [200]


def test_grains_are_counted_for_each_caller_of_a_key(alice, settings):
    settings.GRAINS_PER_MINUTE, settings.REQUESTS_PER_SECOND = 2, 0
    key = key_of(alice)
    for caller in ("codex:chat", "claude:chat"):
        headers = {"x-caller-id": caller}
        body = lambda n, caller=caller: {"content": f"{caller} fact {n}."}  # noqa: E731
        assert codes(key, 3, lambda n, b=body, h=headers: key.call("post", "/store", b(n), **h)) == [200, 200, 429]


def test_a_rate_of_the_keys_own_is_shared_by_its_callers(alice, settings):
    key = key_of(alice, grains_per_minute=1)
    key.call("post", "/store", {"content": "One."}, **{"x-caller-id": "codex:chat"})
    key.call("post", "/store", {"content": "Two."}, **{"x-caller-id": "claude:chat"})
    assert key.last.status_code == 429


def test_a_refused_batch_costs_nothing(alice, settings):
    key = key_of(alice, grains_per_minute=3)
    batch = [{"content": f"Fact {n}."} for n in range(4)]
    key.store_batch(*batch)
    assert key.last.status_code == 429
    key.store_batch(*batch[:3])
    assert key.last.status_code == 200


def test_a_repeat_costs_no_grain(alice):
    key = key_of(alice, grains_per_minute=1)
    assert codes(key, 3, lambda n: key.store("It rained.")) == [200] * 3


@pytest.mark.parametrize(("name", "most"), [("NAMESPACE_GRAINS", 2), ("NAMESPACE_BYTES", 12)])
def test_a_full_namespace_takes_nothing_more_until_something_is_forgotten(alice, settings, name, most):
    setattr(settings, name, most)
    id_ = alice.store("fact 1")["id"]
    alice.store("fact 2")
    alice.store("fact 3")
    assert (alice.last.status_code, alice.last.json()["code"]) == (403, "namespace_full")
    assert alice.recall("fact 1")
    alice.forget(ids=[id_])
    alice.store("fact 3")
    assert alice.last.status_code == 200


def test_a_refusal_tells_the_wait_as_memoryoss_does_too(alice, settings):
    key = key_of(alice, grains_per_minute=1)
    key.store("One.")
    answer = key.store("Two.")
    assert answer["retry_after_ms"] == 1000 * int(key.last["Retry-After"]) > 0
    assert set(key.call("post", "/store", {"content": "Three."})) == {"detail"}

"""How much a key may store a minute: refused with Retry-After, at no cost, key by key."""

import pytest

from accounts.scopes import Role
from accounts.services import quotas
from grains.selectors import grain_count
from tests.people import Person


def stored(person: Person, *contents: str) -> int:
    person.store_batch(*({"content": content} for content in contents))
    return int(person.last.status_code)


def test_a_store_over_the_quota_is_refused_with_the_seconds_to_wait(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=2)
    assert [stored(slow, f"fact {n}") for n in range(3)] == [200, 200, 429]
    answer = slow.last.json()
    assert (answer["code"], set(answer)) == ("over_quota", {"error", "code", "field"})
    assert 1 <= int(slow.last["Retry-After"]) <= 60
    assert grain_count(caller=alice.caller) == 2


def test_a_refused_batch_costs_nothing_and_stores_nothing(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=3)
    assert stored(slow, "a", "b", "c", "d") == 429
    assert grain_count(caller=alice.caller) == 0
    assert stored(slow, "a", "b", "c") == 200


def test_a_batch_larger_than_the_quota_says_that_waiting_will_not_help(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=3)
    stored(slow, "a", "b", "c", "d")
    assert "at most 3 at a time" in slow.last.json()["error"]


def test_repeats_cost_nothing(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=2)
    assert stored(slow, "a", "a", "b") == 200
    assert stored(slow, "a", "b") == 200
    assert stored(slow, "c") == 429


def test_bad_input_costs_nothing(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=1)
    assert stored(slow, " ") in {400, 422}
    assert stored(slow, "a") == 200


def test_each_key_has_its_own(alice: Person) -> None:
    one, two = (alice.with_role(Role.WRITER, grains_per_minute=1) for _ in range(2))
    assert (stored(one, "a"), stored(one, "b"), stored(two, "b")) == (200, 429, 200)


def test_zero_is_no_limit_and_none_is_the_instances_own(alice: Person, settings) -> None:
    settings.GRAINS_PER_MINUTE = 1
    assert stored(alice, *"abc") == 200
    plain = alice.with_role(Role.WRITER, grains_per_minute=None)
    assert (stored(plain, "d"), stored(plain, "e")) == (200, 429)


def test_reading_is_not_counted(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=1)
    assert stored(slow, "a") == 200
    assert [slow.recall("a") for _ in range(3)] == [["a"]] * 3


def test_without_valkey_memories_are_stored_all_the_same(
    alice: Person, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = type("Dead", (), {"limits": "redis://127.0.0.1:1/0"})
    settings.REDIS_URL = dead()
    quotas._limiter.cache_clear()
    try:
        slow = alice.with_role(Role.WRITER, grains_per_minute=1)
        assert (stored(slow, "a"), stored(slow, "b")) == (200, 200)
    finally:
        quotas._limiter.cache_clear()

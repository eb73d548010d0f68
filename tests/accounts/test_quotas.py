"""How much a key may store a minute: refused with Retry-After, at no cost, key by key."""

import math

import hypothesis
import pytest
from hypothesis import strategies as st

from accounts.scopes import Role
from accounts.services import quotas
from accounts.services.quotas import Window
from grains.selectors import grain_count
from tests.people import Person


def stored(person: Person, *contents: str) -> int:
    person.store_batch(*({"content": content} for content in contents))
    return int(person.last.status_code)


def test_a_store_over_the_quota_is_refused_with_the_seconds_to_wait(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=2)
    assert [stored(slow, f"fact {n}") for n in range(3)] == [200, 200, 429]
    answer = slow.last.json()
    assert (answer["code"], set(answer)) == ("over_quota", {"error", "code", "field", "retry_after_ms"})
    assert 1 <= int(slow.last["Retry-After"]) <= 60
    assert answer["retry_after_ms"] == 1000 * int(slow.last["Retry-After"])
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
    clear()
    try:
        slow = alice.with_role(Role.WRITER, grains_per_minute=1)
        assert (stored(slow, "a"), stored(slow, "b")) == (200, 200)
    finally:
        clear()


def clear() -> None:
    quotas._limiter.cache_clear()
    quotas._storage.cache_clear()


# --- the wait that is told


def fits(window: Window, after: float, cost: int, allowed: int, lasts: float) -> bool:
    """Whether so much is let in `after` seconds, as the library's script decides."""
    shift = window.current_left - lasts
    if after < shift:
        counted = math.floor(window.previous * max(window.previous_left - after, 0) / lasts) + window.current
    else:
        counted = math.floor(window.current * max(lasts - (after - shift), 0) / lasts)
    return counted + cost <= allowed


@hypothesis.given(
    previous=st.integers(0, 500),
    current=st.integers(0, 500),
    share=st.floats(0.01, 0.99),
    allowed=st.integers(1, 500),
    part=st.floats(0, 1),
    lasts=st.sampled_from([1.0, 60.0]),
)
def test_the_wait_is_true_to_a_second(*, previous, current, share, allowed, part, lasts):
    cost = max(1, round(part * allowed))
    window = Window(previous, share * lasts, current, lasts + share * lasts)
    hypothesis.assume(not fits(window, 0, cost, allowed, lasts))
    wait = window.wait(cost, allowed, lasts)
    assert fits(window, wait, cost, allowed, lasts)
    assert wait == 1 or not fits(window, wait - 1.01, cost, allowed, lasts)


def test_a_batch_is_told_to_wait_until_it_fits_as_a_whole(alice: Person) -> None:
    slow = alice.with_role(Role.WRITER, grains_per_minute=10)
    assert stored(slow, *(f"fact {n}" for n in range(10))) == 200
    assert stored(slow, "one more") == 429
    one = int(slow.last["Retry-After"])
    assert stored(slow, *(f"other {n}" for n in range(10))) == 429
    ten = int(slow.last["Retry-After"])
    assert 60 <= one <= 67, "the window ends, and a tenth of what it had has faded"
    assert 110 <= ten <= 121, "all of it has faded"

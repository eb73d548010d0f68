"""How much a key may do a minute: a sliding window in Valkey, counted before the work is done.

The rates are the key's own, else the namespace's, else the instance's.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

import structlog
from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import RedisStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from accounts.door import Caller
from accounts.errors import OverQuota
from accounts.namespace_settings import Between, NamespaceSetting, register, setting_of

log = structlog.get_logger(__name__)
_RATES = Between(0, 10_000_000)
GRAINS_PER_MINUTE = register(
    NamespaceSetting(
        "grains_per_minute",
        int,
        "GRAINS_PER_MINUTE",
        _RATES,
        "Memories that a caller may store a minute, unless the key has a limit of its own; 0: no limit.",
        operators_only=True,
    )
)
REQUESTS_PER_SECOND = register(
    NamespaceSetting(
        "requests_per_second",
        int,
        "REQUESTS_PER_SECOND",
        _RATES,
        "REST requests of a key a second, unless it has a rate of its own; 0: no limit.",
        operators_only=True,
    )
)
MEMEX_WRITES_PER_MINUTE = register(
    NamespaceSetting(
        "memex_writes_per_minute",
        int,
        "MEMEX_WRITES_PER_MINUTE",
        _RATES,
        "Writes a minute and key in the memex dialect; 0: no limit.",
        operators_only=True,
    )
)
MEMEX_SEARCHES_PER_MINUTE = register(
    NamespaceSetting(
        "memex_searches_per_minute",
        int,
        "MEMEX_SEARCHES_PER_MINUTE",
        _RATES,
        "Searches a minute and key in the memex dialect; 0: no limit.",
        operators_only=True,
    )
)


@lru_cache(maxsize=1)
def _storage() -> RedisStorage:
    return cast("RedisStorage", storage_from_string(settings.REDIS_URL.limits))


@lru_cache(maxsize=1)
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(_storage())


@dataclass(frozen=True, slots=True)
class Window:
    """What `limits` counts by: the window before, which fades, and the current one; with the seconds they have left.

    The current one becomes the one before when it has as much left as a window lasts.
    """

    previous: int
    previous_left: float
    current: int
    current_left: float

    def wait(self, cost: int, allowed: int, lasts: float) -> int:
        """Whole seconds until so many fit, if nothing else is counted meanwhile; at least 1. `cost` <= `allowed`."""
        shift = max(self.current_left - lasts, 0.0)
        spare = allowed - cost - self.current
        if spare >= 0 and self.previous:
            # It counts for the whole part of previous * left / lasts.
            fits = self.previous_left - (spare + 1) * lasts / self.previous
            if fits <= shift:
                return max(1, math.floor(fits) + 1)
        if not self.current:
            return max(1, math.floor(shift) + 1)
        return max(1, math.floor(shift + max(lasts - (allowed - cost + 1) * lasts / self.current, 0.0)) + 1)


def quota_spend(*, caller: Caller, grains: int) -> None:
    """Count `grains` against the caller. Raises OverQuota, at no cost, when they do not fit.

    A rate of the key's own is the key's, whoever uses it; the instance's default counts each caller (the key, and
    the name that its software gives itself in X-Caller-Id or X-Flux-Client) by itself, as Flux does.

    Without Valkey nothing is counted: a memory that stops because a counter is away helps nobody.
    """
    if caller.grains_per_minute is None:
        allowed = setting_of(caller.namespace_id, GRAINS_PER_MINUTE)
        rule = f"This caller may store {allowed} grains a minute"
        _spend(f"{caller.subject}|{caller.client}:{caller.role}", "grains", grains, allowed, rule=rule)
    else:
        allowed = caller.grains_per_minute
        _spend(caller.subject, "grains", grains, allowed, rule=f"This key may store {allowed} grains a minute")


def request_spend(*, caller: Caller) -> None:
    """Count one request against the caller's key: the key's own rate, else the instance's. Raises OverQuota.

    A key whose grains have no limit has none of requests either, unless it was given one.
    """
    allowed = caller.requests_per_second
    if allowed is None:
        unlimited = caller.grains_per_minute == 0
        allowed = 0 if unlimited else setting_of(caller.namespace_id, REQUESTS_PER_SECOND)
    rule = f"This key may make {allowed} requests a second"
    _spend(caller.subject, "requests", 1, allowed, rule=rule, per=RateLimitItemPerSecond)


def memex_spend(*, caller: Caller, operation: Literal["writes", "searches"]) -> None:
    """Count one write or search of memex's dialect against the caller's key. Raises OverQuota.

    A key whose own limit is 0 has none here either.
    """
    if caller.grains_per_minute == 0:
        return
    rate = {"writes": MEMEX_WRITES_PER_MINUTE, "searches": MEMEX_SEARCHES_PER_MINUTE}[operation]
    allowed = setting_of(caller.namespace_id, rate)
    _spend(
        caller.subject, f"memex-{operation}", 1, allowed, rule=f"This caller may make {allowed} {operation} a minute"
    )


def _spend(
    who: str, what: str, cost: int, allowed: int, *, rule: str, per: type[RateLimitItem] = RateLimitItemPerMinute
) -> None:
    if not allowed or not cost:
        return
    rate = per(allowed, namespace=f"garner:{what}")
    try:
        if _limiter().hit(rate, who, cost=cost):
            return
        window = Window(*_storage().get_sliding_window(rate.key_for(who), rate.get_expiry()))
    except RedisError as error:
        log.warning("quota_uncounted", error=type(error).__name__)
        return
    log.info("over_quota", subject=who, what=what)
    if cost > allowed:
        raise OverQuota(f"{rule}: send at most {allowed} at a time.", retry_after=60)
    wait = window.wait(cost, allowed, rate.get_expiry())
    raise OverQuota(f"{rule}; try again in {wait} s.", retry_after=wait)

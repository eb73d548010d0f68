"""How much a key may do a minute: a sliding window in Valkey, counted before the work is done."""

import math
import time
from functools import lru_cache
from typing import Literal, cast

import structlog
from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from accounts.door import Caller
from accounts.errors import OverQuota

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(cast("Storage", storage_from_string(settings.REDIS_URL.limits)))


def quota_spend(*, caller: Caller, grains: int) -> None:
    """Count `grains` against the caller's key. Raises OverQuota, at no cost, when they do not fit.

    Without Valkey nothing is counted: a memory that stops because a counter is away helps nobody.
    """
    allowed = settings.GRAINS_PER_MINUTE if caller.grains_per_minute is None else caller.grains_per_minute
    _spend(caller, "grains", grains, allowed, f"This key may store {allowed} grains a minute")


def calls_spend(*, caller: Caller, allowed: int) -> None:
    """Count one call of an agent's tool against the caller's key: `allowed` a minute, 0 for no limit.

    Raises OverQuota. The key is counted, whatever names its clients give themselves.
    """
    _spend(caller, "calls", 1, allowed, f"This key may make {allowed} calls a minute")


def memex_spend(*, caller: Caller, operation: Literal["writes", "searches"]) -> None:
    """Count one write or search of memex's dialect against the caller. Raises OverQuota.

    A key whose own limit is 0 has none here either.
    """
    allowed = {"writes": settings.MEMEX_WRITES_PER_MINUTE, "searches": settings.MEMEX_SEARCHES_PER_MINUTE}[operation]
    if caller.grains_per_minute == 0:
        return
    _spend(caller, f"memex-{operation}", 1, allowed, f"This caller may make {allowed} {operation} a minute")


def _spend(caller: Caller, what: str, cost: int, allowed: int, rule: str) -> None:
    if not allowed:
        return
    rate = RateLimitItemPerMinute(allowed, namespace=f"garner:{what}")
    try:
        if _limiter().hit(rate, caller.subject, cost=cost):
            return
        reset = _limiter().get_window_stats(rate, caller.subject).reset_time
    except RedisError as error:
        log.warning("quota_uncounted", error=type(error).__name__)
        return
    log.info("over_quota", subject=caller.subject, what=what, **caller.stated)
    if cost > allowed:
        raise OverQuota(f"{rule}: send at most {allowed} at a time.", retry_after=60)
    wait = max(1, math.ceil(reset - time.time()))
    raise OverQuota(f"{rule}; try again in {wait} s.", retry_after=wait)

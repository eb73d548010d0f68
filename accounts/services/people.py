"""People: who may browse the API, and as whom they act."""

import math
import time
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from accounts.door import Caller
from accounts.errors import Forbidden, OverQuota
from accounts.models import Membership
from accounts.scopes import Role

ATTEMPTS_PER_MINUTE = 10  # of one address, and on one name: a person mistypes twice, a guesser needs thousands


EXCHANGES_PER_MINUTE = 60  # of one address: many programs behind one, each of which needs a token an hour


def may_browse(user: Any) -> bool:
    """Whether this user may use the browsable API: GARNER_BROWSABLE_API says nobody, staff, or everybody."""
    if settings.BROWSABLE_API == "off" or not user.is_active:
        return False
    return bool(user.is_staff or settings.BROWSABLE_API == "debug")


def caller_of_member(*, user: Any, namespace: str | None) -> Caller:
    """The user as a caller in `namespace`, by default the only one that they belong to. Raises Forbidden."""
    memberships = Membership.objects.select_related("namespace").filter(user=user).order_by("namespace__name")
    if namespace is not None:
        memberships = memberships.filter(namespace__name=namespace)
    found = list(memberships[:2])
    if not found:
        raise Forbidden("You belong to no such namespace.", field="namespace")
    if len(found) > 1:
        raise Forbidden("You belong to several namespaces: name one, as ?namespace=...", field="namespace")
    (membership,) = found
    return Caller(
        namespace_id=membership.namespace_id,
        namespace=membership.namespace.name,
        subject=f"user:{user.pk}",
        scopes=Role(membership.role).scopes,
    )


def attempt_spend(*, address: str, name: str) -> None:
    """Count an attempt to sign in. Raises OverQuota when address or name had too many; without Valkey none counts."""
    rate = RateLimitItemPerMinute(ATTEMPTS_PER_MINUTE, namespace="garner:sign-in")
    try:
        fits = [_limiter().hit(rate, kind, value.casefold()) for kind, value in (("at", address), ("as", name))]
    except (RedisError, OSError):
        return
    if not all(fits):
        raise OverQuota("Too many attempts to sign in; try again in a minute.", retry_after=60)


def exchange_spend(*, address: str) -> None:
    """Count an exchange of a key for a token by one address. Raises OverQuota; without Valkey none counts."""
    rate = RateLimitItemPerMinute(EXCHANGES_PER_MINUTE, namespace="garner:token")
    try:
        if _limiter().hit(rate, address):
            return
        wait = max(1, math.ceil(_limiter().get_window_stats(rate, address).reset_time - time.time()))
    except (RedisError, OSError):
        return
    raise OverQuota(f"Too many tokens were asked for; try again in {wait} s.", retry_after=wait)


@lru_cache(maxsize=1)
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(cast("Storage", storage_from_string(settings.REDIS_URL.limits)))

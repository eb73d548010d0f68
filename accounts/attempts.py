"""How often browsers and callers without a key may try something: counted in Valkey, by django-ratelimit.

An address is the peer's. What proxies say of others is believed only from GARNER_TRUSTED_PROXIES, by the web server,
before anything here sees it. Of IPv6 a whole /64 counts as one address.
"""

from collections.abc import Callable
from typing import Literal

import structlog
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from accounts.errors import OverQuota

log = structlog.get_logger(__name__)
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 (no address to listen on: the peer of a Unix socket has none)


def attempt_spend(request: HttpRequest, *, what: str, per_minute: int, name: str | None = None) -> None:
    """Count one attempt of the request's address, or on `name`. Raises OverQuota with the wait until the next one.

    Without Valkey none counts: people who cannot sign in to repair an instance help nobody.
    """
    key: Callable[..., str] | Literal["ip"] = "ip" if name is None else lambda *_: name.casefold()
    group = f"{what} by {'address' if name is None else 'name'}"
    try:
        usage = get_usage(request, group=group, key=key, rate=f"{per_minute}/m", increment=True)
    except (RedisError, OSError) as error:
        log.warning("attempt_uncounted", what=what, error=type(error).__name__)
        return
    if usage and usage["should_limit"]:
        wait = max(1, usage["time_left"])
        log.warning("too_many_attempts", what=what)
        raise OverQuota(f"Too many attempts: {what}. Try again in {wait} s.", retry_after=wait)


def address_of(request: HttpRequest) -> str:
    """The peer's address, as django-ratelimit counts it."""
    return str(request.META.get("REMOTE_ADDR") or UNKNOWN_ADDRESS)

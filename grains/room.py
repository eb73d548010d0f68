"""How much a namespace may hold. Counted seldom: a process adds up what it stores itself in between."""

import time
from threading import Lock

from cachetools import TTLCache
from django.db import connection

from accounts.door import Caller, tenant
from accounts.errors import NamespaceFull
from accounts.namespace_settings import Between, NamespaceSetting, register, setting_of

HELD_SQL = """
SELECT count(*) FILTER (WHERE ended_at IS NULL), coalesce(sum(octet_length(content)), 0)::bigint
FROM grains_version WHERE namespace_id = %s
"""
REMEMBER_SECONDS = 60.0  # what other processes store meanwhile is not seen: a namespace may exceed by that much

NAMESPACE_GRAINS = register(
    NamespaceSetting(
        "namespace_grains",
        int,
        "NAMESPACE_GRAINS",
        Between(0, 10**12),
        "Memories that the namespace may hold; 0: no limit.",
        operators_only=True,
    )
)
NAMESPACE_BYTES = register(
    NamespaceSetting(
        "namespace_bytes",
        int,
        "NAMESPACE_BYTES",
        Between(0, 10**15),
        "Bytes of content, past versions included, that the namespace may hold; 0: no limit.",
        operators_only=True,
    )
)

_held: TTLCache[int, tuple[int, int]] = TTLCache(maxsize=10_000, ttl=REMEMBER_SECONDS, timer=time.monotonic)
_lock = Lock()


def room_check(*, caller: Caller, grains: int, size: int) -> None:
    """Make sure that so many grains, of `size` bytes together, still fit. Raises NamespaceFull, from a fresh count."""
    most = setting_of(caller.namespace_id, NAMESPACE_GRAINS), setting_of(caller.namespace_id, NAMESPACE_BYTES)
    if not grains or not any(most):
        return
    with _lock:
        held = _held.get(caller.namespace_id)
    if held is None or not _fits(held, grains, size, most):
        held = _counted(caller)
    if not _fits(held, grains, size, most):
        raise NamespaceFull("The namespace is full: forget something, or ask its operator for more.")
    with _lock:
        _held[caller.namespace_id] = (held[0] + grains, held[1] + size)


def _fits(held: tuple[int, int], grains: int, size: int, most: tuple[int, int]) -> bool:
    most_grains, most_bytes = most
    return (not most_grains or held[0] + grains <= most_grains) and (not most_bytes or held[1] + size <= most_bytes)


def _counted(caller: Caller) -> tuple[int, int]:
    with tenant(caller, durable=False), connection.cursor() as cursor:
        cursor.execute(HELD_SQL, [caller.namespace_id])
        grains, size = cursor.fetchone()
    return int(grains), int(size)

"""Backpressure: who writes faster than the worker follows is told to wait; nobody else is, and reading goes on."""

import math
import time
from dataclasses import dataclass
from threading import Lock

import structlog
from cachetools import TTLCache

from accounts.door import Caller
from accounts.errors import Backlogged
from accounts.namespace_settings import Between, NamespaceSetting, register, setting_of
from accounts.outbox import backlog
from accounts.scopes import Scope

log = structlog.get_logger(__name__)
BACKLOG_LIMIT = register(
    NamespaceSetting(
        "backlog_limit",
        int,
        "BACKLOG_LIMIT",
        Between(0, 1_000_000),
        "Changes that may wait for the worker before writing is refused with 503; 0: no limit.",
        operators_only=True,
    )
)
HELD_BACK = frozenset({Scope.STORE, Scope.UPDATE, Scope.FEEDBACK})  # forgetting must always be possible
FRESH_SECONDS = 1.0  # how long a count is good
COUNTING_SHARE = 20  # a count that took long is good for so many times as long: counting stays below a twentieth
LONGEST_WAIT = 60


@dataclass(frozen=True, slots=True)
class _Waiting:
    """How many deeds wait, since when that is known and until when it is good (monotonic), and how fast they fall."""

    count: int
    at: float
    until: float
    per_second: float = 0.0


_known: TTLCache[int, _Waiting] = TTLCache(maxsize=10_000, ttl=10 * LONGEST_WAIT, timer=time.monotonic)
_lock = Lock()


def backlog_check(*, caller: Caller, scope: Scope | None) -> None:
    """Raise Backlogged when the scope writes and more changes of the caller's namespace wait than may.

    Costs a look into a dictionary; a count, at most once a second for a namespace and process.
    """
    if scope not in HELD_BACK or not (most := setting_of(caller.namespace_id, BACKLOG_LIMIT)):
        return
    waiting = _waiting(caller.namespace_id, time.monotonic())
    if waiting.count > most:
        wait = _wait(waiting, most)
        log.warning("backlogged", subject=caller.subject, waiting=waiting.count)
        raise Backlogged(f"{waiting.count} changes of this namespace wait for the worker; try again.", retry_after=wait)


def _wait(waiting: _Waiting, most: int) -> int:
    """Seconds until the backlog is below the limit, if it goes on falling as it does; LONGEST_WAIT if it does not."""
    if waiting.per_second <= 0:
        return LONGEST_WAIT
    return max(1, min(math.ceil((waiting.count - most) / waiting.per_second), LONGEST_WAIT))


def _waiting(namespace_id: int, now: float) -> _Waiting:
    with _lock:
        before = _known.get(namespace_id)
    if before is not None and now < before.until:
        return before
    count = backlog(namespace_id)
    took = time.monotonic() - now
    falls = (before.count - count) / max(now - before.at, 0.001) if before else 0.0
    waiting = _Waiting(count, now, now + max(FRESH_SECONDS, COUNTING_SHARE * took), falls)
    with _lock:
        _known[namespace_id] = waiting
    return waiting

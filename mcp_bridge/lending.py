"""A worker thread's dealings with the database: it borrows a connection for one piece of work and gives it back.

Requests of MCP pass by Django's own signals, so nobody else would return the connection. A tool that skipped this
would drain the pool for good: reproduced with twelve concurrent calls over a pool of three.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from django.conf import settings
from django.db import close_old_connections, connections

T = TypeVar("T")

# As many threads as REST has: twice WEB_THREADS share WEB_THREADS + 2 connections, so that nobody waits for long.
_lanes: RunVar[CapacityLimiter] = RunVar("garner_mcp_lanes")


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a worker thread of the bridge, with its context variables and with clean connections."""
    return await anyio.to_thread.run_sync(partial(_lent, work), limiter=_limiter())


def _limiter() -> CapacityLimiter:
    try:
        return _lanes.get()
    except LookupError:
        limiter = CapacityLimiter(settings.WEB_THREADS)
        _lanes.set(limiter)
        return limiter


def _lent(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        connections.close_all()  # with a pool: gives the connection back

"""Where a recall spends its CPU: a stopwatch that costs nothing unless `manage.py profile_recall` reads it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """CPU seconds by stage, of this thread and of whatever else `clock` counts (the database's backend)."""

    clock: Clock
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


_watch: ContextVar[Stopwatch | None] = ContextVar("garner_stages", default=None)


@contextmanager
def measured(clock: Clock = time.thread_time) -> Iterator[defaultdict[str, float]]:
    """Collect CPU seconds by stage while the block runs; `clock` says how much has been used so far."""
    watch = Stopwatch(clock)
    token = _watch.set(watch)
    try:
        yield watch.spent
    finally:
        _watch.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the block's CPU time of this thread to `name`, if anybody collects."""
    watch = _watch.get()
    if watch is None:
        yield
        return
    started = watch.clock()
    try:
        yield
    finally:
        watch.spent[name] += watch.clock() - started

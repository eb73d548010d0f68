"""Where a recall spends its CPU: a stopwatch that costs nothing unless somebody reads it (`manage.py profile_recall`)."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_spent: ContextVar[defaultdict[str, float] | None] = ContextVar("garner_stages", default=None)


@contextmanager
def measured() -> Iterator[defaultdict[str, float]]:
    """Collect the CPU seconds of this thread by stage while the block runs."""
    spent: defaultdict[str, float] = defaultdict(float)
    token = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the block's CPU time of this thread to `name`, if anybody collects."""
    spent = _spent.get()
    if spent is None:
        yield
        return
    started = time.thread_time()
    try:
        yield
    finally:
        spent[name] += time.thread_time() - started

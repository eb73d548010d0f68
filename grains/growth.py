"""Tell the worker when a namespace has grown enough for its indexes to be looked after."""

from collections import Counter
from threading import Lock

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

LOOK_EVERY = 500  # grains stored by this process into one namespace

log = structlog.get_logger(__name__)
_since: Counter[int] = Counter()
_lock = Lock()


def grown(namespace_id: int, grains: int) -> None:
    """Count stored grains; each LOOK_EVERY of them, ask for `indexes_tend`. Never fails a store."""
    with _lock:
        _since[namespace_id] += grains
        due = _since[namespace_id] >= LOOK_EVERY
        if due:
            del _since[namespace_id]
    if due:
        try:
            current_app.send_task("grains.tasks.indexes_tend", [namespace_id], retry=False)
        except OperationalError as error:
            log.warning("indexes_tend_not_queued", error=type(error).__name__)  # the hourly sweep will see it

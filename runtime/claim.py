"""One `up` per home."""

import os

from runtime.errors import AlreadyRunning
from runtime.locks import FileLock
from runtime.paths import Home

GLANCE_SECONDS = 0.3
"""`status` takes the lock for a blink to see whether it is free: an `up` that begins just then waits."""


def claim(home: Home) -> FileLock:
    """The lock of the one `up` of a home. Raises AlreadyRunning."""
    lock = FileLock(home.up_lock)
    if not lock.acquire(GLANCE_SECONDS):
        raise AlreadyRunning(
            f"Garner already runs on {home.root}: process {lock.holder()}. "
            "`manage.py status` shows it, `manage.py down` ends it."
        )
    lock.name_holder(os.getpid())
    return lock

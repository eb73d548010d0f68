"""Ends the running `up` of a home."""

import signal

from runtime.errors import ServerFailed
from runtime.locks import FileLock, is_held
from runtime.paths import Home
from runtime.processes import send

PATIENCE = 120.0
"""Seconds: more than all the time limits of an ordered stop together."""


def take_down(home: Home, patience: float = PATIENCE) -> str:
    """Ask the `up` of this home to stop and wait until it has; say what happened.

    Whoever holds the lock is that `up`: the kernel gives the lock back at its death, so the process named
    in it is never a stranger. Raises ServerFailed when it does not stop in time.
    """
    lock = FileLock(home.up_lock)
    if not is_held(home.up_lock):
        return f"Nothing runs on {home.root}."
    pid = lock.holder()
    if pid is None or not send(pid, "", signal.SIGTERM):
        raise ServerFailed(f"The process {pid} that runs Garner on {home.root} cannot be reached from this account.")
    if not lock.acquire(patience):
        raise ServerFailed(f"Process {pid} was asked to stop, and has not after {patience:.0f} seconds.")
    lock.close()
    return f"Garner on {home.root} has stopped (process {pid})."

"""How a process that `up` started says that it can do its work."""

import os

READY_FD = "GARNER_READY_FD"
"""Environment variable with the descriptor to write to; set by the supervisor, absent elsewhere."""


def tell_ready() -> None:
    """Tell the supervisor, once, that this process is ready; does nothing in a process it did not start."""
    given = os.environ.pop(READY_FD, "")
    if given:
        os.write(int(given), b"1")
        os.close(int(given))

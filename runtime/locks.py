"""Lock files: flock(2), which the kernel gives back when the last process that shares the open file is
gone.
"""

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """An exclusive lock on a file, whose text names the holder.

    The lock belongs to the open file, not to a process: a child that inherits `fd` keeps it held after its
    parent's death. That is how a data folder stays locked for as long as one process of its server lives.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def fd(self) -> int:
        """The descriptor to hand to a child; only while held."""
        assert self._fd is not None
        return self._fd

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock, waiting at most `patience` seconds; say whether it is ours. True at once when held
        already.
        """
        if self.held:
            return True
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + patience
        while not _try_lock(fd):
            if time.monotonic() >= deadline:
                os.close(fd)
                return False
            time.sleep(0.02)
        self._fd = fd
        return True

    def name_holder(self, pid: int) -> None:
        """Write who holds the lock, for whoever is refused."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, f"{pid}\n".encode(), 0)

    def holder(self) -> int | None:
        """The process named in the file; meaningful only while somebody holds the lock."""
        try:
            return int(self.path.read_text())
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Drop our part: the lock itself goes when no heir of the descriptor is left."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether a live process holds the lock on this file."""
    probe = FileLock(path)
    if not path.exists() or probe.acquire():
        probe.close()
        return False
    return True

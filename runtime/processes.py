"""Processes of the operating system: who they are, and signals that reach only the one meant."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_PROC = Path("/proc")
# Looked up before any fork: between fork and exec a child should do as little as possible.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if LINUX else None


@dataclass(frozen=True, slots=True)
class Process:
    """A process as its command line tells it; the arguments are joined by single spaces."""

    pid: int
    command: str


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """What a child calls to be sent `with_signal` by the kernel when the thread that starts it ends, even by SIGKILL.

    To be made in the parent, and called in the child: as a preexec_fn, or first thing after a fork. A parent that has
    died in between counts.

    Linux only (PR_SET_PDEATHSIG); elsewhere children outlive a killed parent until the next start finds them.
    """
    parent = os.getpid()

    def arm() -> None:
        if _prctl is None:
            return
        _prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we had armed ourselves
            os.kill(os.getpid(), with_signal)

    return arm


def command_line(pid: int) -> str:
    """The command line of a process; "" when there is none, or it is a zombie."""
    if not LINUX:
        return next((found.command for found in _from_ps() if found.pid == pid), "")
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def marked(mark: str) -> list[Process]:
    """Every other process whose command line contains `mark`."""
    return [found for found in _everyone() if mark in found.command and found.pid != os.getpid()]


def send(pid: int, mark: str, with_signal: signal.Signals) -> bool:
    """Signal a process if `mark` stands in its command line; say whether it was sent.

    On Linux through a pidfd taken before the look, so that a reused process id is never hit.
    """
    if not LINUX:
        return mark in command_line(pid) and _delivered(lambda: os.kill(pid, with_signal))
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        return mark in command_line(pid) and _delivered(lambda: signal.pidfd_send_signal(handle, with_signal))
    finally:
        os.close(handle)


def end_marked(mark: str, patience: float = 10.0) -> None:
    """SIGKILL every other process whose command line contains `mark`; return when they are gone, or out of
    patience.
    """
    deadline = time.monotonic() + patience
    while (left := marked(mark)) and time.monotonic() < deadline:
        for process in left:
            send(process.pid, mark, signal.SIGKILL)
        time.sleep(0.02)


def _delivered(deliver: Callable[[], None]) -> bool:
    try:
        deliver()
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _everyone() -> Iterator[Process]:
    if not LINUX:
        yield from _from_ps()
        return
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (command := command_line(int(entry.name))):
            yield Process(int(entry.name), command)


def _from_ps() -> Iterator[Process]:
    ask = ["ps", "-axww", "-o", "pid=,command="]
    listing = subprocess.run(ask, capture_output=True, text=True, check=True)  # noqa: S603 - a constant
    for line in listing.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield Process(int(pid), command.strip())

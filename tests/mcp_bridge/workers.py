"""Web processes as `manage.py up` starts them, on a socket that they share."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
from django.conf import settings

from runtime.listening import listen, url_of


@dataclass(frozen=True)
class Workers:
    """Two processes behind one address."""

    url: str
    processes: list[subprocess.Popen[bytes]]

    def cpu_seconds(self) -> float:
        """What the processes have computed so far."""
        ticks = os.sysconf("SC_CLK_TCK")
        stats = [open(f"/proc/{one.pid}/stat").read().rpartition(")")[2].split() for one in self.processes]  # noqa: PTH123, SIM115
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks


@contextmanager
def two_workers(**environment: str) -> Iterator[Workers]:
    """Two ready web processes on a free port, ended afterwards."""
    with listen("127.0.0.1", 0) as listener:
        env = {**os.environ, **environment, "GARNER_LISTEN_FD": str(listener.fileno())}
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "memoryproject.serve"],
                cwd=settings.BASE_DIR,
                env=env,
                pass_fds=(listener.fileno(),),
            )
            for _ in range(2)
        ]
        try:
            _wait_ready(url_of(listener), processes)
            yield Workers(url_of(listener), processes)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(20)


def _wait_ready(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    """Until each of the two has answered often enough that neither can be the one that is not ready."""
    deadline, good = time.monotonic() + 60, 0
    while good < 12:
        assert time.monotonic() < deadline, "the web processes were not ready in time"
        assert all(process.poll() is None for process in processes), "a web process ended"
        try:
            good = good + 1 if httpx2.get(f"{url}/health", timeout=10).status_code == 200 else 0
        except httpx2.TransportError:
            good = 0
        if not good:
            time.sleep(0.1)

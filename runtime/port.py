"""What one request costs the web process, and how long its event loop stands still, in two arrangements.

Linux only: a process's CPU is read from /proc. It counts the web process alone, not the database, not the clients.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from runtime.errors import ServerFailed
from runtime.listening import listen

PATIENCE = 60.0  # seconds for a web process to load its model
WARM_UP = 100
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to repeat from `clients` at once; `body` is made anew for each: no cache shall answer for the work."""

    name: str
    method: str
    path: str
    clients: int
    body: Callable[[int], object] | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One arrangement under one request: CPU milliseconds a request, lags in milliseconds.

    `lag` is of its own loop; `idle` of the other arrangement's, which had nothing to do meanwhile: what the machine
    itself does to a loop.
    """

    ask: str
    arrangement: str
    cpu: float
    lag: "Lag"
    idle: "Lag"


@dataclass(frozen=True, slots=True)
class Lag:
    """How late a loop was, in milliseconds: 99 wakings of 100 were no later than `p99`."""

    p99: float
    worst: float

    @classmethod
    def of(cls, lags: Sequence[float]) -> "Lag":
        """Of at least one lag."""
        late = sorted(lags)
        return cls(late[int(len(late) * 0.99)], late[-1])


@dataclass(frozen=True, slots=True)
class Server:
    """A web process of one arrangement."""

    arrangement: str
    pid: int
    port: int

    def cpu(self) -> float:
        """CPU seconds so far, of all its threads, those that have ended too."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS  # utime, stime

    def lags(self) -> list[float]:
        """The loop's lags in milliseconds since the last call."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/lag")
            return [1000 * lag for lag in json.loads(connection.getresponse().read())]
        finally:
            connection.close()


@contextmanager
def serving(arrangement: str, code: Path) -> Iterator[Server]:
    """A web process of this arrangement, ready, ended afterwards. Raises ServerFailed when it does not get ready."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [sys.executable, "-m", "runtime.probe", arrangement, str(listener.fileno())],
            cwd=code,
            pass_fds=[listener.fileno()],
        )
        try:
            _await_ready(process, port)
            yield Server(arrangement, process.pid, port)
        finally:
            process.terminate()
            process.wait()


@dataclass(frozen=True, slots=True)
class _Round:
    """CPU milliseconds a request of one server under load, its lags, and those of the others meanwhile."""

    cpu: float
    lags: list[float]
    idle: list[float]


def measure(servers: Sequence[Server], asks: Sequence[Ask], key: str, rounds: int, size: int) -> Iterator[Measured]:
    """Load the servers in turns, `rounds` times `size` requests each, so that a busy machine is unfair to none.

    The CPU is the median of the rounds, the lags are of all of them. Raises ServerFailed.
    """
    for ask in asks:
        seen: dict[str, list[_Round]] = {server.arrangement: [] for server in servers}
        for server in servers:
            load(server, ask, key, range(WARM_UP))
        for start in range(WARM_UP, WARM_UP + rounds * size, size):
            for server in servers:
                seen[server.arrangement].append(_round(server, servers, ask, key, range(start, start + size)))
        yield from (_measured(ask, arrangement, done) for arrangement, done in seen.items())


def _measured(ask: Ask, arrangement: str, done: Sequence[_Round]) -> Measured:
    lags = [lag for one in done for lag in one.lags]
    idle = [lag for one in done for lag in one.idle]
    return Measured(ask.name, arrangement, statistics.median(one.cpu for one in done), Lag.of(lags), Lag.of(idle))


def _round(server: Server, everyone: Sequence[Server], ask: Ask, key: str, numbers: range) -> _Round:
    for one in everyone:
        one.lags()
    before = server.cpu()
    load(server, ask, key, numbers)
    cpu = server.cpu() - before
    idle = [lag for one in everyone if one is not server for lag in one.lags()]
    return _Round(1000 * cpu / len(numbers), server.lags(), idle)


def load(server: Server, ask: Ask, key: str, numbers: range) -> None:
    """Send the request once for each number, each client over one connection. Raises ServerFailed for an error."""
    with ThreadPoolExecutor(ask.clients) as pool:
        shares = [numbers[n :: ask.clients] for n in range(ask.clients)]
        list(pool.map(lambda share: _ask_all(server.port, ask, key, share), shares))


def _ask_all(port: int, ask: Ask, key: str, numbers: range) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        for number in numbers:
            body = json.dumps(ask.body(number)) if ask.body else None
            connection.request(ask.method, ask.path, body, headers)
            response = connection.getresponse()
            answer = response.read()
            if response.status != 200:
                raise ServerFailed(f"{ask.method} {ask.path} was answered with {response.status}: {answer[:200]!r}")
    finally:
        connection.close()


def _await_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise ServerFailed(
        "The web process did not get ready: its words are above; `manage.py up` must run on this home and code."
    )

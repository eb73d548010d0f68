"""One supervised child: started, watched, started again, stopped."""

import asyncio
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict, dataclass

import clock
from runtime.errors import EX_CONFIG, ConfigurationError, ServerFailed
from runtime.journal import Journal
from runtime.pipes import Lines, Pipe
from runtime.programs import Program

FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0
HEALTHY_SECONDS = 30.0
"""A child that was ready for so long has earned a quick restart again."""
FAILED_STARTS = 5
"""A child that ends so often without ever having been ready will not get better by itself."""
ASK_SECONDS = 0.02
"""Between two questions whether a child is ready."""


@dataclass(frozen=True, slots=True)
class ChildState:
    """A child as `status` shows it. `state`: waiting, starting, ready, stopping, stopped. `since` is ISO
    8601, UTC.
    """

    name: str
    state: str
    since: str
    pid: int | None
    restarts: int

    def as_json(self) -> dict[str, object]:
        """For the state file."""
        return asdict(self)


def next_delay(previous: float, healthy: float) -> float:
    """Seconds until the next start, after a wait of `previous` (0: none yet) and a run that was ready for
    `healthy`.
    """
    if not previous or healthy >= HEALTHY_SECONDS:
        return FIRST_DELAY
    return min(2 * previous, LONGEST_DELAY)


class Child:
    """A program's life under the supervisor. `changed` is called whenever `state` has."""

    def __init__(
        self,
        program: Program,
        journal: Journal,
        waiters: Executor,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.program = program
        self.ready = asyncio.Event()
        self.restarts = 0
        self._journal = journal
        self._waiters = waiters
        self._changed = changed
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = asyncio.Event()
        self._stopping = False
        self._keeper: asyncio.Task[None] | None = None
        self._words: deque[str] = deque(maxlen=3)
        self._state, self._since = "waiting", clock.now()

    @property
    def state(self) -> ChildState:
        """The child now."""
        pid = self._process.pid if self._process else None
        return ChildState(self.program.name, self._state, self._since.isoformat(), pid, self.restarts)

    def start(self) -> "asyncio.Task[None]":
        """Keep the child running; the task ends with an error when that is hopeless.

        Raises (in the task) ConfigurationError when the child ends with EX_CONFIG, ServerFailed after
        FAILED_STARTS.
        """
        self._keeper = asyncio.create_task(self._keep(), name=self.program.name)
        return self._keeper

    async def stop(self, hurry: asyncio.Event) -> None:
        """End the child; `hurry` cuts short the wait after the first signal."""
        self._stopping = True
        if self._process is None and self._keeper:
            self._keeper.cancel()
        for number, (with_signal, seconds) in enumerate(self.program.stop):
            if self._process is None:
                break
            self._become("stopping")
            self._process.send_signal(with_signal)
            await self._end_within(seconds, hurry if number == 0 else None)
        if self._keeper:
            await asyncio.wait({self._keeper})
        self._become("stopped")

    async def _end_within(self, seconds: float, hurry: asyncio.Event | None) -> None:
        events = [self._gone, *([hurry] if hurry else [])]
        waits = {asyncio.create_task(event.wait()) for event in events}
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _keep(self) -> None:
        delay, failed_starts = 0.0, 0
        while True:
            code, healthy = await self._live()
            if self._stopping:
                return
            failed_starts = 0 if healthy else failed_starts + 1
            self._give_up_if_hopeless(code, failed_starts)
            delay = next_delay(delay, healthy)
            self.restarts += 1
            self._become("waiting")
            self._journal.say(
                f"{self.program.name} {_ending(code)}; restart {self.restarts} follows in {delay:g} s.",
                level="warning",
                child=self.program.name,
                code=code,
                restarts=self.restarts,
            )
            await asyncio.sleep(delay)

    def _give_up_if_hopeless(self, code: int, failed_starts: int) -> None:
        words = " / ".join(self._words) or "it said nothing."
        if code == EX_CONFIG:
            raise ConfigurationError(f"{self.program.name} cannot run as configured: {words}")
        if failed_starts >= FAILED_STARTS and not self.ready.is_set():
            raise ServerFailed(f"{self.program.name} {_ending(code)} {failed_starts} times without a start: {words}")

    async def _live(self) -> tuple[int, float]:
        """One run of the program: its exit code, and for how many seconds it was ready (0.0: never)."""
        self._become("starting")
        await asyncio.to_thread(self.program.settle)
        lines = Lines(self._heard)
        output, told = Pipe(lines.feed), Pipe(lambda _: self._now_ready())
        process = await self._spawned(output, told)
        asking = asyncio.create_task(self._ask(process))
        code = await asyncio.get_running_loop().run_in_executor(self._waiters, process.wait)
        asking.cancel()
        healthy = (clock.now() - self._since).total_seconds() if self._state == "ready" else 0.0
        self._process = None
        self._gone.set()
        await asyncio.gather(output.drain(), told.drain())
        lines.finish()
        return code, healthy

    async def _spawned(self, output: Pipe, told: Pipe) -> "subprocess.Popen[bytes]":
        """The started child; in this thread, since a child dies with the thread that starts it."""
        ends = [await output.open(), await told.open()]
        try:
            self._process = self.program.spawn(*ends)
        finally:
            for end in ends:
                os.close(end)
        self._gone.clear()
        self._become("starting")
        return self._process

    async def _ask(self, process: "subprocess.Popen[bytes]") -> None:
        """Ask until the child answers; nothing to do for one that tells."""
        answers = self.program.answers
        if answers is None:
            return
        while not await asyncio.to_thread(answers):  # noqa: ASYNC110 - a socket that is not there cannot be awaited
            await asyncio.sleep(ASK_SECONDS)
        if process is self._process:
            self._now_ready()

    def _now_ready(self) -> None:
        if self._process and not self._stopping:
            self._become("ready")
            self.ready.set()

    def _heard(self, line: str) -> None:
        self._words.append(self._journal.line(self.program.name, line))

    def _become(self, state: str) -> None:
        self._state, self._since = state, clock.now()
        self._changed()


def _ending(code: int) -> str:
    """How a process ended, in words: a negative code is a signal's number."""
    if code >= 0:
        return f"ended with status {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"

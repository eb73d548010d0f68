"""The loop of `manage.py up`: children are started in order, kept running, and stopped in order."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import clock
from runtime.children import Child
from runtime.journal import Journal
from runtime.paths import Home
from runtime.programs import Program
from runtime.state import UpState, write_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run, in its order of start; each stage is ready before the next one starts, but for `early`.

    `early` starts before everything and need not be ready until the end (web: it answers 503 until the
    database is). `prepare` runs in a thread once `servers` are ready, `welcome` (also in a thread) once
    everything is. Stopped are early, late, then the servers in reverse.
    """

    early: Sequence[Program]
    servers: Sequence[Program]
    late: Sequence[Program]
    prepare: Callable[[], None]
    welcome: Callable[[], None]


class Supervisor:
    """Runs a plan until a signal, or until a part of it is hopeless."""

    def __init__(self, home: Home, plan: Plan, journal: Journal, url: str = "") -> None:
        self._home = home
        self._plan = plan
        self._journal = journal
        self._url = url
        self._since = clock.now().isoformat()
        programs = (*plan.early, *plan.servers, *plan.late)
        # One thread for each child waits for its end.
        self._waiters = ThreadPoolExecutor(max_workers=max(1, len(programs)), thread_name_prefix="wait")
        self._children: dict[str, Child] = {}
        self._hurry = asyncio.Event()

    async def run(self) -> None:
        """Start, watch and, at SIGTERM or SIGINT, stop everything. Raises what made it hopeless, after the
        stop.
        """
        loop = asyncio.get_running_loop()
        self._end: asyncio.Future[None] = loop.create_future()
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(name, self._asked_to_stop)
        programs = (*self._plan.early, *self._plan.servers, *self._plan.late)
        self._children = {
            program.name: Child(program, self._journal, self._waiters, self._write_state) for program in programs
        }
        starting = asyncio.create_task(self._start())
        starting.add_done_callback(self._failed)
        try:
            await self._end
        finally:
            starting.cancel()
            await self._stop()
            self._waiters.shutdown()

    async def _start(self) -> None:
        self._write_state()
        self._launch(self._plan.early)
        await self._ready(self._launch(self._plan.servers))
        await asyncio.to_thread(self._plan.prepare)
        await self._ready(self._launch(self._plan.late))
        await self._ready([self._children[program.name] for program in self._plan.early])
        await asyncio.to_thread(self._plan.welcome)

    def _launch(self, programs: Sequence[Program]) -> list[Child]:
        children = [self._children[program.name] for program in programs]
        for child in children:
            child.start().add_done_callback(self._failed)
        return children

    async def _ready(self, children: Sequence[Child]) -> None:
        await asyncio.gather(*(child.ready.wait() for child in children))

    def _failed(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) and not self._end.done():
            self._end.set_exception(error)

    def _asked_to_stop(self) -> None:
        if self._end.done():
            self._journal.say("Stopping at once.")
            self._hurry.set()
            return
        self._journal.say("Stopping; once more to stop at once.")
        self._end.set_result(None)

    async def _stop(self) -> None:
        stages = (self._plan.early, self._plan.late, *([server] for server in reversed(self._plan.servers)))
        for stage in stages:
            await asyncio.gather(*(self._children[program.name].stop(self._hurry) for program in stage))

    def _write_state(self) -> None:
        children = tuple(child.state for child in self._children.values())
        write_state(self._home, UpState(os.getpid(), self._since, self._url, children))

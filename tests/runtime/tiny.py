"""Tiny real processes in the place of the servers, and a supervisor to keep them."""

import asyncio
import io
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runtime.claim import claim
from runtime.journal import Journal
from runtime.paths import Home
from runtime.programs import Command, Program
from runtime.state import UpState, read_state
from runtime.supervisor import Plan, Supervisor

READY = "import os, signal, sys, time; tell = lambda: os.write(int(os.environ['GARNER_READY_FD']), b'1')\n"
STAY = READY + "tell(); time.sleep(60)"


def stop_us() -> None:
    """What Ctrl-C or `down` do."""
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class Bench:
    """A home, a journal whose terminal can be read, and a supervisor run to its end."""

    home: Home
    terminal: io.StringIO = field(default_factory=io.StringIO)
    last_state: UpState | None = None

    def command(self, name: str, code: str, patience: float = 10.0) -> Program:
        arguments = [sys.executable, "-c", code, f"{name}-{self.home.mark}"]
        return Command(
            name=name,
            arguments=arguments,
            environment=lambda: dict(os.environ),
            folder=self.home.root,
            patience=patience,
        ).program()

    def run(
        self,
        *,
        early: Sequence[Program] = (),
        servers: Sequence[Program] = (),
        late: Sequence[Program] = (),
        prepare: Callable[[], None] = lambda: None,
        when_ready: Callable[[], None] = stop_us,
    ) -> str:
        """Supervise until a signal; what the terminal showed."""
        lock = claim(self.home)

        def welcome() -> None:
            self.last_state = read_state(self.home)
            when_ready()

        plan = Plan(early=early, servers=servers, late=late, prepare=prepare, welcome=welcome)
        journal = Journal(self.home.logs, terminal=self.terminal)

        async def supervise() -> None:
            await Supervisor(self.home, plan, journal).run()

        try:
            asyncio.run(asyncio.wait_for(supervise(), 30))
        finally:
            journal.close()
            lock.close()
        return self.terminal.getvalue()

    def restarts(self, name: str) -> int:
        assert self.last_state
        return next(child.restarts for child in self.last_state.children if child.name == name)


def bench_in(folder: Path) -> Bench:
    home = Home(folder / "home")
    home.create()
    return Bench(home)


def wait_until(true: Callable[[], object], seconds: float = 15.0) -> None:
    """Poll what has no event to wait for; fail when it does not come true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)

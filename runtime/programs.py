"""What the supervisor runs: a program is how to start it, how to know that it is ready, and how to end it."""

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.processes import die_with_parent, end_marked
from runtime.readiness import READY_FD
from runtime.servers import EmbeddedServer

Spawn = Callable[[int, int], "subprocess.Popen[bytes]"]


@dataclass(frozen=True, slots=True)
class Program:
    """One row of the supervisor's table.

    `settle` waits (in a thread) until nothing is left of an earlier run. `spawn` starts a child that writes
    its output to the first descriptor and, when it tells of its readiness itself, one byte to the second.
    `answers` asks (in a thread) whether it is ready; None when it tells. `stop` lists signals with the
    seconds to wait after each; the last one should be SIGKILL.
    """

    name: str
    settle: Callable[[], None]
    spawn: Spawn
    answers: Callable[[], bool] | None
    stop: Sequence[tuple[signal.Signals, float]]


def server_program(server: EmbeddedServer, seconds: Sequence[float]) -> Program:
    """An embedded server as a program; `seconds` to wait after each of its stop signals."""
    return Program(
        name=server.name,
        settle=server.settle,
        spawn=lambda output, _: server.spawn(output),
        answers=server.answers,
        stop=list(zip(server.stop_signals, seconds, strict=True)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line that runs as our own account and calls `runtime.readiness.tell_ready` when it is ready.

    Its arguments must be unlike those of any other process: what is left of a killed run (a worker's beat)
    is found by them. `heirlooms` are descriptors to inherit. When the supervisor is killed the kernel sends
    `orphaned` to the child.
    """

    name: str
    arguments: Sequence[str]
    environment: Callable[[], Mapping[str, str]]
    folder: Path
    heirlooms: Sequence[int] = ()
    orphaned: signal.Signals = signal.SIGKILL
    patience: float = 15.0

    def program(self) -> Program:
        """The command as the supervisor's table wants it."""
        return Program(
            name=self.name,
            settle=self.settle,
            spawn=self.spawn,
            answers=None,
            stop=((signal.SIGTERM, self.patience), (signal.SIGKILL, 10.0)),
        )

    def spawn(self, output: int, ready: int) -> "subprocess.Popen[bytes]":
        """Start the command and return at once."""
        return subprocess.Popen(  # noqa: S603 - our own arguments
            list(self.arguments),
            cwd=self.folder,
            env={**self.environment(), READY_FD: str(ready)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(*self.heirlooms, ready),
            start_new_session=True,  # Ctrl-C in the terminal is for the supervisor, which stops in order
            preexec_fn=die_with_parent(self.orphaned),  # noqa: PLW1509 - one system call, looked up before
        )

    def settle(self) -> None:
        """End what an earlier run has left; only such processes have our arguments while we have no child."""
        end_marked(" ".join(self.arguments[1:]))

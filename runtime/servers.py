"""What the embedded PostgreSQL and Valkey share: one owner, one server on a data folder, a clean end, no
harm to strangers.

Two locks in the home's `run` folder guard each server:

* `<name>.owner` is held by the process that may start the server, from `prepare` to `close`;
* `<name>.running` is inherited by the server and by everything it forks, so the kernel itself says whether
  any process still has the data open, after whatever death. A process id in a file is never believed.

A server that outlived its owner (possible off Linux, and for the moment that a shutdown takes) is stopped,
not adopted: it would not be our child, and its log would go nowhere.
"""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Self

from runtime.demotion import Account, identity_of, server_account
from runtime.errors import AlreadyRunning, ConfigurationError, ServerFailed
from runtime.locks import FileLock
from runtime.paths import Home
from runtime.processes import die_with_parent, marked, send

ORPHAN_SECONDS = 30.0
"""How long a server without an owner may take to end after each signal: a shutdown checkpoint of 1 GB of
WAL fits.
"""


class EmbeddedServer(ABC):
    """A server of one home. `prepare`, then `spawn` as often as it dies, `wait_ready`, `stop`, `close`."""

    name: ClassVar[str]
    leader: ClassVar[str]
    """A part of the main process's command line that those of its children do not have."""
    stop_signals: ClassVar[Sequence[signal.Signals]]
    """Ways to end it, from the clean one to the last one; none may lose what was acknowledged."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.mark = f"garner-{self.name}-{home.mark}"
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = FileLock(home.run / f"{self.name}.owner")
        self._account: Account | None = None

    # --- what each server says of itself
    # ------------------------------------------------------------------------

    @property
    @abstractmethod
    def folder(self) -> Path:
        """The server's part of the home; holds `data` and `socket`."""

    @abstractmethod
    def _lay_out(self) -> None:
        """Make the data folder ready; the owner lock is held."""

    @abstractmethod
    def _arguments(self) -> list[str]:
        """The server's command line, to be run inside the data folder; contains `self.mark`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server serves, asked through its socket."""

    def _before_spawn(self) -> None:  # noqa: B027 - a server may have nothing to repair
        """Last repairs while nothing has the data open."""

    # --- life
    # ---------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Path:
        """The server's data folder, which is also its working folder."""
        return self.folder / "data"

    def prepare(self, patience: float = 0.0) -> None:
        """Become the one owner of the server and make its folders ready; nothing runs afterwards.

        Waits `patience` seconds for another owner to let go. Raises AlreadyRunning when another live process is the
        owner, ConfigurationError when the machine or the home does not allow a start.
        """
        self.home.create()
        if not self._owner.acquire(patience):
            raise AlreadyRunning(f"{self.name} of {self.home.root} is already run by process {self._owner.holder()}.")
        self._owner.name_holder(os.getpid())
        self._account = server_account(self.data)
        try:
            self._lay_out()
        except PermissionError as error:
            raise ConfigurationError(f"{error.filename} belongs to another account: {error.strerror}.") from error

    def settle(self) -> None:
        """Wait until no process has the data open; end those that outlived their owner. Raises
        ServerFailed.
        """
        self._running_lock().close()

    def spawn(self, output: int | None = None) -> subprocess.Popen[bytes]:
        """Start the server as our child and return at once. Call it from a thread that outlives the server.

        `output` is a descriptor (or subprocess.PIPE) for the server's log; by default the log is appended
        to the home's logs folder.
        """
        running = self._running_lock()
        try:
            self._before_spawn()
            self.process = self._started(running, output)
            running.name_holder(self.process.pid)
        except PermissionError as error:
            raise ConfigurationError(f"{error.filename} cannot be run: {error.strerror}.") from error
        finally:
            running.close()
        return self.process

    def wait_ready(self, timeout: float = 120.0) -> None:
        """Return when the server serves. Raises ServerFailed when it ends instead, or is not ready after
        `timeout` seconds.

        Recovery after a crash may take long: the default allows for a full replay of the WAL.
        """
        deadline = time.monotonic() + timeout
        while not self.answers():
            code = self.process.poll() if self.process else None
            if code is not None:
                raise ServerFailed(f"{self.name} ended at once with status {code}: {self.last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} was not ready after {timeout:.0f} seconds: {self.last_words()}")
            time.sleep(0.02)

    def stop(self, timeout: float = 60.0) -> None:
        """End our server the clean way, then the harder ones when each takes longer than `timeout`
        seconds.
        """
        process = self.process
        if process is None:
            return
        for with_signal in self.stop_signals:
            if process.poll() is not None:
                break
            process.send_signal(with_signal)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout)
        self.process = None

    def close(self) -> None:
        """Give up ownership; the server must be stopped."""
        self._owner.close()

    @contextmanager
    def running(self, timeout: float = 120.0) -> Iterator[Self]:
        """The server, ready inside the `with` block, stopped and given up after it."""
        self.prepare()
        try:
            self.spawn()
            self.wait_ready(timeout)
            yield self
        finally:
            self.stop()
            self.close()

    def last_words(self) -> str:
        """The end of the server's log file, at most three lines."""
        try:
            lines = self.log_file.read_text(errors="replace").splitlines()
        except OSError:
            return "it left no log."
        return " / ".join(line for line in lines[-3:] if line)

    @property
    def log_file(self) -> Path:
        """Where `spawn` sends the log unless it is told otherwise."""
        return self.home.logs / f"{self.name}.log"

    # --- parts
    # --------------------------------------------------------------------------------------------------

    def _started(self, running: FileLock, output: int | None) -> subprocess.Popen[bytes]:
        log = None if output is not None else os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603 - our own binaries, our own arguments
                self._arguments(),
                cwd=self.data,  # entered before the demotion: no folder above needs to be open to the account
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"},  # none of our secrets
                stdin=subprocess.DEVNULL,
                stdout=output if log is None else log,
                stderr=subprocess.STDOUT,
                pass_fds=(running.fd,),
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor, which stops in order
                umask=0o077,
                preexec_fn=die_with_parent(self.stop_signals[0]),  # noqa: PLW1509 - one system call, looked up before
                **identity_of(self._account),
            )
        finally:
            if log is not None:
                os.close(log)

    def _running_lock(self) -> FileLock:
        lock = FileLock(self.home.run / f"{self.name}.running")
        if lock.acquire():
            return lock
        for with_signal in self.stop_signals:
            found = marked(self.mark)
            # Without their leader, the rest take the same signals: a backend cancels, then ends.
            for orphan in [one for one in found if self.leader in one.command] or found:
                send(orphan.pid, self.mark, with_signal)
            if lock.acquire(patience=ORPHAN_SECONDS):
                return lock
        raise ServerFailed(
            f"A process still has {self.data} open (last known: {lock.holder()}): end it, then start again."
        )

"""The embedded PostgreSQL: a cluster below the home, reached through its Unix socket only."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import ClassVar

import psycopg

from runtime.addresses import (
    OWNER_ROLE,
    OWNER_SECRET,
    SUPERUSER,
    SUPERUSER_SECRET,
    embedded_url,
    secret_or_blank,
)
from runtime.binaries import postgres_bin
from runtime.cpu import check_cpu
from runtime.demotion import give, identity_of
from runtime.errors import ConfigurationError, ServerFailed
from runtime.processes import LINUX, die_with_parent
from runtime.servers import EmbeddedServer

MAJOR = 18
"""The major version of the wheel's PostgreSQL; a data folder belongs to one major version."""

_SHM = Path("/dev/shm")  # noqa: S108 - PostgreSQL's own choice for shared memory, not a temporary file of ours
_SHM_FOR_PARALLEL_BUILDS = 512 * 2**20
"""Bytes. A parallel HNSW build keeps its graph (up to maintenance_work_mem) in /dev/shm, which is 64 MB in
a plain container.
"""

# Sized for two cores and many small queries. Given as arguments, so that an upgrade changes them and root
# writes nothing into a folder of the demoted account.
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    # Relative to the data folder, which is the working folder: short, and reachable whoever may enter the
    # folders above.
    "unix_socket_directories": "../socket",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "huge_pages": "try",
    "work_mem": "8MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "1GB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_buffers": "16MB",
    "min_wal_size": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    "io_method": "sync",  # the worker method keeps three more processes for reads that the caches answer here
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "track_io_timing": "off",
    "autovacuum": "on",
    "autovacuum_naptime": "20s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "[%p] ",
    # Errors without statements, rows or keys: memories must not reach a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


class PostgresServer(EmbeddedServer):
    """The PostgreSQL of a home, with pgvector at hand. Superuser `postgres`; passwords in the home's
    secrets.
    """

    name: ClassVar[str] = "postgres"
    leader = "/postgres -D "
    # Fast shutdown; immediate shutdown, from which the next start recovers; the end.
    stop_signals = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)

    @property
    def folder(self) -> Path:
        """`postgres` in the home."""
        return self.home.postgres

    def superuser_dsn(self, database: str = "postgres") -> str:
        """A URL of the superuser; readable only by the account that owns the home."""
        return embedded_url(self.home, SUPERUSER, secret_or_blank(self.home, SUPERUSER_SECRET), database)

    def owner_dsn(self, database: str = "garner") -> str:
        """A URL of the role that owns Garner's database; runtime.database makes the role."""
        return embedded_url(self.home, OWNER_ROLE, secret_or_blank(self.home, OWNER_SECRET), database)

    def _lay_out(self) -> None:
        check_cpu()
        self._bin = postgres_bin(self._account)
        for folder in (self.folder, self.folder / "socket"):
            give(folder, self._account)
        if not self.data.exists():
            self._initialise()
        self._check_version()
        if not secret_or_blank(self.home, SUPERUSER_SECRET):
            raise ConfigurationError(
                f"{self.home.secrets / SUPERUSER_SECRET} is missing, but there are data in {self.data}: "
                "restore the file from a backup."
            )
        _keep_secret(self.home.secrets / OWNER_SECRET)

    def _initialise(self) -> None:
        """initdb into a new folder, then rename: a data folder is whole, or not there."""
        for left_over in self.folder.glob("new-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        password = _keep_secret(self.home.secrets / SUPERUSER_SECRET)
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=self.folder))
        cluster, pwfile = fresh / "data", fresh / "password"
        pwfile.write_text(password)
        for path in (fresh, cluster):
            give(path, self._account)
        if self._account:
            os.chown(pwfile, self._account.uid, self._account.gid)
        try:
            self._initdb(cluster)
            cluster.rename(self.data)
            _sync(self.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _initdb(self, cluster: Path) -> None:
        command = [
            *(str(self._bin / "initdb"), "-D", self._data_argument(cluster), "-U", SUPERUSER, "-E", "UTF8"),
            # The C library's C locale would leave "Ä" and "ä" apart; the builtin one folds them, everywhere
            # the same.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("-A", "scram-sha-256", "--pwfile=../password", "--no-instructions"),
        ]
        done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
            command,
            cwd=cluster,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            umask=0o077,
            preexec_fn=die_with_parent(signal.SIGTERM),
            **identity_of(self._account),
        )
        if done.returncode:
            raise ServerFailed(
                f"initdb ended with status {done.returncode}: {' / '.join(done.stderr.split(chr(10)))[-600:]}"
            )

    def _check_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError as error:
            raise ConfigurationError(f"{self.data} is not a PostgreSQL data folder: move it away.") from error
        if found != str(MAJOR):
            raise ConfigurationError(
                f"{self.data} was written by PostgreSQL {found}, this is PostgreSQL {MAJOR}: "
                "dump it with the old version and restore it into a new GARNER_HOME, or set DATABASE_URL."
            )

    def _arguments(self) -> list[str]:
        settings = _SETTINGS | {
            "cluster_name": self.mark,
            "max_parallel_maintenance_workers": "2" if _shared_memory() >= _SHM_FOR_PARALLEL_BUILDS else "0",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._bin / "postgres"), "-D", self._data_argument(self.data), *options]

    def _data_argument(self, data: Path) -> str:
        """The data folder as the server may name it.

        A demoted server cannot follow a path below /root, but it is started inside the folder, and Linux
        lets a process name the folder that it is in, whatever lies above.
        """
        return "/proc/self/cwd" if self._account and LINUX else str(data)

    def _before_spawn(self) -> None:
        """Let PostgreSQL see that its lock file is stale, without removing it.

        It refuses to start while the process named there lives, though that may be a stranger who got the
        same id after a restart. The running lock has told us that no process of ours is left. A lock file
        that names the parent counts as stale for PostgreSQL, which then still looks at the shared memory
        named in it: so our own id goes in.
        """
        try:
            fd = os.open(self.data / "postmaster.pid", os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        with os.fdopen(fd, "r+") as file:
            _, _, rest = file.read().partition("\n")
            file.seek(0)
            file.truncate()
            file.write(f"{os.getpid()}\n{rest}")

    def answers(self) -> bool:
        """Whether it takes connections, asked through its socket."""
        try:
            with psycopg.connect(self.superuser_dsn(), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False


def _keep_secret(path: Path) -> str:
    """The secret in the file, made now if there is none: 256 random bits, mode 0600."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(fd, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text()


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _shared_memory() -> int:
    if not _SHM.exists():
        return 0
    found = os.statvfs(_SHM)
    return found.f_bavail * found.f_frsize

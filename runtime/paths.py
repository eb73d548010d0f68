"""Where an instance keeps its things: the folders below GARNER_HOME, their modes, and its Unix sockets.

Must stay free of Django: the settings are built from it.
"""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import ConfigurationError

SOCKET_PATH_LIMIT = 103
"""Bytes of a Unix socket's path: sun_path holds 104 on macOS and the BSDs (108 on Linux), less the closing
NUL.
"""

POSTGRES_PORT = 5432
_POSTGRES_SOCKET = f".s.PGSQL.{POSTGRES_PORT}"  # libpq's own name for the port
_VALKEY_SOCKET = "valkey.sock"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one instance. Building it touches nothing; `create` makes the folders."""

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(os.path.abspath(self.root)))  # noqa: PTH100 - keeps symbolic links

    @property
    def run(self) -> Path:
        """Locks and the state of `up`: worthless after a reboot."""
        return self.root / "run"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL: `data` and `socket`, owned by the account that runs it."""
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        """The embedded Valkey: `data` and `socket`, owned by the account that runs it."""
        return self.root / "valkey"

    @property
    def models(self) -> Path:
        """Unpacked embedding models."""
        return self.root / "models"

    @property
    def logs(self) -> Path:
        """One JSON-lines file per process, rotated by size."""
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        """Passwords of the database's superuser and owner, each in a file of mode 0600."""
        return self.root / "secrets"

    @property
    def dumps(self) -> Path:
        """The dumps that were made before migrations, the newest few."""
        return self.root / "dumps"

    @property
    def keyring(self) -> Path:
        """The instance's master secret (accounts.keyring)."""
        return self.root / "keyring.json"

    @property
    def up_lock(self) -> Path:
        """Held by the one running `manage.py up`; its text is that process's id."""
        return self.run / "up.lock"

    @property
    def state(self) -> Path:
        """What `manage.py up` last knew of its processes, as JSON."""
        return self.run / "state.json"

    @property
    def metrics(self) -> Path:
        """Counters of each process, added up by /metrics; made anew by each `up`."""
        return self.run / "metrics"

    @property
    def mark(self) -> str:
        """12 hexadecimal digits in the command line of every server of this home, by which it is told from
        strangers.
        """
        return hashlib.sha256(os.fsencode(os.path.realpath(self.root))).hexdigest()[:12]

    @property
    def postgres_socket_dir(self) -> Path:
        """The folder that clients name as `host`; short enough for a socket's path once `create` has run."""
        return self._within_limit(self.postgres / "socket", "p", _POSTGRES_SOCKET)

    @property
    def valkey_socket(self) -> Path:
        """The socket that clients of Valkey connect to; short enough once `create` has run."""
        return self._within_limit(self.valkey / "socket", "v", _VALKEY_SOCKET) / _VALKEY_SOCKET

    def create(self) -> None:
        """Make what is missing, private to this account; safe to repeat and to race.

        Raises ConfigurationError when the home cannot be written.
        """
        try:
            for folder in (self.root, self.run, self.logs, self.secrets, self.models):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.root, self.run, self.secrets):
                folder.chmod(0o700)
            if self._too_long(self.postgres / "socket", _POSTGRES_SOCKET) or self._too_long(
                self.valkey / "socket", _VALKEY_SOCKET
            ):
                self._create_short_links()
        except OSError as error:
            raise ConfigurationError(
                f"GARNER_HOME {self.root} cannot be written ({error.strerror}): "
                "choose a folder that belongs to the account that starts Garner."
            ) from error

    def _within_limit(self, folder: Path, link: str, socket: str) -> Path:
        short = self._short_folder()
        return short / link if short and self._too_long(folder, socket) else folder

    @staticmethod
    def _too_long(folder: Path, socket: str) -> bool:
        return len(os.fsencode(folder / socket)) > SOCKET_PATH_LIMIT

    @property
    def _short_record(self) -> Path:
        return self.run / "short"

    def _short_folder(self) -> Path | None:
        """The short folder on record; None where there is none, or where somebody else has put one in its
        place.
        """
        try:
            folder = self._short_record.readlink()
            found = folder.lstat()
        except OSError:
            return None
        private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
        return folder if private else None

    def _create_short_links(self) -> None:
        """Record a short private folder whose links lead to the two long ones: a socket may be reached
        through a link.
        """
        if self._short_folder():
            return
        short = Path(tempfile.mkdtemp(prefix="garner-", dir=_short_parent()))
        (short / "p").symlink_to(self.postgres / "socket")
        (short / "v").symlink_to(self.valkey / "socket")
        fresh = self.run / f"short.{short.name}"
        fresh.symlink_to(short)
        fresh.replace(self._short_record)


def _short_parent() -> str:
    """A writable folder with a short name: the session's own where there is one, else the machine's for
    temporary files.
    """
    for candidate in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()):
        if candidate and len(os.fsencode(candidate)) <= 60 and os.access(candidate, os.W_OK | os.X_OK):
            return candidate
    return "/tmp"  # noqa: S108 - only a folder made by mkdtemp, private, goes there

"""The embedded Valkey: broker, limits and caches, on a Unix socket only."""

import signal
from pathlib import Path
from typing import ClassVar

import redis

from runtime.binaries import valkey_binary
from runtime.demotion import give
from runtime.errors import ServerFailed
from runtime.servers import EmbeddedServer

_SETTINGS = {
    "port": "0",
    "unixsocket": "../socket/valkey.sock",  # relative to the data folder, which is the working folder
    "unixsocketperm": "700",
    "dir": "./",
    "daemonize": "no",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory": "256mb",
    # Only keys with an expiry are evicted: caches go, queues stay.
    "maxmemory-policy": "volatile-lru",
    "logfile": "",
    "always-show-logo": "no",
}


class ValkeyServer(EmbeddedServer):
    """The Valkey of a home. Acknowledged writes survive the death of the process; a power cut may take the
    last second's.
    """

    name: ClassVar[str] = "valkey"
    leader = "/valkey-server "
    stop_signals = (signal.SIGTERM, signal.SIGKILL)

    @property
    def folder(self) -> Path:
        """`valkey` in the home."""
        return self.home.valkey

    def _lay_out(self) -> None:
        self._binary = valkey_binary(self._account)
        for folder in (self.folder, self.data, self.folder / "socket"):
            give(folder, self._account)

    def _arguments(self) -> list[str]:
        settings = _SETTINGS | {"proc-title-template": f"{{title}} {self.mark}"}
        return [
            str(self._binary),
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
        ]

    def answers(self) -> bool:
        """Whether it has loaded its data and serves, asked through its socket."""
        client = redis.Redis(unix_socket_path=str(self.home.valkey_socket), socket_timeout=5)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):  # BusyLoadingError is a ConnectionError
            return False
        finally:
            client.close()


def require_valkey(url: str) -> None:
    """Raise ServerFailed when an external Valkey or Redis does not answer.

    The URL is not repeated: it may hold a password.
    """
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except redis.RedisError as error:
        raise ServerFailed(f"REDIS_URL does not answer: {error}") from error

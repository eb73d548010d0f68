"""Where the database and Valkey are, as URLs: pure functions of the home folder and the environment.

Must stay free of Django: the settings are built from it.

| variable | meaning |
|---|---|
| DATABASE_URL | an external PostgreSQL, as the owner of Garner's tables; then none is started |
| GARNER_APP_DATABASE_URL | the same database as the role of requests, bound by row-level security |
| GARNER_OWNER_DATABASE_URL | as DATABASE_URL, for a process that `up` starts (the worker) |
| GARNER_KEYRING | the keyring's file, by default keyring.json in the home |
| REDIS_URL | an external Valkey or Redis; then none is started |
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from accounts.keyring import Keyring
from runtime.errors import ConfigurationError
from runtime.paths import POSTGRES_PORT, Home

APP_ROLE = "garner_app"
OWNER_ROLE = "garner_owner"
SUPERUSER = "postgres"
DATABASE = "garner"
SUPERUSER_SECRET = "postgres-superuser"  # noqa: S105 - a file's name
OWNER_SECRET = "postgres-owner"  # noqa: S105 - a file's name


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """One Valkey or Redis, spelled as each library wants it.

    `socket` is a Unix socket's path (the embedded server) or None; `external` is the operator's URL or "".
    Embedded: database 0 is Celery's, 1 the limits', 2 the cache's. External: the database that the URL
    names is used for all, since a cluster has only one.
    """

    socket: Path | None
    external: str = ""

    def url(self, database: int = 0) -> str:
        """The address as redis-py and Django read it."""
        return f"unix://{_path(self.socket)}?db={database}" if self.socket else self.external

    @property
    def celery(self) -> str:
        """The broker's address as kombu reads it."""
        return f"redis+socket://{_path(self.socket)}?virtual_host=0" if self.socket else self.external

    @property
    def limits(self) -> str:
        """The address as the library `limits` reads it."""
        return f"redis+{self.url(1)}" if self.socket else self.external

    @property
    def cache(self) -> str:
        """The address of Django's cache."""
        return self.url(2)

    def __str__(self) -> str:
        return self.url()


def redis_url(home: Home, environ: Mapping[str, str]) -> RedisAddress:
    """The Valkey to use: REDIS_URL, or the embedded one of this home."""
    external = environ.get("REDIS_URL") or ""
    return RedisAddress(None, external) if external else RedisAddress(home.valkey_socket)


def database_urls(home: Home, environ: Mapping[str, str]) -> tuple[str, str]:
    """(the app role's URL, the owner's URL). The owner's is "" in a process that was given only the app
    role's.

    Passwords that do not exist yet (no keyring, no secrets file) are left out, so that settings can always
    be read. Raises accounts.errors.KeyringUnusable when there is a keyring that cannot be used.
    """
    external = environ.get("DATABASE_URL") or ""
    given_app = environ.get("GARNER_APP_DATABASE_URL") or ""
    owner = environ.get("GARNER_OWNER_DATABASE_URL") or external
    if not owner and not given_app:
        owner = embedded_url(home, OWNER_ROLE, secret_or_blank(home, OWNER_SECRET))
    if given_app:
        return given_app, owner
    password = _app_password(home, environ)
    app = _as_role(external, APP_ROLE, password) if external else embedded_url(home, APP_ROLE, password)
    return app, owner


def check_addresses(environ: Mapping[str, str]) -> None:
    """Raise ConfigurationError when an address that the environment gives cannot be one; passwords are not repeated."""
    for name in ("DATABASE_URL", "GARNER_APP_DATABASE_URL", "GARNER_OWNER_DATABASE_URL"):
        parts = urlsplit(environ.get(name) or "postgresql:///unset")
        if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
            raise ConfigurationError(f"{name} must look like postgresql://role:password@host:5432/database.")
    if urlsplit(environ.get("REDIS_URL") or "redis://unset").scheme not in {"redis", "rediss"}:
        raise ConfigurationError("REDIS_URL must look like redis://host:6379/0 (or rediss://, encrypted).")


def embedded_url(home: Home, role: str, password: str, database: str = DATABASE) -> str:
    """The embedded PostgreSQL of this home, as libpq and django-environ read it."""
    where = urlencode({"host": home.postgres_socket_dir, "port": POSTGRES_PORT}, quote_via=quote, safe="")
    return f"postgresql://{_login(role, password)}@/{database}?{where}"


def secret_or_blank(home: Home, name: str) -> str:
    """A secret of the home, "" when it was not made yet or is not ours to read."""
    try:
        return (home.secrets / name).read_text().strip()
    except OSError:
        return ""


def derive_app_password(master: bytes) -> str:
    """The app role's password: 64 hexadecimal digits of HMAC-SHA256, so that no second secret needs keeping.

    `master` is the keyring's secret of 32 bytes.
    """
    return hmac.new(master, b"garner/database-app-role", hashlib.sha256).hexdigest()


def without_password(url: str) -> str:
    """The URL for people and logs."""
    parts = urlsplit(url)
    return url if parts.password is None else url.replace(f":{parts.password}@", "@", 1)


def _app_password(home: Home, environ: Mapping[str, str]) -> str:
    keyring = Keyring.read_if_present(Path(environ.get("GARNER_KEYRING") or home.keyring).expanduser())
    return derive_app_password(keyring.master) if keyring else ""


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{_login(role, password)}@{host}"))


def _login(role: str, password: str) -> str:
    return f"{quote(role, safe='')}:{quote(password, safe='')}" if password else quote(role, safe="")


def _path(socket: Path | None) -> str:
    return quote(str(socket))

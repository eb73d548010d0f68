"""Dumps of the whole database by pg_dump: before each migration of an existing one, and by `manage.py dump`."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from runtime.binaries import postgres_bin
from runtime.errors import ConfigurationError, RunError
from runtime.paths import Home

KEPT = 3
"""Automatic dumps that are kept, the newest."""

_NAMESPACES = "SELECT coalesce(string_agg(id::text, ','), '') FROM accounts_namespace"


def dumps_wanted(environ: Mapping[str, str]) -> bool:
    """Whether databases are dumped before they are migrated: yes, unless GARNER_DUMP_BEFORE_MIGRATING says no."""
    return environ.get("GARNER_DUMP_BEFORE_MIGRATING", "1").lower() not in {"0", "false", "no", "off"}


class DumpFailed(RunError):
    """pg_dump has not written a whole dump."""


def dump_before_migrating(home: Home, url: str, moment: datetime) -> Path:
    """Dump to the home's dumps folder and keep the newest KEPT of these dumps; return the new one's path.

    Raises DumpFailed or ConfigurationError: a database that cannot be dumped is not migrated.
    """
    home.dumps.mkdir(mode=0o700, exist_ok=True)
    made = dump(url, home.dumps / f"before-migration-{moment:%Y%m%dT%H%M%SZ}.dump")
    for old in sorted(home.dumps.glob("before-migration-*.dump"))[:-KEPT]:
        old.unlink()
    return made


def dump(url: str, target: Path) -> Path:
    """Write the database of `url` to `target`, in pg_dump's custom format (see pg_restore), mode 0600.

    The file appears whole or not at all. `url` is a superuser's, or the owner's: row-level security binds the
    owner too, so every namespace is named for it.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            finished = subprocess.run(  # noqa: S603 - pg_dump, our own arguments
                [_pg_dump(url), "--format=custom", "--no-password", "--enable-row-security", _without_secret(url)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                env=_environment(url),
                check=False,
            )
            os.fsync(file.fileno())
        if finished.returncode:
            raise DumpFailed(f"pg_dump failed: {finished.stderr.decode(errors='replace').strip()}")
        part.replace(target)
    except OSError as error:
        raise DumpFailed(f"The dump {target} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _pg_dump(url: str) -> str:
    """The program: for a database elsewhere the system's own first, which can speak TLS; ours cannot."""
    elsewhere = not str(conninfo_to_dict(url).get("host") or "/").startswith("/")
    installed = shutil.which("pg_dump") if elsewhere else None
    try:
        return installed or str(postgres_bin(None) / "pg_dump")
    except ConfigurationError as error:
        raise DumpFailed("There is no pg_dump: install PostgreSQL's client programs.") from error


def _without_secret(url: str) -> str:
    """The address for the command line, which everybody can see."""
    parts: dict[str, Any] = {name: value for name, value in conninfo_to_dict(url).items() if name != "password"}
    return make_conninfo(**parts)


def _environment(url: str) -> dict[str, str]:
    password = str(conninfo_to_dict(url).get("password") or "")
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(_NAMESPACES).fetchone()
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PGOPTIONS": f"-c garner.namespaces={row[0] if row else ''}",
        **({"PGPASSWORD": password} if password else {}),
    }

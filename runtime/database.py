"""Makes a database fit for Garner: roles, extension, migrations and grants, once, however many start
together.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

import clock
from accounts.errors import KeyringUnusable
from accounts.keycheck import keys_check
from accounts.operator import ALIAS, owner_connection
from accounts.outbox.rebase import xids_rebase
from accounts.partitions import partitions_ensure
from runtime.addresses import without_password
from runtime.errors import ConfigurationError, ServerFailed

MINIMUM_POSTGRES = 15
MINIMUM_PGVECTOR = (0, 8)
"""The first pgvector with iterative index scans."""

_LOCK = 0x6761726E6572  # "garner" in ASCII: any number nobody else uses

_OWNER = "LOGIN NOSUPERUSER NOCREATEDB CREATEROLE NOBYPASSRLS"
_APP = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

# The app role may read and write rows, nothing more: no DDL, no TRUNCATE (which row-level security does not
# see).
_GRANTS = """
    REVOKE ALL ON DATABASE {database} FROM PUBLIC;
    GRANT CONNECT ON DATABASE {database} TO {app};
    REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;
    GRANT USAGE ON SCHEMA {schema} TO {app};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO {app};
"""

_HOPELESS = ("authentication failed", "does not exist", "no password supplied", "no pg_hba.conf entry")

_ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s"
_MAY_CREATE_ROLES = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
_PGVECTOR = "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'vector'"


def prepare_embedded(*, superuser_url: str, owner_url: str, app_url: str) -> None:
    """As the superuser of our own cluster: both roles with the URLs' passwords, the owner's database,
    pgvector.

    The database is the one that `owner_url` names. Safe to repeat, and to run in several processes at once.
    """
    owner, app = conninfo_to_dict(owner_url), conninfo_to_dict(app_url)
    with _locked(superuser_url) as connection:
        for wanted, attributes in ((owner, _OWNER), (app, _APP)):
            _set_role(connection, str(wanted["user"]), str(wanted["password"]), attributes)
        _create_database(connection, str(owner["dbname"]), str(owner["user"]))
    with psycopg.connect(superuser_url, dbname=str(owner["dbname"]), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def prepare_database(*, owner_url: str, app_url: str, before_migrating: Callable[[], object] | None = None) -> None:
    """As the owner: check versions, make the app role where it is missing, migrate, grant; then try the
    app's door.

    Works on the embedded and on an external database. Safe to repeat, and to run in several processes at
    once: one migrates, the others wait. An existing database with missing migrations is given to
    `before_migrating` first. Raises ConfigurationError with what the operator has to do.
    """
    app = conninfo_to_dict(app_url)
    with _locked(owner_url) as connection:
        check_versions(connection)
        _require_pgvector(connection)
        _require_app_role(connection, str(app["user"]), str(app.get("password") or ""))
        migrate(owner_url, before_migrating)
        _grant(connection, str(app["user"]))
    _try_app_door(app_url)


def check_versions(connection: psycopg.Connection) -> None:
    """Raise ConfigurationError unless the server is PostgreSQL >= 15 and has pgvector >= 0.8 at hand."""
    major = connection.info.server_version // 10000
    if major < MINIMUM_POSTGRES:
        raise ConfigurationError(f"Garner needs PostgreSQL {MINIMUM_POSTGRES} or newer; this one is {major}.")
    found = connection.execute(_PGVECTOR).fetchone()
    if found is None:
        raise ConfigurationError(
            "This PostgreSQL has no pgvector: install it on the database's machine (0.8 or newer)."
        )
    if version_of(found[0]) < MINIMUM_PGVECTOR:
        raise ConfigurationError(
            f"Garner needs pgvector 0.8 or newer; this database has {found[0]}. Update the package, then run "
            "ALTER EXTENSION vector UPDATE."
        )


def version_of(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: "0.8.6" is (0, 8, 6)."""
    numbers = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def migrate(owner_url: str, before_migrating: Callable[[], object] | None = None) -> None:
    """Run missing migrations and make the logs' next partitions, as the owner; the caller holds the lock."""
    with owner_connection(owner_url) as connection:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            if before_migrating and executor.loader.applied_migrations:
                before_migrating()
            call_command("migrate", database=ALIAS, interactive=False, verbosity=0, skip_checks=True)
        partitions_ensure(using=ALIAS, today=clock.now().date())
        xids_rebase()
        try:
            keys_check(using=ALIAS)
        except KeyringUnusable as error:
            raise ConfigurationError(error.message) from error


@contextmanager
def _locked(url: str) -> Iterator[psycopg.Connection]:
    """A connection that holds Garner's advisory lock in its database.

    Polled, not awaited in the server: a waiting statement holds a snapshot, which a migration's CREATE INDEX
    CONCURRENTLY would wait for.
    """
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        problem = f"{without_password(url)} does not let us in: {str(error).strip()}"
        # libpq gives no code for a refused login, only its sentence.
        hopeless = any(part in str(error) for part in _HOPELESS)
        raise (ConfigurationError(problem) if hopeless else ServerFailed(problem)) from error
    with connection:
        while not _one(connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))):
            time.sleep(0.1)
        yield connection  # the lock goes with the connection


def _set_role(connection: psycopg.Connection, role: str, password: str, attributes: str) -> None:
    known = connection.execute(_ROLE, (role,)).fetchone()
    statement = sql.SQL("{verb} ROLE {role} {attributes} PASSWORD {password}").format(
        verb=sql.SQL("ALTER" if known else "CREATE"),
        role=sql.Identifier(role),
        attributes=sql.SQL(attributes),  # one of the two constants above
        password=sql.Literal(password),
    )
    connection.execute(statement)


def _create_database(connection: psycopg.Connection, name: str, owner: str) -> None:
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
        statement = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(owner)))


def _require_pgvector(connection: psycopg.Connection) -> None:
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            "The role of DATABASE_URL may not add pgvector: run CREATE EXTENSION vector; "
            f"as a superuser in the database {connection.info.dbname}."
        ) from error


def _require_app_role(connection: psycopg.Connection, role: str, password: str) -> None:
    """Make the app role where it is missing. An existing one is left alone: it may serve another Garner."""
    if role == connection.info.user:
        raise ConfigurationError(f"The URLs of app and owner name the same role {role}: row-level security needs two.")
    found = connection.execute(_ROLE, (role,)).fetchone()
    if found is None:
        if not password or not _one(connection.execute(_MAY_CREATE_ROLES)):
            problem = f"The role {role} is missing, and we may not make it."
            raise ConfigurationError(_advice(problem, "CREATE", role))
        _set_role(connection, role, password, _APP)
    elif found[0]:
        raise ConfigurationError(_advice(f"The role {role} can go past row-level security.", "ALTER", role))


def _advice(problem: str, verb: str, role: str) -> str:
    return (
        f"{problem} Run as a superuser: {verb} ROLE {role} {_APP} PASSWORD '...'; "
        "then set GARNER_APP_DATABASE_URL to a URL with that role and password."
    )


def _grant(connection: psycopg.Connection, app: str) -> None:
    schema = str(_one(connection.execute("SELECT current_schema()")))
    statement = sql.SQL(_GRANTS).format(
        database=sql.Identifier(connection.info.dbname),
        schema=sql.Identifier(schema),
        app=sql.Identifier(app),
    )
    connection.execute(statement)


def _try_app_door(app_url: str) -> None:
    try:
        with psycopg.connect(app_url, connect_timeout=10):
            return
    except psycopg.OperationalError as error:
        role = str(conninfo_to_dict(app_url)["user"])
        raise ConfigurationError(
            _advice(f"The role {role} cannot log in ({str(error).strip()}).", "ALTER", role)
        ) from error


def _one(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    return row[0] if row else None

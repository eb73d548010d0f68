"""The embedded servers for a stdio session, when no `up` runs them: brought up when a call needs them, handed over as
soon as an `up` wants them, stopped with the session.

Several sessions share what one of them runs. When that one ends, the next call of another brings them up again.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from typing import cast

import structlog
from django.db import DatabaseError, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from psycopg_pool import PoolTimeout

import clock
from accounts.errors import Unavailable
from embedding import warm_up
from runtime.addresses import database_urls
from runtime.database import prepare_database, prepare_embedded
from runtime.dumps import dump_before_migrating, dumps_wanted
from runtime.errors import AlreadyRunning, RunError, ServerFailed
from runtime.locks import FileLock, is_held
from runtime.paths import Home
from runtime.postgres import PostgresServer
from runtime.processes import command_line
from runtime.servers import EmbeddedServer
from runtime.valkey import ValkeyServer

log = structlog.get_logger(__name__)

PATIENCE = 50.0  # seconds a call waits for the servers: under the 60 after which clients give up
LOOK_SECONDS = 0.25  # between two looks for an `up`
QUIET_SECONDS = 1.0  # at the start: the client's first questions need no servers, and should not wait for their CPU
OTHERS_SECONDS = 60.0  # for the servers of another session, or of an `up` that has just begun


class Parts:
    """What a session needs to run. Servers are started in one thread, since a child dies with the thread it is from."""

    def __init__(self, home: Home, environ: Mapping[str, str]) -> None:
        self._home, self._environ = home, environ
        self._servers: list[EmbeddedServer] = []
        if not environ.get("DATABASE_URL"):
            self._servers.append(PostgresServer(home))
        if not environ.get("REDIS_URL"):
            self._servers.append(ValkeyServer(home))
        self._ours: list[EmbeddedServer] = []
        self._ready, self._wanted, self._over = Event(), Event(), Event()
        self._keeper = Thread(target=self._keep, name="embedded-parts", daemon=True)
        self._seen: list[int | None] = []
        self._problem = ""

    def start(self) -> None:
        """Bring up what is missing and load the model, in a moment or at the first call."""
        self._keeper.start()

    def require(self) -> None:
        """Return when the servers serve. Raises Unavailable when they do not within PATIENCE."""
        if self._ready.is_set() and self._still_there():
            return
        self._ready.clear()
        self._wanted.set()
        if not self._ready.wait(PATIENCE):
            raise Unavailable(self._problem or "The memory is still starting.")

    def _still_there(self) -> bool:
        """Whether the servers are those that were found ready: a new one knows none of our connections."""
        return self._holders() == self._seen and all(is_held(self._running(server)) for server in self._servers)

    def stop(self) -> None:
        """Stop what is ours, in order."""
        self._over.set()
        self._wanted.set()
        if self._keeper.is_alive():
            self._keeper.join()

    # --- the keeper's thread ------------------------------------------------------------------------------------

    def _keep(self) -> None:
        self._wanted.wait(QUIET_SECONDS)
        self._wanted.set()
        Thread(target=warm_up, name="model", daemon=True).start()
        while not self._over.is_set():
            if self._wanted.is_set() and not self._ready.is_set():
                self._bring_up()
            if self._ours and _up_runs(self._home):
                log.info("servers_handed_over")
                self._let_go()
            self._over.wait(LOOK_SECONDS)
        self._let_go()

    def _bring_up(self) -> None:
        try:
            for server in self._servers:
                if server not in self._ours:
                    self._start_or_await(server)
            self._prepare_database()
        except (RunError, DatabaseError, OSError) as error:
            self._problem = f"The memory cannot start: {error}"
            log.warning("parts_failed", error=str(error))
        else:
            self._problem, self._seen = "", self._holders()
            self._wanted.clear()
            self._ready.set()

    def _start_or_await(self, server: EmbeddedServer) -> None:
        """Run the server ourselves, unless somebody else does: then wait until theirs answers."""
        if not _up_runs(self._home) and not is_held(self._running(server)):
            try:
                server.prepare()
            except AlreadyRunning:
                pass
            else:
                self._ours.append(server)
                server.spawn()
                server.wait_ready()
                return
        deadline = time.monotonic() + OTHERS_SECONDS
        while not server.answers():
            if time.monotonic() > deadline or self._over.is_set():
                raise AlreadyRunning(f"{server.name} is run by another process and does not answer.")
            time.sleep(LOOK_SECONDS)

    def _prepare_database(self) -> None:
        """Roles, migrations and grants, if this code knows more of them than the database; and no stale connections."""
        cast("DatabaseWrapper", connections["default"]).close_pool()
        postgres = next((server for server in self._servers if isinstance(server, PostgresServer)), None)
        if postgres not in self._ours and self._prepared_by_another():
            return
        app_url, owner_url = database_urls(self._home, self._environ)
        if postgres:
            prepare_embedded(superuser_url=postgres.superuser_dsn(), owner_url=owner_url, app_url=app_url)
        prepare_database(owner_url=owner_url, app_url=app_url, before_migrating=lambda: self._dump(owner_url))

    def _dump(self, owner_url: str) -> None:
        """As `up` does before an upgrade."""
        if dumps_wanted(self._environ):
            dump_before_migrating(self._home, owner_url, clock.now())

    def _prepared_by_another(self) -> bool:
        """Whether whoever runs the database has prepared it. An `up` does so itself, and dumps it before an upgrade."""
        deadline = time.monotonic() + OTHERS_SECONDS
        while not _migrated():
            if not _up_runs(self._home):
                return False
            if time.monotonic() > deadline or self._over.is_set():
                raise ServerFailed("The running Garner has not prepared the database for this version: restart it.")
            time.sleep(LOOK_SECONDS)
        return True

    def _let_go(self) -> None:
        self._ready.clear()
        for server in reversed(self._ours):
            server.stop()
            server.close()
        self._ours.clear()

    def _holders(self) -> list[int | None]:
        return [FileLock(self._running(server)).holder() for server in self._servers]

    def _running(self, server: EmbeddedServer) -> Path:
        return self._home.run / f"{server.name}.running"


def _up_runs(home: Home) -> bool:
    """Whether an `up` of this home lives. Its lock is tried only when the process it names is there: a probe holds
    the lock for a moment, and an `up` that begins just then would be refused.
    """
    pid = FileLock(home.up_lock).holder()
    return pid is not None and bool(command_line(pid)) and is_held(home.up_lock)


def _migrated() -> bool:
    connection = connections["default"]
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, PoolTimeout):
        return False
    finally:
        connection.close()

"""One instance of Garner as `manage.py up` runs it: its servers, its processes, their environments."""

import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import OperationalError, connections

from runtime.addresses import database_urls
from runtime.database import prepare_database, prepare_embedded
from runtime.errors import ServerFailed
from runtime.journal import Journal
from runtime.listening import url_of
from runtime.paths import Home
from runtime.postgres import PostgresServer
from runtime.programs import Command, Program, inherited_environment, server_program
from runtime.servers import EmbeddedServer
from runtime.supervisor import Plan
from runtime.valkey import ValkeyServer
from runtime.welcome import welcome

DATABASE_PATIENCE = 60.0
"""Seconds that a database may take to answer at the start: one beside us in a compose file starts with us."""

# Fast shutdown writes a checkpoint; immediate shutdown only ends; the last is SIGKILL.
_POSTGRES_STOP = (60.0, 10.0, 10.0)
_VALKEY_STOP = (15.0, 10.0)
_WORKER_PATIENCE = 20.0  # a task that is cut off is delivered again
_OWNERS_ONLY = ("DATABASE_URL", "GARNER_OWNER_DATABASE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What is to run. `code` is the folder with manage.py; `environ` is where the addresses come from."""

    home: Home
    code: Path
    environ: Mapping[str, str]
    listener: socket.socket
    web_processes: int
    journal: Journal

    def plan(self) -> Plan:
        """The supervisor's plan. Embedded servers are left out where the environment names external ones."""
        postgres = None if self.environ.get("DATABASE_URL") else PostgresServer(self.home)
        valkey = None if self.environ.get("REDIS_URL") else ValkeyServer(self.home)
        servers = [
            *([_prepared(postgres, server_program(postgres, _POSTGRES_STOP))] if postgres else []),
            *([_prepared(valkey, server_program(valkey, _VALKEY_STOP))] if valkey else []),
        ]
        return Plan(
            early=[self._web(number).program() for number in range(1, self.web_processes + 1)],
            servers=servers,
            late=[self._worker().program()],
            prepare=lambda: self._prepare(postgres),
            welcome=self._welcome,
        )

    def _web(self, number: int) -> Command:
        name = f"web-{number}"
        mark = f"garner-{name}-{self.home.mark}"
        return Command(
            name=name,
            mark=mark,
            arguments=[sys.executable, "-m", "memoryproject.serve", mark],
            environment=self._web_environment,
            folder=self.code,
            heirlooms=[self.listener.fileno()],
        )

    def _worker(self) -> Command:
        mark = f"garner-worker-{self.home.mark}"
        return Command(
            name="worker",
            mark=mark,
            arguments=[
                *(sys.executable, "-m", "celery", "--quiet", "-A", "memoryproject", "worker", "-B"),
                *("--pool", "threads", "-c", "2", "--without-gossip", "--without-mingle"),
                *("--hostname", f"{mark}@%h", "--schedule", str(self.home.run / "beat-schedule")),
            ],
            environment=self._worker_environment,
            folder=self.code,
            patience=_WORKER_PATIENCE,
        )

    def _web_environment(self) -> dict[str, str]:
        """No owner's address: a request must not be able to pass by row-level security."""
        return {
            **self._environment(without=_OWNERS_ONLY),
            "GARNER_APP_DATABASE_URL": database_urls(self.home, self.environ)[0],
            "GARNER_LISTEN_FD": str(self.listener.fileno()),
        }

    def _worker_environment(self) -> dict[str, str]:
        app_url, owner_url = database_urls(self.home, self.environ)
        return {
            **self._environment(),
            "GARNER_APP_DATABASE_URL": app_url,
            "GARNER_OWNER_DATABASE_URL": owner_url,
        }

    def _environment(self, without: tuple[str, ...] = ()) -> dict[str, str]:
        """Ours, with the home spelled out; variables that the child gets from us must not come from a file as well."""
        given = {"GARNER_APP_DATABASE_URL", *_OWNERS_ONLY}
        files = [f"{name}_FILE" for name in given if name in without or name != "DATABASE_URL"]
        return {**inherited_environment([*without, *files]), "GARNER_HOME": str(self.home.root)}

    def _prepare(self, postgres: PostgresServer | None) -> None:
        deadline = time.monotonic() + DATABASE_PATIENCE
        while True:
            try:
                self._prepare_once(postgres)
            except (ServerFailed, psycopg.OperationalError, OperationalError) as error:
                if time.monotonic() > deadline:
                    raise ServerFailed(f"The database cannot be prepared: {str(error).strip()}") from error
                self.journal.say(f"The database cannot be prepared yet: {str(error).strip()}", level="warning")
                time.sleep(1.0)
            else:
                return

    def _prepare_once(self, postgres: PostgresServer | None) -> None:
        app_url, owner_url = database_urls(self.home, self.environ)
        if postgres:
            prepare_embedded(superuser_url=postgres.superuser_dsn(), owner_url=owner_url, app_url=app_url)
        prepare_database(owner_url=owner_url, app_url=app_url)

    def _welcome(self) -> None:
        try:
            print(welcome(self.home, url_of(self.listener)), flush=True)
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close()
                if hasattr(connection, "close_pool"):
                    connection.close_pool()


def _prepared(server: EmbeddedServer, program: Program) -> Program:
    """The program, with the server's folders made ready before each start: the first start makes them."""

    def settle() -> None:
        server.prepare()
        program.settle()

    return Program(program.name, settle, program.spawn, program.answers, program.stop)


def web_processes(environ: Mapping[str, str]) -> int:
    """GARNER_WEB_PROCESSES, by default one per processor up to two."""
    given = environ.get("GARNER_WEB_PROCESSES", "")
    return int(given) if given else min(2, os.cpu_count() or 1)


"""One instance of Garner as `manage.py up` runs it: its servers, its processes, their environments."""

import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg
from django.db import OperationalError, connections

import clock
from runtime.addresses import database_urls
from runtime.database import prepare_database, prepare_embedded
from runtime.dumps import dump_before_migrating, dumps_wanted
from runtime.errors import ConfigurationError, ServerFailed
from runtime.journal import Journal
from runtime.listening import url_of
from runtime.paths import Home
from runtime.postgres import PostgresServer
from runtime.programs import Command, Program, server_program
from runtime.servers import EmbeddedServer
from runtime.settings_file import MERGED
from runtime.supervisor import Plan
from runtime.tls import tls_wanted
from runtime.valkey import ValkeyServer, require_valkey
from runtime.welcome import welcome

DATABASE_PATIENCE = 60.0
"""Seconds that a database may take to answer at the start: one beside us in a compose file starts with us."""

HANDOVER_SECONDS = 30.0
"""How long an agent's stdio session, which runs the servers while no `up` does, may take to hand them over."""

# Fast shutdown writes a checkpoint; immediate shutdown only ends; the last is SIGKILL.
_POSTGRES_STOP = (60.0, 10.0, 10.0)
_VALKEY_STOP = (15.0, 10.0)
_WORKER_PATIENCE = 20.0  # a task that is cut off is delivered again
_ADDRESSES = ("DATABASE_URL", "GARNER_APP_DATABASE_URL", "GARNER_OWNER_DATABASE_URL")


Answer = TypeVar("Answer")


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
        return Command(
            name=f"web-{number}",
            # The last argument is for us: serve does not read it. Of equal length, so that none is part of
            # another.
            arguments=[sys.executable, *web_mark(self.home).split(), f"{number:02}"],
            environment=self._web_environment,
            folder=self.code,
            heirlooms=[self.listener.fileno()],
        )

    def _worker(self) -> Command:
        node = f"garner-{self.home.mark}@%h"
        return Command(
            name="worker",
            arguments=[
                *(sys.executable, "-m", "celery", "--quiet", "-A", "memoryproject", "worker", "-B"),
                *("--pool", "threads", "-c", "4", "--without-gossip", "--without-mingle"),
                *("--hostname", node),
            ],
            environment=self._worker_environment,
            folder=self.code,
            patience=_WORKER_PATIENCE,
        )

    def _web_environment(self) -> dict[str, str]:
        """No owner's address: a request must not be able to pass by row-level security."""
        return {
            **self._environment(),
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

    def _environment(self) -> dict[str, str]:
        """Ours, less the database's addresses: each child gets those that it may have."""
        withheld = {f"{name}{suffix}" for name in _ADDRESSES for suffix in ("", "_FILE")}
        kept = {name: value for name, value in os.environ.items() if name not in withheld}
        return {
            **kept,
            "GARNER_HOME": str(self.home.root),
            MERGED: "1",  # garner.toml may hold the addresses withheld above
            "PROMETHEUS_MULTIPROC_DIR": str(self.home.metrics),
        }

    def _prepare(self, postgres: PostgresServer | None) -> None:
        self._patiently(lambda: self._prepare_once(postgres))

    def _patiently(self, work: Callable[[], Answer]) -> Answer:
        """The work's answer; tried again while a server is away, since it may be starting beside us or anew."""
        deadline = time.monotonic() + DATABASE_PATIENCE
        while True:
            try:
                return work()
            except (ServerFailed, psycopg.OperationalError, OperationalError) as error:
                if time.monotonic() > deadline:
                    raise ServerFailed(f"The start was given up: {str(error).strip()}") from error
                self.journal.say(f"Not yet: {str(error).strip()}", level="warning")
                time.sleep(1.0)

    def _prepare_once(self, postgres: PostgresServer | None) -> None:
        app_url, owner_url = database_urls(self.home, self.environ)
        if external := self.environ.get("REDIS_URL"):
            require_valkey(external)
        if postgres:
            prepare_embedded(superuser_url=postgres.superuser_dsn(), owner_url=owner_url, app_url=app_url)
        prepare_database(owner_url=owner_url, app_url=app_url, before_migrating=lambda: self._dump(owner_url))

    def _dump(self, owner_url: str) -> None:
        """A way back from the migrations that follow."""
        if not dumps_wanted(self.environ):
            return
        written = dump_before_migrating(self.home, owner_url, clock.now())
        self.journal.say(f"The database is about to be migrated; as it was, it is in {written}.")

    def _welcome(self) -> None:
        try:
            url = url_of(self.listener, secure=tls_wanted(self.environ))
            print(self._patiently(lambda: welcome(self.home, url)), flush=True)
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close()
                if hasattr(connection, "close_pool"):
                    connection.close_pool()


def _prepared(server: EmbeddedServer, program: Program) -> Program:
    """The program, with the server's folders made ready before each start: the first start makes them."""

    def settle() -> None:
        server.prepare(HANDOVER_SECONDS)
        program.settle()

    return Program(program.name, settle, program.spawn, program.answers, program.stop)


def web_mark(home: Home) -> str:
    """What stands in the command line of every web process of this home, and before its number."""
    return f"-m memoryproject.serve garner-web-{home.mark}"


def web_processes(environ: Mapping[str, str]) -> int:
    """GARNER_WEB_PROCESSES, by default one per processor up to two. Raises ConfigurationError unless it is 1 to 64."""
    given = environ.get("GARNER_WEB_PROCESSES") or str(min(2, os.cpu_count() or 1))
    if not given.isdecimal() or not 1 <= int(given) <= 64:
        raise ConfigurationError(f"GARNER_WEB_PROCESSES is {given}: it must be a number from 1 to 64.")
    return int(given)

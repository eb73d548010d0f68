"""The backend that DATABASES names. Django asks a server whether a pooled connection lives, or does not ask at all."""

import select
from functools import partial
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


def check_alive(connection: Connection[Any]) -> None:
    """Raise psycopg.OperationalError for a connection that its server has closed.

    Costs microseconds: a server that goes says so, and an idle connection hears of nothing else. Only then is it asked.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


def lend(pool: ConnectionPool[Any], connection: Connection[Any]) -> None:
    """Raise psycopg.OperationalError for a dead connection, and replace all others of the pool that have died with it.

    The pool waits longer and longer between one dead connection and the next (1, 2, 4 s): after a restart of the server
    a few of them would make a request wait for longer than it may.
    """
    try:
        check_alive(connection)
    except OperationalError:
        pool.check()
        raise


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose pool checks each connection when it lends it and replaces what is dead."""

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        """The pool, or None where the settings want none."""
        found: ConnectionPool[Any] | None = super().pool
        if found is not None:
            found._check = partial(lend, found)  # noqa: SLF001 (Django passes either its own check or none)
        return found

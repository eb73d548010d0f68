"""The backend that DATABASES names. Django asks a server whether a pooled connection lives, or does not ask at all."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


def check_alive(connection: Connection[Any]) -> None:
    """Raise psycopg.OperationalError for a connection that its server has closed.

    Costs microseconds: a server that goes says so, and an idle connection hears of nothing else. Only then is it asked.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose pool checks each connection when it lends it and replaces what is dead."""

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        """The pool, or None where the settings want none."""
        found: ConnectionPool[Any] | None = super().pool
        if found is not None:
            found._check = check_alive  # noqa: SLF001 (Django passes either its own check or none)
        return found

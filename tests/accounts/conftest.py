"""The operator's address, for tests of maintenance; web processes do not have it."""

from collections.abc import Iterator
from typing import cast

import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from accounts.operator import ALIAS
from runtime.postgres import PostgresServer


@pytest.fixture
def owner(db: None, servers: PostgresServer, settings) -> Iterator[PostgresServer]:
    settings.OWNER_DATABASE_URL = servers.owner_dsn()
    connections.settings.pop(ALIAS, None)
    yield servers
    if ALIAS in connections.settings:
        connections[ALIAS].close()
        cast("DatabaseWrapper", connections[ALIAS]).close_pool()
        del connections[ALIAS]
        del connections.settings[ALIAS]

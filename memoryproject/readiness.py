"""Whether this process may serve: the model is loaded and the database answers in its current schema."""

import os
import time
from threading import Event, Thread

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from psycopg_pool import PoolTimeout

from embedding import warm_up
from runtime.readiness import tell_ready

log = structlog.get_logger(__name__)
readiness = Event()


def prepare_in_background() -> None:
    """Load what a request needs, then open the gate; a process that cannot is ended for the supervisor to see."""
    Thread(target=_prepare, name="prepare", daemon=True).start()


def _prepare() -> None:
    try:
        warm_up()
        while not _database_ready():
            time.sleep(0.1)
    except Exception:
        log.exception("start_failed")
        os._exit(1)
    readiness.set()
    tell_ready()
    log.info("ready")


def _database_ready() -> bool:
    """True when the database answers and has every migration that this code knows."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, PoolTimeout):
        return False
    finally:
        connection.close()

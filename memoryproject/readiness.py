"""Whether this process may serve: the model is loaded and the database answers in its current schema."""

import gc
import os
import time
from threading import Event, Thread

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import get_resolver
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
    _settle_memory()
    readiness.set()
    tell_ready()
    log.info("ready")


def _settle_memory() -> None:
    """Take what lives as long as the process out of the collector's sight.

    A full collection of it stalled the event loop for 70 to 200 ms (docs/adr/0001-one-port.md).
    """
    _ = get_resolver().url_patterns  # every view is imported now, not at the first request
    gc.collect()
    gc.freeze()


def _database_ready() -> bool:
    """True when the database answers and has every migration that this code knows."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, PoolTimeout):
        return False
    finally:
        connection.close()

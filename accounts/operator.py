"""The operator path: maintenance as the owner of the tables, on an explicit list of namespaces.

Only the worker, migrations and `manage.py` commands of an operator come here; web processes do not have the
owner's address. Row-level security is forced, so even the owner sees only the namespaces named here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from environ import Env

from accounts.errors import Unavailable

ALIAS = "owner"


def owner_alias() -> str:
    """Register the owner's connection (once) and return its alias.

    Raises Unavailable in a process that was not given the owner's address.
    """
    known: dict[str, dict[str, Any]] = connections.settings
    if ALIAS not in known:
        if not settings.OWNER_DATABASE_URL:
            raise Unavailable("This process has no operator's address of the database.")
        known[ALIAS] = _as_owner(settings.OWNER_DATABASE_URL)
    return ALIAS


@contextmanager
def owner_connection(owner_url: str) -> Iterator[BaseDatabaseWrapper]:
    """The connection of this owner under the same alias, known only inside the `with` block: before a first start."""
    known: dict[str, dict[str, Any]] = connections.settings
    before = known.get(ALIAS)
    known[ALIAS] = _as_owner(owner_url)
    try:
        yield connections[ALIAS]
    finally:
        connections[ALIAS].close()
        del connections[ALIAS], known[ALIAS]
        if before is not None:
            known[ALIAS] = before


def _as_owner(url: str) -> dict[str, Any]:
    """The default database's settings with the owner's address, and without what suits requests only."""
    address: dict[str, Any] = Env.db_url_config(url, engine="django.db.backends.postgresql")
    blank = {"OPTIONS": {}, "CONN_MAX_AGE": 0, "HOST": "", "PORT": ""}
    usual: dict[str, Any] = connections.settings["default"]
    return deepcopy(usual) | blank | address


@contextmanager
def operator(namespaces: Sequence[int]) -> Iterator[str]:
    """A transaction of the owner over the namespaces with these ids; yields the connection's alias."""
    alias = owner_alias()
    with transaction.atomic(using=alias, durable=True), connections[alias].cursor() as cursor:
        listed = ",".join(str(int(namespace)) for namespace in namespaces)
        cursor.execute("SELECT set_config('garner.namespaces', %s, true)", [listed])
        yield alias


@contextmanager
def scan() -> Iterator[str]:
    """A transaction of the owner that sees the logs and queues of every namespace, to find where work is due.

    Only tables with the policy of accounts.rls.scan_sql open to it: deeds and the outbox's own, none with content.
    """
    alias = owner_alias()
    with transaction.atomic(using=alias, durable=True), connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('garner.namespaces', '', true), set_config('garner.scan', 'on', true)")
        yield alias

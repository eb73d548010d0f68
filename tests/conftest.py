"""One PostgreSQL and one Valkey for the session, a fresh database, and two tenants who must never meet.

Tests commit for real and never clean up: each gets namespaces of its own, which is the isolation under test.
(pytest-django's transactions would hold the door's setting open from one caller to the next.)
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from pytest_django import DjangoDbBlocker

from accounts.operator import ALIAS
from accounts.scopes import Role
from accounts.services.keys import key_create
from accounts.services.namespaces import namespace_create
from embedding import warm_up
from embedding.build import ensure_model
from runtime.database import prepare_database, prepare_embedded
from runtime.postgres import PostgresServer
from runtime.valkey import ValkeyServer
from tests.home import HOME
from tests.people import Person

# Machines differ: an example is wrong or right, never late.
hypothesis.settings.register_profile("garner", deadline=None)
hypothesis.settings.load_profile("garner")
_count = itertools.count(1)


@pytest.fixture(scope="session")
def servers() -> Iterator[PostgresServer]:
    """The embedded servers, as a newcomer gets them."""
    with ExitStack() as stack:
        stack.enter_context(ValkeyServer(HOME).running())
        yield stack.enter_context(PostgresServer(HOME).running())


@pytest.fixture(scope="session")
def django_db_setup(servers: PostgresServer, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A new database, migrated by its owner, served to the app role; open to all tests."""
    shutil.rmtree(HOME.root / "audit", ignore_errors=True)  # the heads of another database's chains
    with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute("DROP DATABASE IF EXISTS garner WITH (FORCE)")
    with django_db_blocker.unblock():
        urls: Any = {"owner_url": servers.owner_dsn(), "app_url": settings.APP_DATABASE_URL}
        prepare_embedded(superuser_url=servers.superuser_dsn(), **urls)
        prepare_database(**urls)
        ensure_model(settings.GARNER_HOME)
        warm_up()
        yield


@pytest.fixture
def db(django_db_setup: None) -> None:
    """The database, without a transaction around the test."""


@pytest.fixture
def owner(db: None, servers: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """The operator's address, for tests of maintenance; web processes do not have it."""
    owner_forget()
    monkeypatch.setattr(settings, "OWNER_DATABASE_URL", servers.owner_dsn())
    yield servers
    owner_forget()


def owner_forget() -> None:
    """Close the operator's connection and forget its address."""
    if ALIAS in connections.settings:
        connections[ALIAS].close()
        cast("DatabaseWrapper", connections[ALIAS]).close_pool()
        del connections[ALIAS]
        del connections.settings[ALIAS]


def person(name: str, role: Role = Role.ADMIN, grains_per_minute: int = 0) -> Person:
    """A new key of a new namespace."""
    namespace = namespace_create(name=f"{name}-{next(_count)}")
    new = key_create(namespace=namespace, scopes=role.scopes, grains_per_minute=grains_per_minute)
    return Person(namespace, new.secret)


@pytest.fixture(scope="session")
def newcomer(django_db_setup: None) -> Callable[..., Person]:
    """`person`, for fixtures that live longer than a test."""
    return person


@pytest.fixture
def alice(db: None) -> Person:
    return person("alice")


@pytest.fixture
def bob(db: None) -> Person:
    return person("bob")

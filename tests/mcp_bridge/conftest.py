"""Keys with a profile of their own, and the server as `up` runs it: two processes on one socket."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from accounts.scopes import Role
from accounts.services.keys import key_create
from accounts.services.namespaces import namespace_create
from tests.mcp_bridge.workers import Workers, two_workers
from tests.people import Person

_count = itertools.count(1)


@pytest.fixture
def newcomer_with_profile(db: None) -> Callable[[str], Person]:
    """A new key whose MCP tools are those of a profile."""

    def make(profile: str) -> Person:
        namespace = namespace_create(name=f"{profile}-{next(_count)}")
        new = key_create(namespace=namespace, scopes=Role.ADMIN.scopes, grains_per_minute=0, mcp_profile=profile)
        return Person(namespace, new.secret)

    return make


@pytest.fixture(scope="session")
def workers(django_db_setup: None) -> Iterator[Workers]:
    """Two web processes on one socket; for tests that leave both alive."""
    with two_workers() as running:
        yield running

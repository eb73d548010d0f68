"""Alice and bob as people: each administers a namespace of their own; an operator has none in view yet."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.scopes import Role
from tests.visitors import Visitor, visitor


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Argon2 as everywhere, with less work: what a hash costs is not under test."""
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 1024)
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)


@pytest.fixture
def ada(alice) -> Visitor:
    """Who administers alice's namespace."""
    return visitor(role=Role.ADMIN, namespace=alice.namespace)


@pytest.fixture
def ben(bob) -> Visitor:
    """Who administers bob's namespace."""
    return visitor(role=Role.ADMIN, namespace=bob.namespace)


@pytest.fixture
def chief(db) -> Visitor:
    """An operator."""
    return visitor(operator=True)

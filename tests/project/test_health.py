"""/health is open to everybody, and honest about the database."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client
from psycopg_pool import ConnectionPool

from memoryproject import __version__


@pytest.fixture
def no_database(db: None) -> Iterator[None]:
    """A pool whose server is not there, in the place of the real one."""
    connection.close()
    pools = vars(DatabaseWrapper)["_connection_pools"]
    real = pools.get("default")
    dead = ConnectionPool("host=/nowhere dbname=garner", min_size=0, max_size=1, timeout=0.2, open=True)
    pools["default"] = dead
    yield
    connection.close()
    dead.close()
    pools.pop("default")
    if real is not None:
        pools["default"] = real


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_health_needs_no_key(db: None, client: Client) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "db": "ok", "version": __version__}


def test_health_is_503_when_the_database_does_not_answer(no_database: None, client: Client) -> None:
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json() == {"status": "degraded", "db": "unavailable", "version": __version__}


def test_everything_else_says_503_then_and_when_to_come_again(no_database: None, client: Client) -> None:
    response = client.get("/v1/memories", headers={"authorization": "Bearer gk_anything"})
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert int(response["Retry-After"]) >= 1
    assert set(response.json()) == {"error", "code", "field"}


def test_after_the_database_is_back_all_is_well(no_database: None, client: Client) -> None:
    assert client.get("/health").status_code == 503


def test_and_it_is_back(db: None, client: Client) -> None:
    assert client.get("/health").status_code == 200

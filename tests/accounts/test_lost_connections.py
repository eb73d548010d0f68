"""A connection whose server has gone is not lent again: a restart of the database costs no request an error."""

import select
from typing import cast

import psycopg
import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from accounts.postgresql.base import check_alive

KILL_SQL = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %s"


def kill_all(servers) -> None:
    connection.close()  # back into the pool, as at the end of a request
    role = connections.settings["default"]["USER"]
    with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute(KILL_SQL, [role])


def test_requests_after_a_loss_of_all_connections_are_answered(alice, servers):
    alice.store("the safe code is 4711")
    for _ in range(3):
        kill_all(servers)
        assert "the safe code is 4711" in alice.recall("safe code")
        alice.store("one more")
        assert alice.last.status_code == 200


def test_no_request_waits_for_every_connection_that_a_restart_has_cost(alice, servers):
    alice.store("the safe code is 4711")
    pool = cast("DatabaseWrapper", connections["default"]).pool
    for one in [pool.getconn() for _ in range(6)]:
        pool.putconn(one)
    kill_all(servers)
    assert "the safe code is 4711" in alice.recall("safe code")  # 503 after 5 s, were they met one after the other


def test_a_dead_connection_is_told_from_a_living_one(servers, settings):
    with psycopg.connect(settings.APP_DATABASE_URL) as living:
        check_alive(living)
        kill_all(servers)
        select.select([living.fileno()], [], [], 10)  # until the server's last word has arrived
        with pytest.raises(psycopg.OperationalError):
            check_alive(living)


def test_a_word_of_the_server_is_no_death(servers, settings):
    with (
        psycopg.connect(settings.APP_DATABASE_URL, autocommit=True) as hears,
        psycopg.connect(settings.APP_DATABASE_URL, autocommit=True) as says,
    ):
        hears.execute("LISTEN word")
        says.execute("NOTIFY word")
        check_alive(hears)
        assert hears.execute("SELECT 1").fetchone() == (1,)

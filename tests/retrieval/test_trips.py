"""A trip: several prepared statements, sent at once; what goes wrong, what is remembered, when it commits."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import DataError, connection, transaction
from psycopg.pq import PipelineStatus, TransactionStatus

from accounts.door import tenant
from retrieval import trips
from retrieval.arrays import pipelined
from retrieval.models import Trace
from retrieval.trips import trip
from runtime.postgres import PostgresServer
from tests.people import Person

PREPARED_SQL = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'garner%%'"


@pytest.fixture
def raw(owner: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    """A connection of nobody else's."""
    with psycopg.connect(owner.owner_dsn()) as connection_:
        yield connection_


def state(raw: psycopg.Connection[Any]) -> tuple[int, int]:
    return raw.pgconn.pipeline_status, raw.pgconn.transaction_status


def test_statements_are_answered_in_order_and_begin_a_transaction(raw):
    assert state(raw) == (PipelineStatus.OFF, TransactionStatus.IDLE)
    several = [("SELECT %s::int + 1, 'x%%'", [1]), ("SET LOCAL work_mem = '1MB'", []), ("SELECT NULL::text", [])]
    told = trip(raw, several)
    assert told == [[(2, "x%")], [], [(None,)]]
    assert state(raw) == (PipelineStatus.OFF, TransactionStatus.INTRANS)


def test_arrays_come_and_go_as_numpy(raw):
    numbers, vector = np.arange(70_000, dtype=np.int64), np.array([0.5, -1.5], np.float32)
    (((back, near, none),),) = trip(
        raw, [("SELECT %s::bigint[], %s::real[], ARRAY(SELECT 1::bigint WHERE false)", [numbers, vector])]
    )
    assert (back == numbers).all()
    assert near.tolist() == [0.5, -1.5]
    assert (len(none), none.dtype) == (0, np.int64)


def test_more_than_the_sockets_hold_goes_both_ways_at_once(raw):
    big = np.arange(400_000, dtype=np.int64)  # 4.8 MB on the wire
    told = trip(raw, 6 * [("SELECT %s::bigint[]", [big])])
    assert [len(rows[0][0]) for rows in told] == 6 * [len(big)]


def test_a_statement_is_prepared_once_for_each_kind_of_parameters(raw):
    for value in (1, 2, 3):
        trip(raw, 2 * [("SELECT %s::text", [value])])
    assert trip(raw, [(PREPARED_SQL, [])]) == [[(2,)]]  # itself too
    trip(raw, [("SELECT %s::text", ["a"])])
    assert trip(raw, [(PREPARED_SQL, [])]) == [[(3,)]]


def test_only_so_many_are_kept_the_latest_used(raw, monkeypatch):
    monkeypatch.setattr(trips, "PREPARED", 5)
    for n in range(20):
        assert trip(raw, [(f"SELECT {n}", []), ("SELECT 'often'", [])]) == [[(n,)], [("often",)]]
    ((count,),) = trip(raw, [(PREPARED_SQL, [])])[0]
    assert count <= 6
    often = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT ''often'''"
    assert trip(raw, [(often, [])]) == [[(1,)]]


def test_one_that_fails_stops_those_behind_it_and_leaves_the_connection_good(raw):
    with pytest.raises(psycopg.errors.DivisionByZero):
        trip(raw, [("CREATE TEMP TABLE seen (n int)", []), ("SELECT 1 / %s::int", [0]), ("SELECT 'behind'", [])])
    assert state(raw) == (PipelineStatus.OFF, TransactionStatus.INERROR)
    raw.rollback()
    assert trip(raw, [("SELECT to_regclass('seen')::text", []), ("SELECT 'behind'", [])]) == [[(None,)], [("behind",)]]
    assert trip(raw, [("SELECT 1 / %s::int", [1])]) == [[(1,)]], "the one that failed is prepared, or is again"


def test_one_that_does_not_parse_is_not_taken_for_prepared(raw):
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            trip(raw, [("SELECT * FROM nowhere", [])])
        raw.rollback()
    trip(raw, [("CREATE TEMP TABLE nowhere ()", [])])
    assert trip(raw, [("SELECT * FROM nowhere", [])]) == [[]]


def test_a_failed_statement_takes_its_commit_along(raw):
    with pytest.raises(psycopg.errors.DivisionByZero):
        trip(raw, [("SELECT 1 / %s::int", [0])], commit=True)
    assert state(raw)[1] == TransactionStatus.INERROR


def test_a_lost_connection_is_closed(raw, owner):
    trip(raw, [("SELECT 1", [])])
    with psycopg.connect(owner.owner_dsn(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        trip(raw, [("SELECT pg_sleep(1)", [])])
    assert raw.closed


def test_errors_are_djangos_inside_the_door(alice: Person):
    with pytest.raises(DataError), tenant(alice.caller):
        pipelined([("SELECT 1 / %s::int", [0])])
    with tenant(alice.caller):
        assert pipelined([("SELECT 1", [])]) == [[(1,)]]


NOTED = "INSERT INTO retrieval_trace (namespace_id, id, at, actor, query, profile, decision, params, ranking) "
NOTED += "VALUES (%s, gen_random_uuid(), now(), 'x', %s, '', '', '{}', '[]')"


def note(person: Person, query: str, *, last: bool) -> None:
    pipelined([(NOTED, [person.caller.namespace_id, query])], last=last)


def noted(person: Person) -> set[str]:
    with tenant(person.caller):
        return set(Trace.objects.values_list("query", flat=True))


def test_the_last_trip_commits_and_nothing_is_seen_behind_it(alice: Person):
    alice.store("It rained.")

    def write() -> None:
        with tenant(alice.caller):
            note(alice, "kept", last=True)
            assert connection.connection.pgconn.transaction_status == TransactionStatus.IDLE
            assert pipelined([("SELECT count(*) FROM grains_grain", [])]) == [[(0,)]], "the door is closed"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert noted(alice) == {"kept"}


@pytest.mark.parametrize("joined", [tenant, lambda caller: transaction.atomic()], ids=["door", "savepoint"])
def test_what_joined_another_transaction_commits_nothing(alice: Person, joined):
    def write() -> None:
        with tenant(alice.caller):
            with joined(alice.caller):
                note(alice, "inner", last=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert noted(alice) == set()

"""Day partitions of the logs: made ahead, dropped when their retention is over."""

from datetime import date, timedelta

import pytest
from django.db import connection, connections

import clock
from accounts.door import tenant
from accounts.operator import owner_alias
from accounts.partitions import AHEAD_DAYS, partitions_before, partitions_ensure
from accounts.tasks import logs_sweep, partitions_make
from retrieval.models import Trace
from runtime.postgres import PostgresServer
from tests.people import Person

NAMES_SQL = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"


def partitions(parent: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(NAMES_SQL, [parent])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("parent", ["accounts_deed", "retrieval_trace"])
def test_two_weeks_of_partitions_stand_ready(owner: PostgresServer, parent: str) -> None:
    partitions_make()
    today = clock.now().date()
    wanted = {f"{parent}_{today + timedelta(days=n):%Y%m%d}" for n in range(AHEAD_DAYS)}
    assert wanted <= partitions(parent)


def test_rows_of_today_lie_in_todays_partition(alice: Person) -> None:
    alice.store("x")
    alice.recall("x")
    with tenant(alice.caller), connection.cursor() as cursor:
        for parent in ("accounts_deed", "retrieval_trace"):
            cursor.execute(f"SELECT DISTINCT tableoid::regclass::text FROM {parent}")
            assert cursor.fetchall() == [(f"{parent}_{clock.now():%Y%m%d}",)]


def test_old_traces_go_with_their_day_and_newer_ones_stay(alice: Person, owner: PostgresServer, settings) -> None:
    settings.TRACE_RETENTION_DAYS = 30
    old = clock.now() - timedelta(days=40)
    partitions_ensure(using=owner_alias(), today=old.date())
    alice.recall("x")
    logs_sweep()
    assert f"retrieval_trace_{old:%Y%m%d}" not in partitions("retrieval_trace")
    with tenant(alice.caller):
        assert Trace.objects.count() == 1


def test_only_the_logs_can_lose_partitions(owner: PostgresServer) -> None:
    with pytest.raises(ValueError):
        partitions_before(parent="grains_grain", before=date(2000, 1, 1))


def test_a_day_whose_rows_lie_in_the_default_partition_stays_there(alice: Person, owner: PostgresServer) -> None:
    far = clock.now() + timedelta(days=90)
    with tenant(alice.caller):
        Trace.objects.create(namespace_id=alice.namespace.pk, at=far, actor="a", query="q", profile="p", decision="d")
    partitions_ensure(using=owner_alias(), today=far.date())
    assert f"retrieval_trace_{far:%Y%m%d}" not in partitions("retrieval_trace")
    with connections[owner_alias()].cursor() as cursor, tenant(alice.caller):
        assert Trace.objects.filter(at=far).exists()
        cursor.execute("SELECT 1")

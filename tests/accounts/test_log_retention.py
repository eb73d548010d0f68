"""Days go with their retention and leave a chain that still proves what is left."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine

import clock
from accounts.door import tenant
from accounts.models import Deed, Namespace
from accounts.operator import owner_alias
from accounts.partitions import partitions_ensure
from accounts.sealing.retention import log_sweep
from retrieval.models import Trace
from runtime.postgres import PostgresServer
from tests.accounts.sealed import Forger, forget_time, seal, seals, verify
from tests.conftest import person
from tests.people import Person


@pytest.fixture(autouse=True)
def _as_operator(owner: PostgresServer) -> None:
    """All of these are maintenance."""


_days = count(40)


def at_day(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


def long_ago(someone: Person) -> datetime:
    """When the old Alice was made."""
    return Namespace.objects.get(pk=someone.namespace.pk).created_at


@pytest.fixture
def old() -> Person:
    """Alice with a day of forty days ago, or a few more, and today."""
    then = at_day(next(_days))
    partitions_ensure(using=owner_alias(), today=then.date())
    forget_time()
    with time_machine.travel(then):
        someone = person("alice")
        someone.store("long ago")
        someone.recall("long ago")
        seal()
    someone.store("today")
    someone.recall("today")
    seal()
    assert verify(someone).ok
    return someone


def counts(someone: Person) -> tuple[int, int]:
    with tenant(someone.caller):
        return Deed.objects.count(), Trace.objects.count()


def sweep(log: str, days: int, overrides: dict[int, int] | None = None) -> list[Any]:
    return log_sweep(log=log, days=days, overrides=overrides or {}, now=clock.now())


@pytest.mark.parametrize(("log", "left"), [("deeds", (1, 2)), ("traces", (4, 1))])
def test_a_dropped_day_leaves_a_chain_that_still_proves(old: Person, log: str, left: tuple[int, int]) -> None:
    assert long_ago(old).date() in sweep(log, 30)
    assert counts(old) == left
    found = verify(old)
    assert found.ok, found.broken
    assert seals(old)[-1].kind == "dropped"
    assert sweep(log, 30) == []


def test_what_comes_into_a_dropped_day_later_is_noticed(old: Person, owner: PostgresServer) -> None:
    sweep("deeds", 30)
    Forger(owner)(
        "INSERT INTO accounts_deed (namespace_id, id, at, actor, verb, subjects, detail, xid) "
        "VALUES (%s, gen_random_uuid(), %s, 'a', 'b', '{}', '{}', (SELECT high::text::xid8 FROM accounts_seal "
        "WHERE namespace_id = %s AND n = 1))",
        [old.namespace.pk, long_ago(old), old.namespace.pk],
    )
    found = verify(old).broken
    assert found is not None
    assert found.kind == "inserted"


def test_a_day_that_goes_without_its_seal_is_noticed(old: Person, owner: PostgresServer) -> None:
    Forger(owner)(f"DROP TABLE accounts_deed_{long_ago(old):%Y%m%d}")
    found = verify(old).broken
    assert found is not None
    assert found.kind == "deleted"


def test_a_day_with_forged_rows_is_kept_as_evidence(old: Person, owner: PostgresServer) -> None:
    Forger(owner)(
        "DELETE FROM accounts_deed WHERE namespace_id = %s AND verb = 'store' AND at < %s",
        [old.namespace.pk, at_day(30)],
    )
    sweep("deeds", 30)
    assert counts(old)[0] == 3
    assert not verify(old).ok


def test_a_namespace_may_keep_its_logs_longer_or_shorter(old: Person) -> None:
    sweep("deeds", 30, {old.namespace.pk: 90})
    sweep("traces", 0, {old.namespace.pk: 30})
    assert counts(old) == (4, 1)
    assert verify(old).ok
    sweep("deeds", 0)
    assert counts(old) == (4, 1)
    sweep("deeds", 90, {old.namespace.pk: 30})
    assert counts(old) == (1, 1)
    assert verify(old).ok

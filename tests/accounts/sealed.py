"""What tests of the seals share: a keeper of heads of the test's own, and the hands of a forger."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connections

import clock
from accounts.operator import operator, scan
from accounts.sealing import heads
from accounts.sealing.models import Seal
from accounts.sealing.rounds import seal_round
from accounts.sealing.verify import Verdict, namespace_verify
from runtime.postgres import PostgresServer
from tests.people import Person


def seal() -> int:
    return seal_round(clock.now())


def verify(person: Person, now=None) -> Verdict:
    known = heads.heads_read()
    with operator([person.namespace.pk]) as alias, connections[alias].cursor() as cursor:
        return namespace_verify(cursor, person.namespace.pk, now or clock.now(), known)


def seals(someone: Person) -> list[Seal]:
    with operator([someone.namespace.pk]) as alias:
        return list(Seal.objects.using(alias).filter(namespace_id=someone.namespace.pk).order_by("n"))


def forget_time() -> None:
    """As if no round had been at any known time."""
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute("UPDATE accounts_sealline SET at = '2000-01-01'")
    heads.path().unlink(missing_ok=True)


class Forger:
    """The database's superuser, who may do anything to its rows."""

    def __init__(self, server: PostgresServer) -> None:
        self.dsn = server.superuser_dsn()

    def __call__(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with psycopg.connect(self.dsn, dbname="garner", autocommit=True) as superuser:
            cursor = superuser.execute(statement, parameters)
            assert cursor.rowcount != 0, "the forgery found its row"
            return cursor.fetchall() if cursor.description else []

"""The operator path: only with the owner's address, only over the namespaces that are named."""

import pytest
from django.db import connections

from accounts.errors import Unavailable
from accounts.operator import ALIAS, operator, owner_alias
from grains.models import Grain
from runtime.postgres import PostgresServer
from tests.people import Person


def test_the_operator_sees_the_namespaces_that_are_named_and_no_other(
    alice: Person, bob: Person, owner: PostgresServer
) -> None:
    alice.store("hers")
    bob.store("his")
    seen = []
    for named in ([], [alice.namespace.pk], [alice.namespace.pk, bob.namespace.pk]):
        with operator(named) as alias:
            seen.append(Grain.objects.using(alias).count())
    assert seen == [0, 1, 2]


def test_outside_the_path_even_the_owner_sees_nothing(alice: Person, owner: PostgresServer) -> None:
    alice.store("hers")
    with connections[owner_alias()].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM grains_grain")
        assert cursor.fetchone() == (0,)


def test_a_process_without_the_owners_address_has_no_operator_path(db: None, settings) -> None:
    settings.OWNER_DATABASE_URL = ""
    assert ALIAS not in connections.settings
    with pytest.raises(Unavailable), operator([1]):
        pass

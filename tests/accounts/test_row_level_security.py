"""The schema itself keeps tenants apart: policies, roles and foreign keys."""

from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection
from pgvector import HalfVector

from accounts.door import tenant
from accounts.models import Namespace
from accounts.services.namespaces import as_operator
from grains.models import DIMENSION, Grain, Passage, Posting, Version, Vitals
from retrieval.models import Rating
from tests.people import Person

# They say who may come in, so they are read before a door can be opened.
BEFORE_THE_DOOR = {"accounts_apikey", "accounts_membership", "people_onetimelink"}
TABLES_SQL = """
SELECT class.relname, class.relrowsecurity AND class.relforcerowsecurity,
       EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid)
FROM pg_class AS class
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
WHERE attribute.attname = 'namespace_id' AND NOT attribute.attisdropped
  AND class.relkind IN ('r', 'p', 'v', 'm') AND class.relnamespace = 'public'::regnamespace
"""


@pytest.mark.usefixtures("db")
def test_every_table_with_a_namespace_has_forced_row_level_security_and_a_policy() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES_SQL)
        rows = {name: (forced, policy) for name, forced, policy in cursor.fetchall()}
    assert {"grains_grain", "retrieval_trace", "accounts_deed"} <= set(rows)
    assert len(rows) > 20, "the day partitions count too"
    unguarded = {name for name, guards in rows.items() if guards != (True, True)}
    assert unguarded == BEFORE_THE_DOOR


@pytest.mark.usefixtures("db")
def test_every_model_with_a_namespace_is_among_them() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES_SQL)
        tables = {name for name, *_ in cursor.fetchall()}
    assert {m._meta.db_table for m in (Grain, Version, Passage, Posting, Vitals, Rating)} <= tables


@pytest.mark.usefixtures("db")
def test_the_role_of_requests_cannot_bypass_security_nor_become_more() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, "
            "ARRAY(SELECT roleid FROM pg_auth_members WHERE member = pg_roles.oid) "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False, False, [])
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE grains_posting",
        "TRUNCATE retrieval_trace",
        "CREATE TABLE mine (id int)",
        "DROP TABLE grains_grain",
        "ALTER TABLE grains_grain NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON grains_grain",
        "CREATE POLICY open ON grains_grain USING (true)",
        "CREATE INDEX ON grains_grain (agent)",
        "ALTER ROLE garner_app BYPASSRLS",
        "SET ROLE garner_owner",
        "COPY grains_grain TO PROGRAM 'cat'",
    ],
)
def test_the_role_of_requests_may_touch_rows_and_nothing_else(alice: Person, statement: str) -> None:
    with pytest.raises(ProgrammingError), tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_role_of_requests_gets_no_rows_by_turning_security_off(alice: Person) -> None:
    alice.store("the safe code is 4711")
    with pytest.raises(ProgrammingError, match="row-level security"), connection.cursor() as cursor:
        cursor.execute("SET row_security = off; SELECT * FROM grains_grain")
    with connection.cursor() as cursor:
        cursor.execute("RESET row_security")


def test_web_processes_connect_as_that_role() -> None:
    assert "garner_app:" in settings.APP_DATABASE_URL


def edges(namespace: Namespace, grain: Grain) -> list[Any]:
    """Rows of `namespace` that point at a grain of another one."""
    own = {"namespace_id": namespace.pk}
    vector = HalfVector([0.0] * DIMENSION)
    return [
        Version(**own, grain_id=grain.id, n=2, content="x", created_at=grain.created_at),
        Vitals(**own, grain_number=grain.number),
        Posting(**own, grain_number=grain.number, term=1, tf=1, size=1),
        Passage(**own, grain_number=grain.number, version=1, n=0, model="m", embedding=vector),
        Rating(**own, grain_id=grain.id, trace_id=grain.id, actor="a", useful=True),
    ]


@pytest.mark.parametrize("place", range(5), ids=["version", "vitals", "posting", "passage", "rating"])
def test_the_database_refuses_an_edge_between_two_namespaces(alice: Person, bob: Person, place: int) -> None:
    id_ = alice.store("the safe code is 4711")["id"]
    with tenant(alice.caller):
        hers = Grain.objects.get(id=id_)
    with pytest.raises(IntegrityError), tenant(as_operator(bob.namespace)):
        edges(bob.namespace, hers)[place].save(force_insert=True)


def test_the_database_refuses_a_vector_with_the_context_of_another_namespace(alice: Person, bob: Person) -> None:
    alice.store("the safe code is 4711")
    bob.store("bob's own")
    with tenant(alice.caller):
        hers = Grain.objects.get().number
    with pytest.raises(IntegrityError), tenant(bob.caller):
        Passage.objects.update(context_number=hers)

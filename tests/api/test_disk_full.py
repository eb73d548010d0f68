"""A full disk: writing is refused with 507, reading goes on, and nothing is half written.

The database raises what it raises when a file cannot grow (SQLSTATE 53100), from a trigger on the rows of one tenant.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from accounts.models import ApiKey
from accounts.services.keys import digest_of
from runtime.postgres import PostgresServer
from tests.people import Person

FULL = """
CREATE OR REPLACE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
"""
TABLES = {"retrieval_trace": "namespace_id", "grains_posting": "namespace_id", "accounts_apikey": "namespace_id"}


@contextmanager
def full_disk(servers: PostgresServer, person: Person) -> Iterator[None]:
    """No row of the person's namespace can be written to any of TABLES."""
    name = f"full_{person.namespace.pk}"
    with psycopg.connect(servers.superuser_dsn(), dbname="garner", autocommit=True) as superuser:
        superuser.execute(FULL)
        for table, column in TABLES.items():
            superuser.execute(
                f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW "
                f"WHEN (NEW.{column} = {person.namespace.pk}) EXECUTE FUNCTION disk_full()"
            )
        try:
            yield
        finally:
            for table in TABLES:
                superuser.execute(f"DROP TRIGGER {name} ON {table}")


@pytest.fixture
def full(servers, alice) -> Iterator[None]:
    alice.store("the safe code is 4711")
    with full_disk(servers, alice):
        yield


def test_a_write_on_a_full_disk_is_refused_with_507(alice, full):
    answer = alice.store("one memory too many")
    assert alice.last.status_code == 507
    assert answer["code"] == "storage_full"
    assert alice.last["Retry-After"] == "60"


def test_recall_goes_on_when_its_trace_cannot_be_written(alice, full):
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_listing_and_inspecting_go_on(alice, full):
    (memory,) = alice.call("get", "/v1/memories")["memories"]
    assert alice.inspect(memory["id"])["content"] == "the safe code is 4711"


def test_a_key_that_was_not_used_for_long_still_reads(alice, full, servers):
    with psycopg.connect(servers.superuser_dsn(), dbname="garner", autocommit=True) as superuser:
        superuser.execute("ALTER TABLE accounts_apikey DISABLE TRIGGER USER")
        digest = digest_of(alice.secret)
        ApiKey.objects.filter(digest=digest).update(last_used_at=None)
        superuser.execute("ALTER TABLE accounts_apikey ENABLE TRIGGER USER")
    from accounts.services import keys

    keys._known.clear()
    assert alice.recall("safe code") == ["the safe code is 4711"]
    assert ApiKey.objects.get(digest=digest).last_used_at is None


def test_what_was_refused_left_nothing_behind_and_can_be_sent_again(servers, alice):
    with full_disk(servers, alice):
        alice.store("sent twice")
    assert alice.call("get", "/v1/memories")["total"] == 0
    assert "duplicate" not in alice.store("sent twice")
    assert alice.recall("sent twice") == ["sent twice"]


def test_a_full_disk_of_alice_is_told_to_alice_only(alice, bob, full):
    bob.store("bob's own")
    assert bob.last.status_code == 200

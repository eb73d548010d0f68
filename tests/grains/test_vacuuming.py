"""What is measured is what people have: tables that autovacuum has been at."""

import psycopg

from grains.indexes import VACUUMED, memories_vacuum
from runtime.postgres import PostgresServer
from tests.people import Person

COUNTS_SQL = "SELECT relname, vacuum_count, analyze_count FROM pg_stat_user_tables WHERE relname = ANY(%s)"


def test_the_tables_of_memories_are_vacuumed_and_analysed(alice: Person, owner: PostgresServer) -> None:
    alice.store("The kettle is in the kitchen.")
    with psycopg.connect(owner.superuser_dsn("garner"), autocommit=True) as superuser:
        before = {(name, n + 1, m + 1) for name, n, m in superuser.execute(COUNTS_SQL, [[*VACUUMED]])}
        memories_vacuum()
        assert set(superuser.execute(COUNTS_SQL, [[*VACUUMED]])) == before
    assert len(before) == len(VACUUMED)

"""Day partitions of the two logs: made ahead of time, dropped when their retention is over."""

from datetime import date, timedelta

from django.db import connections

from accounts.operator import owner_alias
from accounts.rls import partition_sql

AHEAD_DAYS = 14  # a worker may be away for two weeks before rows fall into the default partition
PARTITIONED = ("accounts_deed", "retrieval_trace")
NAMES_SQL = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1"


def partitions_ensure(*, using: str, today: date) -> None:
    """Make the partitions from yesterday to AHEAD_DAYS ahead, as the owner of the tables."""
    days = [today + timedelta(days=n) for n in range(-1, AHEAD_DAYS)]
    with connections[using].cursor() as cursor:
        for parent in PARTITIONED:
            for day in days:
                cursor.execute(partition_sql(parent, day))


def partitions_before(*, parent: str, before: date) -> list[tuple[str, date]]:
    """The partitions of `parent` whose day is before `before`, oldest first: their names and days.

    Raises ValueError for a table that is not partitioned by us.
    """
    if parent not in PARTITIONED:
        raise ValueError(f"{parent} has no day partitions")
    with connections[owner_alias()].cursor() as cursor:
        cursor.execute(NAMES_SQL, [parent])
        days = [(name, date.fromisoformat(name[-8:])) for (name,) in cursor.fetchall() if name[-8:].isdigit()]
    return [(name, day) for name, day in days if day < before]

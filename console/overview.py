"""What the first page says of each namespace in view. Read inside the open door."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from accounts.door import Caller

DAY = timedelta(days=1)
MOST = 100_000  # memories that are counted one by one; of more the page says so
# Counted through indexes, and never further than is shown.
OVERVIEW_SQL = """
SELECT grains.count, traces.count, deeds.count FROM
  (SELECT count(*) FROM (SELECT FROM grains_grain WHERE namespace_id = %(ns)s LIMIT %(most)s) AS g) AS grains,
  (SELECT count(*) FROM (
    SELECT FROM retrieval_trace WHERE namespace_id = %(ns)s AND at > %(since)s LIMIT %(most)s
  ) AS t) AS traces,
  (SELECT count(*) FROM (
    SELECT FROM accounts_deed WHERE namespace_id = %(ns)s AND at > %(since)s LIMIT %(most)s
  ) AS d) AS deeds
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """A namespace at a glance: memories, and what happened within a day."""

    namespace: str
    memories: str
    recalls: str
    deeds: str


def overview(caller: Caller, now: datetime) -> Overview:
    """The numbers of one namespace."""
    with connection.cursor() as cursor:
        cursor.execute(OVERVIEW_SQL, {"ns": caller.namespace_id, "most": MOST, "since": now - DAY})
        return Overview(caller.namespace, *map(_shown, cursor.fetchone()))


def _shown(count: int) -> str:
    return f"{count:,}" if count < MOST else f"{MOST:,} or more"

"""The order of the log survives a move to another cluster, whose transactions are numbered from the start again."""

from django.db import connections

from accounts.operator import scan

# What the log has seen, and what a transaction of this cluster would be numbered now.
SEEN_SQL = """
SELECT greatest(
  (SELECT max(xid)::text::bigint FROM accounts_deed),
  (SELECT max(xid) FROM accounts_outboxhead),
  (SELECT max(xid) FROM accounts_sealline)
), garner_next()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
FUNCTIONS = """
CREATE OR REPLACE FUNCTION garner_xid() RETURNS xid8 LANGUAGE sql VOLATILE
AS 'SELECT (pg_current_xact_id()::text::bigint + {offset})::text::xid8';
CREATE OR REPLACE FUNCTION garner_horizon() RETURNS xid8 LANGUAGE sql STABLE
AS 'SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {offset})::text::xid8';
CREATE OR REPLACE FUNCTION garner_next() RETURNS xid8 LANGUAGE sql STABLE
AS 'SELECT (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + {offset})::text::xid8';
"""


def xids_rebase() -> int:
    """Number the log's transactions behind those that it has seen, if this cluster's own numbers are lower.

    Returns what is added to them from now on. For the start, before anything is written; as the operator.
    """
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(SEEN_SQL)
        seen, following, own = cursor.fetchone()
        offset = following - own
        if seen is not None and seen > following:
            offset += seen - following
            cursor.execute(FUNCTIONS.format(offset=int(offset)))
    return int(offset)

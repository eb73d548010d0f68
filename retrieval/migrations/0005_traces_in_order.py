"""Traces carry their transaction's number, by which the sealer sees which of them are final."""

from django.db import migrations

from accounts.rls import scan_sql

ADD = """
ALTER TABLE retrieval_trace ADD COLUMN xid xid8 NOT NULL DEFAULT garner_xid();
CREATE INDEX retrieval_trace_xid ON retrieval_trace (xid);
"""


class Migration(migrations.Migration):
    dependencies = [("retrieval", "0004_sources"), ("accounts", "0008_outbox")]

    operations = [
        migrations.RunSQL(ADD, "ALTER TABLE retrieval_trace DROP COLUMN xid"),
        migrations.RunSQL(scan_sql("retrieval_trace"), "DROP POLICY scan ON retrieval_trace"),
    ]

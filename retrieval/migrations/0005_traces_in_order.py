"""Traces carry their transaction's number, by which the sealer sees which of them are final."""

from django.db import migrations

from accounts.rls import scan_sql

ADD = """
ALTER TABLE retrieval_trace ADD COLUMN xid xid8 NOT NULL DEFAULT garner_xid();
CREATE INDEX retrieval_trace_xid ON retrieval_trace (xid);
"""


# Of one namespace, when its days are fewer than others': behind a seal that says so (accounts.sealing.retention).
RETENTION = """
CREATE POLICY retention ON retrieval_trace FOR DELETE TO CURRENT_USER
    USING (current_setting('garner.retention', true) = 'on');
"""


class Migration(migrations.Migration):
    dependencies = [("retrieval", "0004_sources"), ("accounts", "0008_outbox")]

    operations = [
        migrations.RunSQL(ADD, "ALTER TABLE retrieval_trace DROP COLUMN xid"),
        migrations.RunSQL(scan_sql("retrieval_trace"), "DROP POLICY scan ON retrieval_trace"),
        migrations.RunSQL(RETENTION, "DROP POLICY retention ON retrieval_trace"),
    ]

"""Seals of the logs: read behind the door, added by the owner's scan, changed and erased by nobody."""

from django.db import migrations, models

from accounts.rls import _VISIBLE, scan_sql

SEALS = """
CREATE FUNCTION garner_next() RETURNS xid8 LANGUAGE sql STABLE AS 'SELECT pg_snapshot_xmax(pg_current_snapshot())';
CREATE TABLE accounts_seal (
    namespace_id bigint NOT NULL,
    n bigint NOT NULL,
    kind varchar(8) NOT NULL,
    log varchar(8) NOT NULL,
    day date NOT NULL,
    low bigint NOT NULL,
    low_id uuid NOT NULL,
    high bigint NOT NULL,
    high_id uuid NOT NULL,
    count integer NOT NULL,
    late integer NOT NULL,
    columns text NOT NULL,
    marks bytea NOT NULL,
    digest bytea NOT NULL,
    previous bytea NOT NULL,
    mac bytea NOT NULL,
    key_id varchar(16) NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (namespace_id, n)
);
CREATE INDEX accounts_seal_log ON accounts_seal (namespace_id, log, n);
CREATE TABLE accounts_sealline (log varchar(8) PRIMARY KEY, xid bigint NOT NULL, at timestamptz NOT NULL);
"""
GUARD = f"""
ALTER TABLE accounts_seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_seal FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON accounts_seal FOR SELECT USING (namespace_id = {_VISIBLE});
{scan_sql("accounts_seal")}
CREATE POLICY scan_append ON accounts_seal FOR INSERT TO CURRENT_USER
    WITH CHECK (current_setting('garner.scan', true) = 'on');
"""
# Bookkeeping that requests may read at most.
KEPT = ("accounts_sealline", "accounts_keycheck", "accounts_outboxhead")
READ_ONLY = "\n".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; CREATE POLICY readers ON {table} FOR SELECT USING (true);"
    for table in KEPT
)
WRITABLE = "\n".join(
    f"DROP POLICY readers ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in KEPT
)
# Rows leave the log of deeds with their retention only, and behind a seal that says so.
RETENTION = """
CREATE POLICY retention ON accounts_deed FOR DELETE TO CURRENT_USER
    USING (current_setting('garner.retention', true) = 'on');
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_key_checks")]

    operations = [
        migrations.RunSQL(
            SEALS,
            "DROP TABLE accounts_seal; DROP TABLE accounts_sealline; DROP FUNCTION garner_next();",
            state_operations=[
                migrations.CreateModel(
                    name="Seal",
                    fields=[
                        ("pk", models.CompositePrimaryKey("namespace_id", "n", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("namespace_id", models.BigIntegerField()),
                        ("n", models.BigIntegerField()),
                        ("kind", models.CharField(max_length=8)),
                        ("log", models.CharField(max_length=8)),
                        ("day", models.DateField()),
                        ("low", models.BigIntegerField()),
                        ("low_id", models.UUIDField()),
                        ("high", models.BigIntegerField()),
                        ("high_id", models.UUIDField()),
                        ("count", models.IntegerField()),
                        ("late", models.IntegerField()),
                        ("columns", models.TextField()),
                        ("marks", models.BinaryField()),
                        ("digest", models.BinaryField()),
                        ("previous", models.BinaryField()),
                        ("mac", models.BinaryField()),
                        ("key_id", models.CharField(max_length=16)),
                        ("at", models.DateTimeField()),
                    ],
                    options={"db_table": "accounts_seal", "managed": False},
                )
            ],
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        migrations.RunSQL(READ_ONLY, WRITABLE),
        migrations.RunSQL(RETENTION, "DROP POLICY retention ON accounts_deed"),
    ]

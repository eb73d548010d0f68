"""Deeds can be read in the order of their transactions; consumers have a place in them per namespace."""

import uuid

from django.db import migrations, models

from accounts.rls import append_only_sql, protect, protect_sql, scan_sql, stamped_sql

# Numbers of transactions start anew in another cluster. Both functions are replaced by ones that add an offset when a
# dump is restored there (accounts.outbox.rebase), so that the order of the log survives.
FUNCTIONS = """
CREATE FUNCTION garner_xid() RETURNS xid8 LANGUAGE sql VOLATILE AS 'SELECT pg_current_xact_id()';
CREATE FUNCTION garner_horizon() RETURNS xid8 LANGUAGE sql STABLE AS 'SELECT pg_snapshot_xmin(pg_current_snapshot())';
ALTER TABLE accounts_deed ALTER xid SET DEFAULT garner_xid();
"""
FUNCTIONS_GONE = """
ALTER TABLE accounts_deed ALTER xid SET DEFAULT pg_current_xact_id();
DROP FUNCTION garner_xid();
DROP FUNCTION garner_horizon();
"""
INDEXES = """
CREATE INDEX accounts_deed_order ON accounts_deed (namespace_id, xid, id);
CREATE INDEX accounts_deed_xid ON accounts_deed (xid);
"""
# A count and nothing else: web processes ask it before they take more work on.
BACKLOG = """
CREATE FUNCTION garner_backlog(wanted bigint, most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    looked xid8;
    found bigint;
    unseen bigint;
BEGIN
    PERFORM set_config('garner.scan', 'on', true);
    looked := (SELECT max(xid)::text::xid8 FROM accounts_outboxhead);
    IF wanted IS NULL THEN
        SELECT max(waits) INTO found FROM (
            SELECT sum(pending) AS waits FROM accounts_place WHERE waiting GROUP BY consumer
        ) AS each;
        SELECT count(*) INTO unseen FROM (SELECT FROM accounts_deed WHERE xid >= looked LIMIT most) AS new;
    ELSE
        SELECT max(pending) INTO found FROM accounts_place WHERE waiting AND namespace_id = wanted;
        SELECT count(*) INTO unseen
        FROM (SELECT FROM accounts_deed WHERE namespace_id = wanted AND xid >= looked LIMIT most) AS new;
    END IF;
    PERFORM set_config('garner.scan', '', true);
    RETURN coalesce(found, 0) + unseen;
END $$;
"""
QUEUES = ("accounts_place", "accounts_deadletter")
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'accounts_deed'::regclass"


def _deeds(schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        return ["accounts_deed", *(name for (name,) in cursor.fetchall())]


def stamp(apps, schema_editor):
    for table in _deeds(schema_editor):
        schema_editor.execute(stamped_sql(table))


def unstamp(apps, schema_editor):
    for table in _deeds(schema_editor):
        schema_editor.execute(f"DROP POLICY tenant ON {table}; DROP POLICY tenant_append ON {table}")
        schema_editor.execute(protect_sql(table))
        schema_editor.execute(append_only_sql(table))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_namespace_overrides'),
    ]

    operations = [
        migrations.CreateModel(
            name='OutboxHead',
            fields=[
                ('consumer', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('xid', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='DeadLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('consumer', models.CharField(max_length=32)),
                ('namespace_id', models.BigIntegerField()),
                ('deed_id', models.UUIDField()),
                ('deed_at', models.DateTimeField()),
                ('verb', models.CharField(max_length=32)),
                ('attempts', models.SmallIntegerField()),
                ('error', models.CharField(max_length=128)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['namespace_id', 'at'], name='deadletter_age')],
            },
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('consumer', models.CharField(max_length=32)),
                ('namespace_id', models.BigIntegerField()),
                ('xid', models.BigIntegerField()),
                ('last_id', models.UUIDField(default=uuid.UUID('00000000-0000-0000-0000-000000000000'))),
                ('known_xid', models.BigIntegerField()),
                ('waiting', models.BooleanField(default=True)),
                ('pending', models.IntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('claim', models.UUIDField(null=True)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('width', models.SmallIntegerField()),
                ('error', models.CharField(blank=True, max_length=128)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('waiting', True)), fields=['consumer', 'due_at'], name='place_due'), models.Index(condition=models.Q(('waiting', True)), fields=['namespace_id'], name='place_backlog')],
                'constraints': [models.UniqueConstraint(fields=('consumer', 'namespace_id'), name='one_place_per_consumer')],
            },
        ),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_GONE),
        migrations.RunSQL(INDEXES, "DROP INDEX accounts_deed_order; DROP INDEX accounts_deed_xid"),
        migrations.RunPython(stamp, unstamp),
        migrations.RunSQL(scan_sql("accounts_deed"), "DROP POLICY scan ON accounts_deed"),
        *(protect(table) for table in QUEUES),
        *(migrations.RunSQL(scan_sql(table, "ALL"), f"DROP POLICY scan ON {table}") for table in QUEUES),
        migrations.RunSQL(BACKLOG, "DROP FUNCTION garner_backlog(bigint, bigint)"),
    ]

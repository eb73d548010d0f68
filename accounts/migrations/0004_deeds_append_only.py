"""Deeds can be read and added, not changed or erased; their partitions likewise."""

from django.db import migrations

from accounts.rls import append_only_sql, protect_sql

PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'accounts_deed'::regclass"


def _tables(schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        return ["accounts_deed", *(name for (name,) in cursor.fetchall())]


def narrow(apps, schema_editor):
    for table in _tables(schema_editor):
        schema_editor.execute(append_only_sql(table))


def widen(apps, schema_editor):
    for table in _tables(schema_editor):
        schema_editor.execute(f"DROP POLICY tenant ON {table}; DROP POLICY tenant_append ON {table}")
        schema_editor.execute(protect_sql(table))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_mcp_profile")]

    operations = [migrations.RunPython(narrow, widen)]

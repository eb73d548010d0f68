"""What Django cannot say: the sequence of grain numbers, edges that stay in their namespace, row-level security."""

from django.db import migrations

from accounts.rls import protect

NUMBER_TABLES = ("grains_passage", "grains_posting", "grains_vitals")


def edge(table: str, column: str, target: str, suffix: str) -> migrations.RunSQL:
    """A composite foreign key: the database refuses an edge between two tenants."""
    name = f"{table}_{suffix}"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (namespace_id, {column}) "
        f"REFERENCES grains_grain (namespace_id, {target}) ON DELETE CASCADE",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("grains", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE grains_number AS bigint", "DROP SEQUENCE grains_number"),
        migrations.RunSQL(  # one covering index instead of two: a term's postings are read from it alone
            "ALTER TABLE grains_posting DROP CONSTRAINT grains_posting_pkey, "
            "ADD PRIMARY KEY (namespace_id, term, grain_number) INCLUDE (tf, size)",
            "ALTER TABLE grains_posting DROP CONSTRAINT grains_posting_pkey, "
            "ADD PRIMARY KEY (namespace_id, term, grain_number)",
        ),
        edge("grains_version", "grain_id", "id", "grain_fk"),
        *(edge(table, "grain_number", "number", "grain_fk") for table in NUMBER_TABLES),
        migrations.RunSQL(  # no cascade: a grain cannot go while its text is in another's vector
            "ALTER TABLE grains_passage ADD CONSTRAINT grains_passage_context_fk "
            "FOREIGN KEY (namespace_id, context_number) REFERENCES grains_grain (namespace_id, number)",
            "ALTER TABLE grains_passage DROP CONSTRAINT grains_passage_context_fk",
        ),
        protect("grains_grain"),
        protect("grains_version"),
        protect("grains_passage"),
        protect("grains_posting"),
        protect("grains_vitals"),
        # Vectors hardly compress, and a scan that decompresses them costs several times the distance itself.
        migrations.RunSQL(
            "ALTER TABLE grains_passage ALTER COLUMN embedding SET STORAGE PLAIN",
            "ALTER TABLE grains_passage ALTER COLUMN embedding SET STORAGE EXTERNAL",
        ),
    ]

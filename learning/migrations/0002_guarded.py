"""The graph: edges that stay in their namespace, row-level security, vectors as they are."""

from django.db import migrations

from accounts.rls import protect


def edge(origin: str, column: str, table: str, target: str) -> migrations.RunSQL:
    name = f"{origin}_{column}_fk"
    return migrations.RunSQL(
        f"ALTER TABLE {origin} ADD CONSTRAINT {name} FOREIGN KEY (namespace_id, {column}) "
        f"REFERENCES {table} (namespace_id, {target}) ON DELETE CASCADE",
        f"ALTER TABLE {origin} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("learning", "0001_initial"), ("grains", "0002_guarded")]

    operations = [
        edge("learning_conduit", "entry", "learning_entry", "key"),
        edge("learning_conduit", "source", "grains_grain", "number"),
        edge("learning_conduit", "target", "grains_grain", "number"),
        edge("learning_wording", "entry", "learning_entry", "key"),
        protect("learning_entry"),
        protect("learning_wording"),
        protect("learning_conduit"),
        migrations.RunSQL(
            "ALTER TABLE learning_wording ALTER COLUMN embedding SET STORAGE PLAIN",
            "ALTER TABLE learning_wording ALTER COLUMN embedding SET STORAGE EXTERNAL",
        ),
    ]

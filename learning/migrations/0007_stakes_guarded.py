"""Stakes: edges that stay in their namespace, row-level security."""

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
    dependencies = [("learning", "0006_stakes"), ("grains", "0002_guarded")]

    operations = [
        edge("learning_stake", "entry", "learning_entry", "key"),
        edge("learning_stake", "target", "grains_grain", "number"),
        edge("learning_voice", "target", "grains_grain", "number"),
        protect("learning_stake"),
        protect("learning_voice"),
    ]

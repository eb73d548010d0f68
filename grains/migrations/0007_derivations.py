"""Which grain's text was made from which others', so that erasing a source erases what was made of it."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.rls import protect


def edge(column: str) -> migrations.RunSQL:
    name = f"grains_derivation_{column}_fk"
    return migrations.RunSQL(
        f"ALTER TABLE grains_derivation ADD CONSTRAINT {name} FOREIGN KEY (namespace_id, {column}) "
        f"REFERENCES grains_grain (namespace_id, number) ON DELETE CASCADE",
        f"ALTER TABLE grains_derivation DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("grains", "0006_pinned")]

    operations = [
        migrations.CreateModel(
            name="Derivation",
            fields=[
                ("pk", models.CompositePrimaryKey("namespace", "grain_number", "source_number", blank=True, editable=False, primary_key=True, serialize=False)),
                ("namespace", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="accounts.namespace")),
                ("grain_number", models.BigIntegerField()),
                ("source_number", models.BigIntegerField()),
            ],
            options={"indexes": [models.Index(fields=["namespace", "source_number"], name="derivation_source")]},
        ),
        edge("grain_number"),
        edge("source_number"),
        protect("grains_derivation"),
    ]

"""The log of deeds: partitioned by day, guarded by row-level security, append-only for the app roles."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

import accounts.models
from accounts.rls import protect

DEEDS = """
CREATE TABLE accounts_deed (
    namespace_id bigint NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    verb varchar(32) NOT NULL,
    subjects uuid[] NOT NULL,
    detail jsonb NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- lets the sealer see which rows are final
    PRIMARY KEY (namespace_id, at, id)
) PARTITION BY RANGE (at);
CREATE TABLE accounts_deed_default PARTITION OF accounts_deed DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            DEEDS,
            "DROP TABLE accounts_deed",
            state_operations=[
                migrations.CreateModel(
                    name="Deed",
                    fields=[
                        ("pk", models.CompositePrimaryKey("namespace_id", "at", "id", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("namespace_id", models.BigIntegerField()),
                        ("id", models.UUIDField(default=accounts.models.new_id)),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=64)),
                        ("verb", models.CharField(max_length=32)),
                        ("subjects", ArrayField(base_field=models.UUIDField(), size=None)),
                        ("detail", models.JSONField(default=dict)),
                    ],
                    options={"db_table": "accounts_deed", "managed": False},
                )
            ],
        ),
        protect("accounts_deed"),
        protect("accounts_deed_default"),
    ]

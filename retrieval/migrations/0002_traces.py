"""The receipts of recalls: partitioned by day, guarded by row-level security."""

from django.db import migrations, models

import accounts.models
from accounts.rls import protect

TRACES = """
CREATE TABLE retrieval_trace (
    namespace_id bigint NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    query text NOT NULL,
    profile varchar(16) NOT NULL,
    decision varchar(24) NOT NULL,
    params jsonb NOT NULL,
    ranking jsonb NOT NULL,
    PRIMARY KEY (namespace_id, at, id)
) PARTITION BY RANGE (at);
CREATE TABLE retrieval_trace_default PARTITION OF retrieval_trace DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("retrieval", "0001_initial"), ("accounts", "0002_deeds")]

    operations = [
        migrations.RunSQL(
            TRACES,
            "DROP TABLE retrieval_trace",
            state_operations=[
                migrations.CreateModel(
                    name="Trace",
                    fields=[
                        ("pk", models.CompositePrimaryKey("namespace_id", "at", "id", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("namespace_id", models.BigIntegerField()),
                        ("id", models.UUIDField(default=accounts.models.new_id)),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=64)),
                        ("query", models.TextField()),
                        ("profile", models.CharField(max_length=16)),
                        ("decision", models.CharField(max_length=24)),
                        ("params", models.JSONField(default=dict)),
                        ("ranking", models.JSONField(default=list)),
                    ],
                    options={"db_table": "retrieval_trace", "managed": False},
                )
            ],
        ),
        protect("retrieval_trace"),
        protect("retrieval_trace_default"),
    ]

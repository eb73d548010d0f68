"""Looking for new deeds is confined to recent days: a year of partitions is not planned for every second."""

import importlib

from django.db import migrations, models

BEFORE = importlib.import_module("accounts.migrations.0008_outbox").BACKLOG
# The same, on days since a week before the last look.
AFTER = (
    BEFORE.replace("looked xid8;", "looked xid8;\n    since timestamptz;")
    .replace(
        "    IF wanted IS NULL",
        "    since := (SELECT max(at) - interval '7 days' FROM accounts_outboxhead);\n    IF wanted IS NULL",
        1,
    )
    .replace("xid >= looked LIMIT", "xid >= looked AND at >= coalesce(since, '2000-01-01') LIMIT")
)
assert AFTER.count("since") == 4
REPLACE = "CREATE OR REPLACE FUNCTION"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_keys_from_networks_tokens_and_rotation'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxhead',
            name='at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='place',
            name='since',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            AFTER.replace("CREATE FUNCTION", REPLACE), BEFORE.replace("CREATE FUNCTION", REPLACE)
        ),
    ]

"""Ratings: an edge cannot leave its namespace, and row-level security."""

from django.db import migrations

from accounts.rls import protect

EDGE = """
ALTER TABLE retrieval_rating ADD CONSTRAINT rating_grain_fk
    FOREIGN KEY (namespace_id, grain_id) REFERENCES grains_grain (namespace_id, id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [("retrieval", "0002_traces"), ("grains", "0002_guarded")]

    operations = [
        migrations.RunSQL(EDGE, "ALTER TABLE retrieval_rating DROP CONSTRAINT rating_grain_fk"),
        protect("retrieval_rating"),
    ]

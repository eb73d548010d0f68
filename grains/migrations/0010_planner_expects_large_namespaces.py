from django.db import migrations

# Where most namespaces are small, the planner takes any index that begins with the namespace for as good as the one
# that finds the row, and reads the whole of a large namespace for each probe. It is told that namespaces are large.
TABLES = ("grains_grain", "grains_version", "grains_vitals")
EXPECTED = 50


class Migration(migrations.Migration):
    dependencies = [("grains", "0009_core")]
    operations = [
        migrations.RunSQL(
            [f"ALTER TABLE {table} ALTER COLUMN namespace_id SET (n_distinct = {EXPECTED})" for table in TABLES],
            [f"ALTER TABLE {table} ALTER COLUMN namespace_id RESET (n_distinct)" for table in TABLES],
        )
    ]

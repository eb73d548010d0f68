"""Communities of grains. When a member goes, the name of its cluster, which may be of its words, goes at once."""

import django.db.models.deletion
from django.db import migrations, models

import accounts.models
import clock
from accounts.rls import protect

LEAVE = """
CREATE FUNCTION learning_cluster_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE learning_cluster AS cluster
    SET name = '', size = greatest(0, cluster.size - gone.members)
    FROM (SELECT namespace_id, cluster_id, count(*) AS members FROM left_rows GROUP BY 1, 2) AS gone
    WHERE cluster.namespace_id = gone.namespace_id AND cluster.id = gone.cluster_id;
    RETURN NULL;
END $$;
CREATE TRIGGER learning_cluster_left AFTER DELETE ON learning_clustermember
REFERENCING OLD TABLE AS left_rows FOR EACH STATEMENT EXECUTE FUNCTION learning_cluster_left();
"""


def edge(column: str, table: str, target: str) -> migrations.RunSQL:
    name = f"learning_clustermember_{column}_fk"
    return migrations.RunSQL(
        f"ALTER TABLE learning_clustermember ADD CONSTRAINT {name} FOREIGN KEY (namespace_id, {column}) "
        f"REFERENCES {table} (namespace_id, {target}) ON DELETE CASCADE",
        f"ALTER TABLE learning_clustermember DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("learning", "0008_health"), ("grains", "0002_guarded")]

    operations = [
        migrations.CreateModel(
            name="Cluster",
            fields=[
                ("id", models.UUIDField(default=accounts.models.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=128)),
                ("size", models.IntegerField(default=0)),
                ("cohesion", models.FloatField(default=0.0)),
                ("created_at", models.DateTimeField(default=clock.now)),
                ("updated_at", models.DateTimeField(default=clock.now)),
                ("namespace", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.namespace")),
            ],
            options={
                "indexes": [models.Index(fields=["namespace", "-size"], name="cluster_size")],
                "constraints": [models.UniqueConstraint(fields=("namespace", "id"), name="cluster_of_namespace")],
            },
        ),
        migrations.CreateModel(
            name="ClusterMember",
            fields=[
                ("pk", models.CompositePrimaryKey("namespace", "grain_number", blank=True, editable=False, primary_key=True, serialize=False)),
                ("grain_number", models.BigIntegerField()),
                ("weight", models.FloatField()),
                ("cluster", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="learning.cluster")),
                ("namespace", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="accounts.namespace")),
            ],
            options={
                "indexes": [models.Index(fields=["namespace", "cluster", "-weight"], name="membership_cluster")],
            },
        ),
        edge("grain_number", "grains_grain", "number"),
        edge("cluster_id", "learning_cluster", "id"),
        protect("learning_cluster"),
        protect("learning_clustermember"),
        migrations.RunSQL(LEAVE, "DROP FUNCTION learning_cluster_left CASCADE"),
    ]

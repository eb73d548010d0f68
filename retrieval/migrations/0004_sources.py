"""Reputations of what memories come from."""

from django.db import migrations, models

from accounts.rls import protect


class Migration(migrations.Migration):
    dependencies = [("retrieval", "0003_ratings_guarded"), ("accounts", "0006_request_rates_and_kept_answers")]

    operations = [
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("author", "Author"), ("agent", "Agent"), ("provenance", "Provenance")], max_length=16
                    ),
                ),
                ("name", models.CharField(max_length=256)),
                ("a", models.FloatField(default=0.0)),
                ("b", models.FloatField(default=0.0)),
                ("rated_at", models.DateTimeField()),
                (
                    "namespace",
                    models.ForeignKey(
                        db_index=False, on_delete=models.CASCADE, related_name="+", to="accounts.namespace"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("namespace", "kind", "name"), name="one_source_per_name"),
                    models.CheckConstraint(
                        condition=models.Q(("a__gte", 0), ("b__gte", 0)), name="source_counts_not_negative"
                    ),
                ],
            },
        ),
        protect("retrieval_source"),
    ]

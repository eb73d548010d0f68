"""What a memory superseded is found by an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grains", "0004_review_and_outcome")]

    operations = [
        migrations.AddIndex(
            "grain",
            models.Index(
                fields=["namespace", "superseded_by"],
                condition=models.Q(("superseded_by__isnull", False)),
                name="grain_superseded_by",
            ),
        ),
    ]

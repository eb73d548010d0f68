"""The summariser counts episodic memories of agents and users by an index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("grains", "0007_derivations")]

    operations = [
        AddIndexConcurrently(
            "grain",
            models.Index(
                condition=models.Q(("memory_type", "episodic"), ("status", "active")),
                fields=["namespace", "agent", "user", "created_at"],
                name="grain_episodic",
            ),
        ),
    ]

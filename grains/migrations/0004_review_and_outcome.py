"""When a memory is due for review, and what became of its use."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grains", "0003_succession_and_zero_knowledge")]

    operations = [
        migrations.AddField("grain", "review_by", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("vitals", "helped", models.FloatField(default=0.0)),
        migrations.AddField("vitals", "misled", models.FloatField(default=0.0)),
        migrations.AddField("vitals", "corroborated", models.IntegerField(default=0)),
    ]

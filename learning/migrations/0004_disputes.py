"""Pairs of memories that contradict each other, and what waits to be compared."""

import accounts.models
import clock
import django.db.models.deletion
from django.db import migrations, models

from accounts.rls import protect


def edge(table: str, column: str) -> migrations.RunSQL:
    name = f"{table}_{column}_fk"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (namespace_id, {column}) "
        "REFERENCES grains_grain (namespace_id, id) ON DELETE CASCADE",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_outbox'),
        ('learning', '0003_runs_and_journal'),
    ]

    operations = [
        migrations.CreateModel(
            name='Unexamined',
            fields=[
                ('pk', models.CompositePrimaryKey('namespace', 'grain_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('grain_id', models.UUIDField()),
                ('namespace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.namespace')),
            ],
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.UUIDField(default=accounts.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('older', models.UUIDField()),
                ('newer', models.UUIDField()),
                ('older_version', models.PositiveIntegerField()),
                ('newer_version', models.PositiveIntegerField()),
                ('relation', models.CharField(max_length=16)),
                ('rule', models.CharField(max_length=32)),
                ('state', models.CharField(choices=[('open', 'Open'), ('superseded', 'Superseded'), ('refused', 'Refused'), ('both', 'Both'), ('withdrawn', 'Withdrawn')], default='open', max_length=16)),
                ('decided_by', models.CharField(blank=True, max_length=64)),
                ('entry', models.UUIDField(null=True)),
                ('opened_at', models.DateTimeField(default=clock.now)),
                ('decided_at', models.DateTimeField(null=True)),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.namespace')),
            ],
            options={
                'indexes': [models.Index(fields=['namespace', 'state', '-opened_at'], name='dispute_queue'), models.Index(fields=['namespace', 'newer'], name='dispute_newer')],
                'constraints': [models.UniqueConstraint(fields=('namespace', 'older', 'newer'), name='one_dispute_per_pair')],
            },
        ),
        edge("learning_unexamined", "grain_id"),
        edge("learning_dispute", "older"),
        edge("learning_dispute", "newer"),
        protect("learning_unexamined"),
        protect("learning_dispute"),
    ]

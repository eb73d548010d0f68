"""Retention policies."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_outbox'),
        ('learning', '0004_disputes'),
    ]

    operations = [
        migrations.CreateModel(
            name='RetentionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField()),
                ('memory_type', models.CharField(blank=True, choices=[('episodic', 'Episodic'), ('semantic', 'Semantic'), ('procedural', 'Procedural'), ('working', 'Working')], max_length=16)),
                ('tag', models.CharField(blank=True, max_length=256)),
                ('action', models.CharField(choices=[('keep', 'Keep'), ('rest', 'Rest'), ('archive', 'Archive'), ('delete', 'Delete')], max_length=16)),
                ('after_days', models.PositiveIntegerField(blank=True, null=True)),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.namespace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('namespace', 'place'), name='one_rule_a_place'), models.CheckConstraint(condition=models.Q(models.Q(('action', 'keep'), ('after_days__isnull', True)), models.Q(models.Q(('action', 'keep'), _negated=True), ('after_days__gte', 1)), _connector='OR'), name='retention_has_days')],
            },
        ),
        protect("learning_retentionrule"),
    ]

"""The health of namespaces: signals, samples, alerts."""

import accounts.models
import clock
import django.db.models.deletion
from django.db import migrations, models

from accounts.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_key_checks'),
        ('learning', '0007_stakes_guarded'),
    ]

    operations = [
        migrations.CreateModel(
            name='HealthSample',
            fields=[
                ('pk', models.CompositePrimaryKey('namespace', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('values', models.JSONField(default=dict)),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.namespace')),
            ],
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=accounts.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('signal', models.CharField(max_length=40)),
                ('turn', models.CharField(max_length=8)),
                ('severity', models.CharField(max_length=8)),
                ('value', models.FloatField()),
                ('at', models.DateTimeField(default=clock.now)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Failed'), ('nobody', 'Nobody')], default='waiting', max_length=8)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=128)),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.namespace')),
            ],
            options={
                'indexes': [models.Index(fields=['namespace', '-at'], name='alert_recent')],
            },
        ),
        migrations.CreateModel(
            name='HealthSignal',
            fields=[
                ('pk', models.CompositePrimaryKey('namespace', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('value', models.FloatField()),
                ('warm', models.BooleanField(default=False)),
                ('severity', models.CharField(blank=True, max_length=8)),
                ('streak', models.SmallIntegerField(default=0)),
                ('fires', models.IntegerField(default=0)),
                ('fired_at', models.DateTimeField(null=True)),
                ('cleared_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(default=clock.now)),
                ('alerted_at', models.DateTimeField(null=True)),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.namespace')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('streak__gte', 0)), name='streak_not_negative')],
            },
        ),
        protect("learning_healthsignal"),
        protect("learning_healthsample"),
        protect("learning_alert"),
    ]

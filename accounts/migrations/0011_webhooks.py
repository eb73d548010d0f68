"""Webhooks and their deliveries, behind the door."""

import accounts.webhooks.models
import clock
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.db import migrations, models

from accounts.rls import protect, scan_sql

EDGE = """
ALTER TABLE accounts_webhook ADD CONSTRAINT webhook_of_namespace UNIQUE (namespace_id, id);
ALTER TABLE accounts_delivery ADD CONSTRAINT delivery_of_webhook
    FOREIGN KEY (namespace_id, webhook_id) REFERENCES accounts_webhook (namespace_id, id) ON DELETE CASCADE;
"""
TABLES = ("accounts_webhook", "accounts_delivery")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_seals'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.UUIDField(default=accounts.webhooks.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2048)),
                ('description', models.CharField(blank=True, max_length=128)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('secret', models.TextField(editable=False)),
                ('old_secret', models.TextField(blank=True, editable=False)),
                ('old_until', models.DateTimeField(null=True)),
                ('paused', models.BooleanField(default=False)),
                ('paused_because', models.CharField(blank=True, max_length=128)),
                ('next_at', models.DateTimeField(null=True)),
                ('claim', models.UUIDField(default=uuid.UUID('00000000-0000-0000-0000-000000000000'))),
                ('claimed_until', models.DateTimeField(null=True)),
                ('failures', models.IntegerField(default=0)),
                ('failing_since', models.DateTimeField(null=True)),
                ('last_success_at', models.DateTimeField(null=True)),
                ('last_failure_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=128)),
                ('created_at', models.DateTimeField(default=clock.now)),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.namespace')),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=accounts.webhooks.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('deed_id', models.UUIDField(null=True)),
                ('event', models.CharField(max_length=64)),
                ('body', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('attempts', models.SmallIntegerField(default=0)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('delivered', 'Delivered'), ('dead', 'Dead')], default='pending', max_length=16)),
                ('status', models.SmallIntegerField(null=True)),
                ('error', models.CharField(blank=True, max_length=128)),
                ('done_at', models.DateTimeField(null=True)),
                ('namespace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.namespace')),
                ('webhook', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='accounts.webhook')),
            ],
        ),
        migrations.AddIndex(
            model_name='webhook',
            index=models.Index(fields=['namespace'], name='webhook_namespace'),
        ),
        migrations.AddIndex(
            model_name='webhook',
            index=models.Index(condition=models.Q(('paused', False)), fields=['next_at'], name='webhook_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['webhook', 'due_at', 'id'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['namespace', 'created_at'], name='delivery_age'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('webhook', 'deed_id'), name='one_delivery_per_deed'),
        ),
        migrations.RunSQL(EDGE, "ALTER TABLE accounts_delivery DROP CONSTRAINT delivery_of_webhook"),
        *(protect(table) for table in TABLES),
        *(migrations.RunSQL(scan_sql(table, "ALL"), f"DROP POLICY scan ON {table}") for table in TABLES),
    ]

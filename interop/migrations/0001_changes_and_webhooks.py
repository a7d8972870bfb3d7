"""The feed of changes, webhooks and their messages."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from audit.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0007_clients_of_before'),
        ('audit', '0006_event_times'),
        ('cases', '0015_trial_events'),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('position', models.BigAutoField(primary_key=True, serialize=False)),
                ('type', models.CharField(help_text='One of audit.events.EventType', max_length=40)),
                ('resource', models.CharField(help_text='A list of the API', max_length=30)),
                ('key', models.CharField(help_text="What the row's address in that list ends in", max_length=40)),
                ('at', models.DateTimeField(help_text="When it was done, which may be before an earlier position's")),
                ('case', models.ForeignKey(db_index=False, help_text='Whose teams see it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.event')),
                ('patient', models.ForeignKey(db_index=False, help_text="Of a patient's record", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.patient')),
                ('team', models.ForeignKey(db_index=False, help_text='Of what has no case', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('url', models.CharField(max_length=500)),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, help_text='Types of changes; empty: all', size=None)),
                ('is_on', models.BooleanField(default=True)),
                ('salt', models.CharField(help_text='Of the secret, which is derived and never kept', max_length=43)),
                ('salt_before', models.CharField(blank=True, help_text='Of the secret before', max_length=43)),
                ('renewed_at', models.DateTimeField(null=True)),
                ('held_until', models.DateTimeField(help_text='After a failure nothing is tried before', null=True)),
                ('failed_in_row', models.PositiveIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='accounts.client')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='WebhookHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('url', models.CharField(max_length=500)),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, help_text='Types of changes; empty: all', size=None)),
                ('is_on', models.BooleanField(default=True)),
                ('salt', models.CharField(help_text='Of the secret, which is derived and never kept', max_length=43)),
                ('salt_before', models.CharField(blank=True, help_text='Of the secret before', max_length=43)),
                ('renewed_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.client')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='interop.webhook')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WebhookMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Waits to be sent'), ('sent', 'Sent'), ('dead', 'Given up'), ('stopped', 'Not to be sent any more')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('next_try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('leased_until', models.DateTimeField(help_text='A worker sends it; then another may', null=True)),
                ('lease', models.CharField(blank=True, help_text="That worker's own word for it", max_length=32)),
                ('tried_at', models.DateTimeField(null=True)),
                ('answer_status', models.PositiveSmallIntegerField(help_text='Of HTTP', null=True)),
                ('error', models.CharField(blank=True, help_text='The kind of failure; never a text', max_length=30)),
                ('took_ms', models.PositiveIntegerField(null=True)),
                ('change', models.ForeignKey(db_index=False, help_text='Empty: a trial', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='interop.change')),
                ('webhook', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='interop.webhook')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhook',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "interop_webhookhistory" ("client_id", "created_at", "ended_at", "id", "is_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "renewed_at", "salt", "salt_before", "types", "url", "version") VALUES (NEW."client_id", NEW."created_at", NEW."ended_at", NEW."id", NEW."is_on", NOW(), \'insert\', NEW."id", NEW."renewed_at", NEW."salt", NEW."salt_before", NEW."types", NEW."url", NEW."version"); RETURN NULL;', hash='e94823be1bde48f0b35d5c58e82c84d284ef0fd2', operation='INSERT', pgid='pgtrigger_insert_insert_0c4e2', table='interop_webhook', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhook',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_on" IS DISTINCT FROM (NEW."is_on") OR OLD."renewed_at" IS DISTINCT FROM (NEW."renewed_at") OR OLD."salt" IS DISTINCT FROM (NEW."salt") OR OLD."salt_before" IS DISTINCT FROM (NEW."salt_before") OR OLD."types" IS DISTINCT FROM (NEW."types") OR OLD."url" IS DISTINCT FROM (NEW."url") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "interop_webhookhistory" ("client_id", "created_at", "ended_at", "id", "is_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "renewed_at", "salt", "salt_before", "types", "url", "version") VALUES (NEW."client_id", NEW."created_at", NEW."ended_at", NEW."id", NEW."is_on", NOW(), \'update\', NEW."id", NEW."renewed_at", NEW."salt", NEW."salt_before", NEW."types", NEW."url", NEW."version"); RETURN NULL;', hash='86e667c8fb646826ec0e6ae3b0a0f28d99229d74', operation='UPDATE', pgid='pgtrigger_update_update_29e74', table='interop_webhook', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhook',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "interop_webhookhistory" ("client_id", "created_at", "ended_at", "id", "is_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "renewed_at", "salt", "salt_before", "types", "url", "version") VALUES (OLD."client_id", OLD."created_at", OLD."ended_at", OLD."id", OLD."is_on", NOW(), \'delete\', OLD."id", OLD."renewed_at", OLD."salt", OLD."salt_before", OLD."types", OLD."url", OLD."version"); RETURN NULL;', hash='533c1e5d5540b71a51679e7fa88ff6553b2fbbbc', operation='DELETE', pgid='pgtrigger_delete_delete_14f8b', table='interop_webhook', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0dd9fcedc844963966e79a9e42c1e5bdea2672cb', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_729a0', table='interop_webhookhistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['webhook', 'next_try_at'], name='interop_message_pending'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['webhook', '-id'], name='interop_message_newest'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['created_at'], name='interop_message_created'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.UniqueConstraint(fields=('webhook', 'change'), name='interop_message_once'),
        ),
        AppendOnly("interop_change", "interop_webhookhistory"),
    ]

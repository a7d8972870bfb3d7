"""Events and the outbox."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from audit.append_only import AppendOnly


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('audit', '0001_application_role'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('type', models.CharField(help_text='One of audit.events.EventType', max_length=40)),
                ('target_type', models.CharField(max_length=60)),
                ('target_id', models.BigIntegerField()),
                ('case_id', models.BigIntegerField(help_text="The case that it belongs to, for the case's own history", null=True)),
                ('data', models.JSONField(default=dict, help_text='Codes, ids and states; no patient detail')),
                ('by', models.ForeignKey(help_text='Empty: the service itself', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OutboxEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('consumer', models.CharField(max_length=120)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('done', 'Done'), ('failed', 'Failed')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, help_text='The kind of error; never its text', max_length=200)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outbox', to='audit.event')),
            ],
            options={
                'verbose_name_plural': 'outbox entries',
            },
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['target_type', 'target_id'], name='audit_event_target'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('case_id__isnull', False)), fields=['case_id', '-at'], name='audit_event_case'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['by', '-at'], name='audit_event_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e1de01de2c9f0df2033cadb85ebc9cff5820c148', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7d947', table='audit_event', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='outboxentry',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['next_try_at'], name='audit_outbox_pending'),
        ),
        migrations.AddConstraint(
            model_name='outboxentry',
            constraint=models.UniqueConstraint(fields=('event', 'consumer'), name='audit_outbox_once'),
        ),
        AppendOnly("audit_event"),
    ]

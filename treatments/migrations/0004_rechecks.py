"""Re-checks of open plans, and what they found: the application adds to what was found, and changes nothing."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from audit.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('treatments', '0003_reason_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('guidance', 'The guidance changed'), ('local_rules', "The team's local rules changed"), ('asked', 'Asked for')], max_length=15)),
                ('version_from', models.CharField(blank=True, help_text='As the plans were checked before', max_length=100)),
                ('version_to', models.CharField(max_length=20)),
                ('local_rules', models.JSONField(default=list, help_text='The local rules in force, with their versions')),
                ('status', models.CharField(choices=[('running', 'Running'), ('finished', 'Finished'), ('overtaken', 'Overtaken: the guidance changed again'), ('failed', 'Stopped by a fault')], default='running', max_length=10)),
                ('problem', models.CharField(blank=True, help_text='The kind of fault; never its text', max_length=200)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0, help_text='Plans whose verdict is another now')),
                ('last_plan_id', models.BigIntegerField(default=0, help_text='Plans up to this id are done')),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('worked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When its last batch was written')),
                ('finished_at', models.DateTimeField(null=True)),
                ('started_by', models.ForeignKey(help_text='Empty: the service itself', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rechecks', to='accounts.team')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='RecheckedPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old_verdict', models.CharField(max_length=25)),
                ('new_verdict', models.CharField(blank=True, help_text="Empty: it can't be checked any more", max_length=25)),
                ('added', models.JSONField(default=list, help_text='Findings that are new')),
                ('removed', models.JSONField(default=list, help_text='Findings that are gone')),
                ('result', models.JSONField(help_text='The whole answer, or why there is none')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('compared_with', models.ForeignKey(help_text='Whose facts and plan were judged again', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treatments.check')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rechecks', to='treatments.plan')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='treatments.recheck')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SeenChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rechecked', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seen', to='treatments.recheckedplan')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddIndex(
            model_name='recheck',
            index=models.Index(fields=['team', '-id'], name='treatments_recheck_newest'),
        ),
        migrations.AddConstraint(
            model_name='recheck',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('team',), name='treatments_recheck_one_runs'),
        ),
        migrations.AddIndex(
            model_name='recheckedplan',
            index=models.Index(fields=['plan', '-id'], name='treatments_rechecked_newest'),
        ),
        migrations.AddConstraint(
            model_name='recheckedplan',
            constraint=models.UniqueConstraint(fields=('run', 'plan'), name='treatments_rechecked_once'),
        ),
        migrations.AddConstraint(
            model_name='recheckedplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('old_verdict', models.F('new_verdict')), _negated=True), models.Q(('added', []), _negated=True), _connector='OR'), name='treatments_rechecked_says_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recheckedplan',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='20978cfb94ad4ad6ae3f493401aad72697ce1464', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c37e3', table='treatments_recheckedplan', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='seenchange',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f83c3cf92e6b3dbac07828990998a51a1794f3b8', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_51b59', table='treatments_seenchange', when='BEFORE')),
        ),
        AppendOnly("treatments_recheckedplan", "treatments_seenchange"),
    ]

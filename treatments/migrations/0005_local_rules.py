"""Rules and standing reasons that a team adds to the guidance; checks and answers name those that were in force."""

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
        ('treatments', '0004_rechecks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LocalRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='LocalRuleApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='LocalRuleRetirement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='LocalRuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('finding', "A finding of the team's own"), ('standing_reason', 'A standing reason for a deviation')], max_length=20)),
                ('title', models.CharField(max_length=120)),
                ('condition', models.JSONField(default=dict, help_text='Of which cases and plans it speaks')),
                ('severity', models.CharField(blank=True, max_length=15)),
                ('message', models.CharField(blank=True, max_length=500)),
                ('national_rule', models.CharField(blank=True, help_text='Whose deviation it gives a reason for', max_length=20)),
                ('reason_code', models.CharField(blank=True, choices=[('patient_choice', "The patient's choice"), ('fitness', "The patient's fitness"), ('comorbidity', 'Other illness'), ('earlier_treatment', 'Treatment already given'), ('trial', 'Within a trial or a licence for this tumour'), ('technical', 'Technical: site or anatomy of the tumour'), ('local_expertise', 'Expertise or services here'), ('other', 'Other, as written')], max_length=20)),
                ('reason', models.CharField(blank=True, max_length=1000)),
                ('source', models.CharField(max_length=200)),
                ('review_on', models.DateField()),
                ('active_from', models.DateField()),
                ('active_until', models.DateField(blank=True, null=True)),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['rule', '-number'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='response',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='response',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='response',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='check',
            name='local_rules',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list, help_text="The team's own rules that were in force, each with its version: LOCAL-3 v2"),
        ),
        migrations.AddField(
            model_name='response',
            name='local_rule',
            field=models.CharField(blank=True, db_default='', default='', help_text='Where it is a standing reason of the team: the local rule with its version, LOCAL-3 v2', max_length=20),
        ),
        migrations.AddField(
            model_name='responsehistory',
            name='local_rule',
            field=models.CharField(blank=True, db_default='', default='', help_text='Where it is a standing reason of the team: the local rule with its version, LOCAL-3 v2', max_length=20),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='response',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_responsehistory" ("at", "check_made_id", "given_by_id", "id", "kind", "local_rule", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_by_id", "rule", "text", "treatment") VALUES (NEW."at", NEW."check_made_id", NEW."given_by_id", NEW."id", NEW."kind", NEW."local_rule", NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."reason_code", NEW."recorded_by_id", NEW."rule", NEW."text", NEW."treatment"); RETURN NULL;', hash='3aede47f68374e0e9e2b59ec03fd8237e780db22', operation='INSERT', pgid='pgtrigger_insert_insert_6733d', table='treatments_response', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='response',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "treatments_responsehistory" ("at", "check_made_id", "given_by_id", "id", "kind", "local_rule", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_by_id", "rule", "text", "treatment") VALUES (NEW."at", NEW."check_made_id", NEW."given_by_id", NEW."id", NEW."kind", NEW."local_rule", NOW(), \'update\', NEW."id", NEW."plan_id", NEW."reason_code", NEW."recorded_by_id", NEW."rule", NEW."text", NEW."treatment"); RETURN NULL;', hash='fe3d0a6f80b6a02ecc3c93bd1ae0d25a5dc82261', operation='UPDATE', pgid='pgtrigger_update_update_f343d', table='treatments_response', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='response',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_responsehistory" ("at", "check_made_id", "given_by_id", "id", "kind", "local_rule", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_by_id", "rule", "text", "treatment") VALUES (OLD."at", OLD."check_made_id", OLD."given_by_id", OLD."id", OLD."kind", OLD."local_rule", NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."reason_code", OLD."recorded_by_id", OLD."rule", OLD."text", OLD."treatment"); RETURN NULL;', hash='ecc42b2ac926fdcf41ad7a139b17c1e076e15b7a', operation='DELETE', pgid='pgtrigger_delete_delete_3c8ac', table='treatments_response', when='AFTER')),
        ),
        migrations.AddField(
            model_name='localrule',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='local_rules', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='localruleapproval',
            name='approved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='localruleretirement',
            name='retired_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='localruleretirement',
            name='rule',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='retirement', to='treatments.localrule'),
        ),
        migrations.AddField(
            model_name='localruleversion',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='localruleversion',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='treatments.localrule'),
        ),
        migrations.AddField(
            model_name='localruleapproval',
            name='version',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='approval', to='treatments.localruleversion'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='localruleretirement',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='967ddff27d9229c53c1b5280af46b7e1236a9fec', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7b1c6', table='treatments_localruleretirement', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='localruleversion',
            constraint=models.UniqueConstraint(fields=('rule', 'number'), name='treatments_local_version_once'),
        ),
        migrations.AddConstraint(
            model_name='localruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'finding'), ('national_rule', ''), ('severity__in', ['deviation', 'caution', 'advice'])), models.Q(('kind', 'standing_reason'), ('severity', ''), models.Q(('national_rule', ''), _negated=True), models.Q(('reason_code', ''), _negated=True)), _connector='OR'), name='treatments_local_rule_is_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='localruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('active_until__isnull', True), ('active_until__gte', models.F('active_from')), _connector='OR'), name='treatments_local_rule_ends_after_it_begins'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='localruleversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d5c90f6fabcfb28601679f31c946b8de5f6cd743', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f73aa', table='treatments_localruleversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='localruleapproval',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='90c86d6ade1508e1843d71dae02d15f0d7c4dc75', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1bbc7', table='treatments_localruleapproval', when='BEFORE')),
        ),
        AppendOnly(
            "treatments_localruleversion",
            "treatments_localruleapproval",
            "treatments_localruleretirement",
        ),
    ]

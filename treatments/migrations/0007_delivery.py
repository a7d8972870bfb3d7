"""What became of each treatment of an agreed plan, with its history, and more reasons why one was not given."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from audit.append_only import AppendOnly
from audit.together import Together


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0006_validate_counts'),
        ('treatments', '0006_plans_by_agreement'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name='Delivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('status', models.CharField(choices=[('to_come', 'To come'), ('scheduled', 'Scheduled'), ('under_way', 'Under way'), ('given', 'Given'), ('stopped', 'Stopped before its end'), ('changed', 'Given otherwise than agreed'), ('not_given', 'Not given')], default='to_come', max_length=10)),
                    ('scheduled_on', models.DateField(blank=True, null=True)),
                    ('started_on', models.DateField(blank=True, null=True)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                    ('margin', models.CharField(blank=True, choices=[('R0', 'R0, microscopically clear'), ('R1', 'R1, microscopic residual'), ('R2', 'R2, macroscopic residual'), ('RX', 'RX, cannot be judged')], max_length=2)),
                    ('complications', models.CharField(blank=True, choices=[('none', 'None'), ('I', 'Grade I: no more than simple care'), ('II', 'Grade II: drugs, transfusion or feeding through a vein'), ('IIIa', 'Grade IIIa: intervention without general anaesthesia'), ('IIIb', 'Grade IIIb: intervention under general anaesthesia'), ('IVa', 'Grade IVa: life-threatening, one organ'), ('IVb', 'Grade IVb: life-threatening, several organs'), ('V', 'Grade V: death')], help_text='The worst, by Clavien and Dindo', max_length=5)),
                    ('instead', models.JSONField(blank=True, default=dict, help_text='What was given in its place, in the shape of the guidance contract')),
                    ('reason_code', models.CharField(blank=True, choices=[('patient_choice', "The patient's choice"), ('progression', 'The disease progressed'), ('unfit', 'The patient became too unwell'), ('comorbidity', 'Other illness'), ('side_effects', 'Side effects'), ('not_needed', 'No longer needed'), ('other_treatment', 'Another treatment was chosen'), ('best_supportive_care', 'Best supportive care was chosen'), ('trial', 'Treated in a trial instead'), ('lost', 'Lost to follow-up'), ('died', 'The patient died'), ('moved', 'Treatment went to another centre'), ('service', 'The service could not give it'), ('other', 'Other')], max_length=20)),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'verbose_name_plural': 'deliveries',
                    'ordering': ['plan', 'treatment__position'],
                },
            ),
            migrations.CreateModel(
                name='DeliveryHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('status', models.CharField(choices=[('to_come', 'To come'), ('scheduled', 'Scheduled'), ('under_way', 'Under way'), ('given', 'Given'), ('stopped', 'Stopped before its end'), ('changed', 'Given otherwise than agreed'), ('not_given', 'Not given')], default='to_come', max_length=10)),
                    ('scheduled_on', models.DateField(blank=True, null=True)),
                    ('started_on', models.DateField(blank=True, null=True)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                    ('margin', models.CharField(blank=True, choices=[('R0', 'R0, microscopically clear'), ('R1', 'R1, microscopic residual'), ('R2', 'R2, macroscopic residual'), ('RX', 'RX, cannot be judged')], max_length=2)),
                    ('complications', models.CharField(blank=True, choices=[('none', 'None'), ('I', 'Grade I: no more than simple care'), ('II', 'Grade II: drugs, transfusion or feeding through a vein'), ('IIIa', 'Grade IIIa: intervention without general anaesthesia'), ('IIIb', 'Grade IIIb: intervention under general anaesthesia'), ('IVa', 'Grade IVa: life-threatening, one organ'), ('IVb', 'Grade IVb: life-threatening, several organs'), ('V', 'Grade V: death')], help_text='The worst, by Clavien and Dindo', max_length=5)),
                    ('instead', models.JSONField(blank=True, default=dict, help_text='What was given in its place, in the shape of the guidance contract')),
                    ('reason_code', models.CharField(blank=True, choices=[('patient_choice', "The patient's choice"), ('progression', 'The disease progressed'), ('unfit', 'The patient became too unwell'), ('comorbidity', 'Other illness'), ('side_effects', 'Side effects'), ('not_needed', 'No longer needed'), ('other_treatment', 'Another treatment was chosen'), ('best_supportive_care', 'Best supportive care was chosen'), ('trial', 'Treated in a trial instead'), ('lost', 'Lost to follow-up'), ('died', 'The patient died'), ('moved', 'Treatment went to another centre'), ('service', 'The service could not give it'), ('other', 'Other')], max_length=20)),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'abstract': False,
                },
            ),
        ),
        Together(
            migrations.AlterField(
                model_name='plan',
                name='not_delivered_reason',
                field=models.CharField(blank=True, choices=[('patient_choice', "The patient's choice"), ('progression', 'The disease progressed'), ('unfit', 'The patient became too unwell'), ('comorbidity', 'Other illness'), ('side_effects', 'Side effects'), ('not_needed', 'No longer needed'), ('other_treatment', 'Another treatment was chosen'), ('best_supportive_care', 'Best supportive care was chosen'), ('trial', 'Treated in a trial instead'), ('lost', 'Lost to follow-up'), ('died', 'The patient died'), ('moved', 'Treatment went to another centre'), ('service', 'The service could not give it'), ('other', 'Other')], max_length=20),
            ),
            migrations.AlterField(
                model_name='planhistory',
                name='not_delivered_reason',
                field=models.CharField(blank=True, choices=[('patient_choice', "The patient's choice"), ('progression', 'The disease progressed'), ('unfit', 'The patient became too unwell'), ('comorbidity', 'Other illness'), ('side_effects', 'Side effects'), ('not_needed', 'No longer needed'), ('other_treatment', 'Another treatment was chosen'), ('best_supportive_care', 'Best supportive care was chosen'), ('trial', 'Treated in a trial instead'), ('lost', 'Lost to follow-up'), ('died', 'The patient died'), ('moved', 'Treatment went to another centre'), ('service', 'The service could not give it'), ('other', 'Other')], max_length=20),
            ),
            migrations.AddField(
                model_name='delivery',
                name='given',
                field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.treatmentgiven'),
            ),
            migrations.AddField(
                model_name='delivery',
                name='plan',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='treatments.plan'),
            ),
            migrations.AddField(
                model_name='delivery',
                name='recorded_by',
                field=models.ForeignKey(help_text='Empty: the service itself', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='delivery',
                name='treatment',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='delivery', to='treatments.treatment'),
            ),
            migrations.AddField(
                model_name='deliveryhistory',
                name='given',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.treatmentgiven'),
            ),
            migrations.AddField(
                model_name='deliveryhistory',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='treatments.delivery'),
            ),
            migrations.AddField(
                model_name='deliveryhistory',
                name='plan',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treatments.plan'),
            ),
            migrations.AddField(
                model_name='deliveryhistory',
                name='recorded_by',
                field=models.ForeignKey(db_constraint=False, help_text='Empty: the service itself', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='deliveryhistory',
                name='treatment',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treatments.treatment'),
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name='delivery',
                index=models.Index(condition=models.Q(('status', 'scheduled')), fields=['scheduled_on'], name='treatments_delivery_scheduled'),
            ),
            migrations.AddConstraint(
                model_name='delivery',
                constraint=models.CheckConstraint(condition=models.Q(('status__in', ('stopped', 'changed', 'not_given')), ('reason_code', ''), _connector='XOR'), name='treatments_delivery_has_reason'),
            ),
            migrations.AddConstraint(
                model_name='delivery',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'scheduled'), _negated=True), ('scheduled_on__isnull', False), _connector='OR'), name='treatments_delivery_has_its_date'),
            ),
            migrations.AddConstraint(
                model_name='delivery',
                constraint=models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('started_on__isnull', True), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='treatments_delivery_ends_after_it_begins'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='delivery',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_deliveryhistory" ("complications", "ended_on", "given_id", "id", "instead", "margin", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_at", "recorded_by_id", "scheduled_on", "started_on", "status", "treatment_id", "version") VALUES (NEW."complications", NEW."ended_on", NEW."given_id", NEW."id", NEW."instead", NEW."margin", NEW."note", NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."reason_code", NEW."recorded_at", NEW."recorded_by_id", NEW."scheduled_on", NEW."started_on", NEW."status", NEW."treatment_id", NEW."version"); RETURN NULL;', hash='e8853aa8300af898a8cdb09a83eb1a458e6f7ff3', operation='INSERT', pgid='pgtrigger_insert_insert_8429d', table='treatments_delivery', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='delivery',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "treatments_deliveryhistory" ("complications", "ended_on", "given_id", "id", "instead", "margin", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_at", "recorded_by_id", "scheduled_on", "started_on", "status", "treatment_id", "version") VALUES (NEW."complications", NEW."ended_on", NEW."given_id", NEW."id", NEW."instead", NEW."margin", NEW."note", NOW(), \'update\', NEW."id", NEW."plan_id", NEW."reason_code", NEW."recorded_at", NEW."recorded_by_id", NEW."scheduled_on", NEW."started_on", NEW."status", NEW."treatment_id", NEW."version"); RETURN NULL;', hash='2e4dab0dca2a2e56b3b8e42e11f2bb7fda691dbc', operation='UPDATE', pgid='pgtrigger_update_update_577ab', table='treatments_delivery', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='delivery',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_deliveryhistory" ("complications", "ended_on", "given_id", "id", "instead", "margin", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_at", "recorded_by_id", "scheduled_on", "started_on", "status", "treatment_id", "version") VALUES (OLD."complications", OLD."ended_on", OLD."given_id", OLD."id", OLD."instead", OLD."margin", OLD."note", NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."reason_code", OLD."recorded_at", OLD."recorded_by_id", OLD."scheduled_on", OLD."started_on", OLD."status", OLD."treatment_id", OLD."version"); RETURN NULL;', hash='0ecfe0a04af4282343aaaf65709aa35c112c0f81', operation='DELETE', pgid='pgtrigger_delete_delete_ca143', table='treatments_delivery', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='deliveryhistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='06283b6714588e0f4dc17b57c24ada7ba6eff7df', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_90c34', table='treatments_deliveryhistory', when='BEFORE')),
            ),
        ),
        AppendOnly("treatments_deliveryhistory"),
    ]

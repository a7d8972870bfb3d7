"""One record of a patient can point to another, with what moved remembered; the two can be told apart instead."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from audit.append_only import AppendOnly
from audit.together import Together


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0010_needs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name='patient',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='patient',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='patient',
                name='delete_delete',
            ),
        ),
        Together(
            migrations.AddField(
                model_name='patient',
                name='merged_into',
                field=models.ForeignKey(blank=True, db_index=False, editable=False, help_text='The record that stands for this person since the two were merged', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_records', to='cases.patient'),
            ),
            migrations.AddField(
                model_name='patienthistory',
                name='merged_into',
                field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='The record that stands for this person since the two were merged', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.patient'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='patient',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_patienthistory" ("birth_on", "created_at", "died_on", "family_name", "given_name", "id", "is_dead", "merged_into_id", "nhs_number", "pgh_created_at", "pgh_label", "pgh_obj_id", "sex", "title", "version") VALUES (NEW."birth_on", NEW."created_at", NEW."died_on", NEW."family_name", NEW."given_name", NEW."id", NEW."is_dead", NEW."merged_into_id", NEW."nhs_number", NOW(), \'insert\', NEW."id", NEW."sex", NEW."title", NEW."version"); RETURN NULL;', hash='59d51a4e21a38e11cad2b04b004f73191374c2b8', operation='INSERT', pgid='pgtrigger_insert_insert_27919', table='cases_patient', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='patient',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_patienthistory" ("birth_on", "created_at", "died_on", "family_name", "given_name", "id", "is_dead", "merged_into_id", "nhs_number", "pgh_created_at", "pgh_label", "pgh_obj_id", "sex", "title", "version") VALUES (NEW."birth_on", NEW."created_at", NEW."died_on", NEW."family_name", NEW."given_name", NEW."id", NEW."is_dead", NEW."merged_into_id", NEW."nhs_number", NOW(), \'update\', NEW."id", NEW."sex", NEW."title", NEW."version"); RETURN NULL;', hash='76a97d6bdff1b4c301d591e02e6950f56783ce21', operation='UPDATE', pgid='pgtrigger_update_update_b6a7b', table='cases_patient', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='patient',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_patienthistory" ("birth_on", "created_at", "died_on", "family_name", "given_name", "id", "is_dead", "merged_into_id", "nhs_number", "pgh_created_at", "pgh_label", "pgh_obj_id", "sex", "title", "version") VALUES (OLD."birth_on", OLD."created_at", OLD."died_on", OLD."family_name", OLD."given_name", OLD."id", OLD."is_dead", OLD."merged_into_id", OLD."nhs_number", NOW(), \'delete\', OLD."id", OLD."sex", OLD."title", OLD."version"); RETURN NULL;', hash='9a891023085e7ace60137bd825d1f763f4554eef', operation='DELETE', pgid='pgtrigger_delete_delete_a1e45', table='cases_patient', when='AFTER')),
            ),
        ),
        AddConstraintNotValid(
            model_name='patient',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('pk')), _negated=True), _connector='OR'), name='cases_patient_not_merged_into_itself'),
        ),
        Together(
            migrations.CreateModel(
                name='PatientMerge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(max_length=500)),
                    ('moved', models.JSONField(default=dict)),
                    ('filled', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, help_text='What the kept record lacked and was given')),
                    ('kept_before', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                    ('merged_before', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                    ('merged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('undone_at', models.DateTimeField(blank=True, null=True)),
                    ('undone_reason', models.CharField(blank=True, max_length=500)),
                    ('kept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='cases.patient')),
                    ('merged', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='merges_away', to='cases.patient')),
                    ('merged_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('undone_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-merged_at', '-id'],
                },
            ),
            migrations.CreateModel(
                name='PatientMergeHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('reason', models.CharField(max_length=500)),
                    ('moved', models.JSONField(default=dict)),
                    ('filled', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, help_text='What the kept record lacked and was given')),
                    ('kept_before', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                    ('merged_before', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                    ('merged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('undone_at', models.DateTimeField(blank=True, null=True)),
                    ('undone_reason', models.CharField(blank=True, max_length=500)),
                    ('kept', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.patient')),
                    ('merged', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.patient')),
                    ('merged_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='cases.patientmerge')),
                    ('undone_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ToldApart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(max_length=500)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('one', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.patient')),
                    ('other', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.patient')),
                ],
                options={
                    'verbose_name_plural': 'records told apart',
                },
            ),
            migrations.CreateModel(
                name='ToldApartHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('reason', models.CharField(max_length=500)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('one', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.patient')),
                    ('other', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.patient')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='cases.toldapart')),
                ],
                options={
                    'abstract': False,
                },
            ),
        ),
        migrations.AddConstraint(
            model_name='patientmerge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('merged',), name='cases_patient_merged_once'),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='patientmerge',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_patientmergehistory" ("filled", "id", "kept_before", "kept_id", "merged_at", "merged_before", "merged_by_id", "merged_id", "moved", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "undone_at", "undone_by_id", "undone_reason") VALUES (NEW."filled", NEW."id", NEW."kept_before", NEW."kept_id", NEW."merged_at", NEW."merged_before", NEW."merged_by_id", NEW."merged_id", NEW."moved", NOW(), \'insert\', NEW."id", NEW."reason", NEW."undone_at", NEW."undone_by_id", NEW."undone_reason"); RETURN NULL;', hash='3461293d3d54c57d6adff2fe09f6c6945d3181aa', operation='INSERT', pgid='pgtrigger_insert_insert_567cf', table='cases_patientmerge', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='patientmerge',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_patientmergehistory" ("filled", "id", "kept_before", "kept_id", "merged_at", "merged_before", "merged_by_id", "merged_id", "moved", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "undone_at", "undone_by_id", "undone_reason") VALUES (NEW."filled", NEW."id", NEW."kept_before", NEW."kept_id", NEW."merged_at", NEW."merged_before", NEW."merged_by_id", NEW."merged_id", NEW."moved", NOW(), \'update\', NEW."id", NEW."reason", NEW."undone_at", NEW."undone_by_id", NEW."undone_reason"); RETURN NULL;', hash='0eca98a776e8b8cb4deef3b1ee715123cd99c40d', operation='UPDATE', pgid='pgtrigger_update_update_76690', table='cases_patientmerge', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='patientmerge',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_patientmergehistory" ("filled", "id", "kept_before", "kept_id", "merged_at", "merged_before", "merged_by_id", "merged_id", "moved", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "undone_at", "undone_by_id", "undone_reason") VALUES (OLD."filled", OLD."id", OLD."kept_before", OLD."kept_id", OLD."merged_at", OLD."merged_before", OLD."merged_by_id", OLD."merged_id", OLD."moved", NOW(), \'delete\', OLD."id", OLD."reason", OLD."undone_at", OLD."undone_by_id", OLD."undone_reason"); RETURN NULL;', hash='7372a81b6d986b7ca4135c2ad0cb6fb9a8b0db10', operation='DELETE', pgid='pgtrigger_delete_delete_d1405', table='cases_patientmerge', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='patientmergehistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d1937c989132797aad5c622fc529fdb85d81da4a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ba7fd', table='cases_patientmergehistory', when='BEFORE')),
            ),
        ),
        Together(
            migrations.AddConstraint(
                model_name='toldapart',
                constraint=models.UniqueConstraint(fields=('one', 'other'), name='cases_told_apart_once'),
            ),
            migrations.AddConstraint(
                model_name='toldapart',
                constraint=models.CheckConstraint(condition=models.Q(('one__lt', models.F('other'))), name='cases_told_apart_in_order'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='toldapart',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_toldaparthistory" ("at", "by_id", "id", "one_id", "other_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by_id", NEW."id", NEW."one_id", NEW."other_id", NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='54cb6f130b3beffee50953922d740aaa483068b4', operation='INSERT', pgid='pgtrigger_insert_insert_c5d05', table='cases_toldapart', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='toldapart',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_toldaparthistory" ("at", "by_id", "id", "one_id", "other_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by_id", NEW."id", NEW."one_id", NEW."other_id", NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='cdc78ffc6b20cd1b7c1d6192f34600dee24d9e74', operation='UPDATE', pgid='pgtrigger_update_update_c10cd', table='cases_toldapart', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='toldapart',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_toldaparthistory" ("at", "by_id", "id", "one_id", "other_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."at", OLD."by_id", OLD."id", OLD."one_id", OLD."other_id", NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='062939c653610ff1436f80759eef0932d814b0e9', operation='DELETE', pgid='pgtrigger_delete_delete_b74f3', table='cases_toldapart', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='toldaparthistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='316afc0b7fdd650eafe3175414872cc9e43555a6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3cdad', table='cases_toldaparthistory', when='BEFORE')),
            ),
        ),
        AppendOnly("cases_patientmergehistory", "cases_toldaparthistory"),
    ]

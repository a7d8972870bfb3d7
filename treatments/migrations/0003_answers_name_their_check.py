"""An answer names the check whose finding it answers; a proposed plan's content is fixed in the database."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_imports'),
        ('treatments', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='plan',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='plan',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='plan',
            name='delete_delete',
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
        pgtrigger.migrations.RemoveTrigger(
            model_name='treatment',
            name='fixed_once_proposed',
        ),
        migrations.AddField(
            model_name='plan',
            name='not_delivered_reason',
            field=models.CharField(blank=True, choices=[('patient_choice', "The patient's choice"), ('progression', 'The disease progressed'), ('unfit', 'The patient became too unwell'), ('died', 'The patient died'), ('moved', 'Treatment went to another centre'), ('service', 'The service could not give it'), ('other', 'Other')], max_length=20),
        ),
        migrations.AddField(
            model_name='planhistory',
            name='not_delivered_reason',
            field=models.CharField(blank=True, choices=[('patient_choice', "The patient's choice"), ('progression', 'The disease progressed'), ('unfit', 'The patient became too unwell'), ('died', 'The patient died'), ('moved', 'Treatment went to another centre'), ('service', 'The service could not give it'), ('other', 'Other')], max_length=20),
        ),
        migrations.AddField(
            model_name='response',
            name='check_made',
            field=models.ForeignKey(help_text='The check whose finding it answers', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treatments.check'),
        ),
        migrations.AddField(
            model_name='responsehistory',
            name='check_made',
            field=models.ForeignKey(db_constraint=False, help_text='The check whose finding it answers', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treatments.check'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='content_fixed_once_proposed', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'draft' AND (NEW.status = 'draft' OR (NEW.episode_id, NEW.number, NEW.intent, NEW.trial, NEW.palliative_care_referral, NEW.named_surgeon_id) IS DISTINCT FROM (OLD.episode_id, OLD.number, OLD.intent, OLD.trial, OLD.palliative_care_referral, OLD.named_surgeon_id)))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a209a3cec8bbce37ca9a4ae8fa7cdec342ece080', operation='UPDATE', pgid='pgtrigger_content_fixed_once_proposed_44bee', table='treatments_plan', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_planhistory" ("agreed_at", "created_at", "episode_id", "id", "intent", "named_surgeon_id", "not_delivered_reason", "number", "palliative_care_referral", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "replaces_id", "status", "status_reason", "trial", "version") VALUES (NEW."agreed_at", NEW."created_at", NEW."episode_id", NEW."id", NEW."intent", NEW."named_surgeon_id", NEW."not_delivered_reason", NEW."number", NEW."palliative_care_referral", NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."replaces_id", NEW."status", NEW."status_reason", NEW."trial", NEW."version"); RETURN NULL;', hash='dd15590138a35afc0bbf7f3060123c883e2894c7', operation='INSERT', pgid='pgtrigger_insert_insert_e8a20', table='treatments_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "treatments_planhistory" ("agreed_at", "created_at", "episode_id", "id", "intent", "named_surgeon_id", "not_delivered_reason", "number", "palliative_care_referral", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "replaces_id", "status", "status_reason", "trial", "version") VALUES (NEW."agreed_at", NEW."created_at", NEW."episode_id", NEW."id", NEW."intent", NEW."named_surgeon_id", NEW."not_delivered_reason", NEW."number", NEW."palliative_care_referral", NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."replaces_id", NEW."status", NEW."status_reason", NEW."trial", NEW."version"); RETURN NULL;', hash='c1103205d8c3177c6582e7a0a3c54761fc80e4a5', operation='UPDATE', pgid='pgtrigger_update_update_ae6c0', table='treatments_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_planhistory" ("agreed_at", "created_at", "episode_id", "id", "intent", "named_surgeon_id", "not_delivered_reason", "number", "palliative_care_referral", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "replaces_id", "status", "status_reason", "trial", "version") VALUES (OLD."agreed_at", OLD."created_at", OLD."episode_id", OLD."id", OLD."intent", OLD."named_surgeon_id", OLD."not_delivered_reason", OLD."number", OLD."palliative_care_referral", NOW(), \'delete\', OLD."id", OLD."proposed_at", OLD."proposed_by_id", OLD."replaces_id", OLD."status", OLD."status_reason", OLD."trial", OLD."version"); RETURN NULL;', hash='4b703e41078af9a593138c2241def3c67a16c789', operation='DELETE', pgid='pgtrigger_delete_delete_cbd26', table='treatments_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='response',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_responsehistory" ("at", "check_made_id", "given_by_id", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_by_id", "rule", "text", "treatment") VALUES (NEW."at", NEW."check_made_id", NEW."given_by_id", NEW."id", NEW."kind", NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."reason_code", NEW."recorded_by_id", NEW."rule", NEW."text", NEW."treatment"); RETURN NULL;', hash='33e8103fd70daa951d801b8a6fa46e15281e74cc', operation='INSERT', pgid='pgtrigger_insert_insert_6733d', table='treatments_response', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='response',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "treatments_responsehistory" ("at", "check_made_id", "given_by_id", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_by_id", "rule", "text", "treatment") VALUES (NEW."at", NEW."check_made_id", NEW."given_by_id", NEW."id", NEW."kind", NOW(), \'update\', NEW."id", NEW."plan_id", NEW."reason_code", NEW."recorded_by_id", NEW."rule", NEW."text", NEW."treatment"); RETURN NULL;', hash='a855997c7248e1355f4dfee1dd7beef3d248b86d', operation='UPDATE', pgid='pgtrigger_update_update_f343d', table='treatments_response', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='response',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treatments_responsehistory" ("at", "check_made_id", "given_by_id", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reason_code", "recorded_by_id", "rule", "text", "treatment") VALUES (OLD."at", OLD."check_made_id", OLD."given_by_id", OLD."id", OLD."kind", NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."reason_code", OLD."recorded_by_id", OLD."rule", OLD."text", OLD."treatment"); RETURN NULL;', hash='1e28010ba7e05138cab4f6fe8bbc435e4c742afe', operation='DELETE', pgid='pgtrigger_delete_delete_3c8ac', table='treatments_response', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='treatment',
            trigger=pgtrigger.compiler.Trigger(name='fixed_once_proposed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (\n                        SELECT FROM treatments_plan\n                        WHERE id IN (NEW.plan_id, OLD.plan_id) AND status <> 'draft'\n                    ) THEN\n                        RAISE EXCEPTION 'pgtrigger: a plan is fixed once it is proposed';\n                    END IF;\n                    RETURN COALESCE(NEW, OLD);\n                ", hash='21b68c28321e54ebb5cc189ed89e8ac84c32f4ab', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_fixed_once_proposed_f5234', table='treatments_treatment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'not_delivered'), ('not_delivered_reason', ''), _connector='XOR'), name='treatments_not_delivered_has_reason'),
        ),
    ]

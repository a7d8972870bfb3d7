"""Organisations that are for trying out."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_clients_of_before'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='organisation',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='organisation',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='organisation',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='organisation',
            name='is_sandbox',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Real teams never see anything of it', verbose_name='for trying out'),
        ),
        migrations.AddField(
            model_name='organisationhistory',
            name='is_sandbox',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Real teams never see anything of it', verbose_name='for trying out'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_organisationhistory" ("code", "id", "is_sandbox", "is_specialist_centre", "name", "offers_limb_perfusion", "offers_metastasectomy", "offers_proton_beam", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."is_sandbox", NEW."is_specialist_centre", NEW."name", NEW."offers_limb_perfusion", NEW."offers_metastasectomy", NEW."offers_proton_beam", NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='72b4f28c6f9297b0fd68462c82b6685a16fefaab', operation='INSERT', pgid='pgtrigger_insert_insert_66a5c', table='accounts_organisation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_organisationhistory" ("code", "id", "is_sandbox", "is_specialist_centre", "name", "offers_limb_perfusion", "offers_metastasectomy", "offers_proton_beam", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."is_sandbox", NEW."is_specialist_centre", NEW."name", NEW."offers_limb_perfusion", NEW."offers_metastasectomy", NEW."offers_proton_beam", NOW(), \'update\', NEW."id"); RETURN NULL;', hash='9b41820163be2318a1bf71fb46dcb86b35d1d6f3', operation='UPDATE', pgid='pgtrigger_update_update_9e5fc', table='accounts_organisation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_organisationhistory" ("code", "id", "is_sandbox", "is_specialist_centre", "name", "offers_limb_perfusion", "offers_metastasectomy", "offers_proton_beam", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."is_sandbox", OLD."is_specialist_centre", OLD."name", OLD."offers_limb_perfusion", OLD."offers_metastasectomy", OLD."offers_proton_beam", NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='02432284556f75e3a0a0fc773e8170e3d7735d7c', operation='DELETE', pgid='pgtrigger_delete_delete_7b33b', table='accounts_organisation', when='AFTER')),
        ),
    ]

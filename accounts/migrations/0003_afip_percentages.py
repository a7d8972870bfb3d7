"""Whether a team shows the AFIP percentages of GIST, and which pathologist turned them on."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_append_only'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='team',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='team',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='team',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='team',
            name='afip_percentages_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='AFIP percentages of GIST shown since'),
        ),
        migrations.AddField(
            model_name='team',
            name='afip_percentages_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='AFIP percentages of GIST shown by'),
        ),
        migrations.AddField(
            model_name='teamhistory',
            name='afip_percentages_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='AFIP percentages of GIST shown since'),
        ),
        migrations.AddField(
            model_name='teamhistory',
            name='afip_percentages_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='AFIP percentages of GIST shown by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_teamhistory" ("afip_percentages_at", "afip_percentages_by_id", "capacity_minutes", "cutoff_working_days", "id", "meeting_at", "meeting_weekday", "minutes_per_case", "name", "organisation_id", "palliative_when_spread", "pgh_created_at", "pgh_label", "pgh_obj_id", "quorum", "reference_prefix", "staging_edition", "version") VALUES (NEW."afip_percentages_at", NEW."afip_percentages_by_id", NEW."capacity_minutes", NEW."cutoff_working_days", NEW."id", NEW."meeting_at", NEW."meeting_weekday", NEW."minutes_per_case", NEW."name", NEW."organisation_id", NEW."palliative_when_spread", NOW(), \'insert\', NEW."id", NEW."quorum", NEW."reference_prefix", NEW."staging_edition", NEW."version"); RETURN NULL;', hash='13f891049b2f8364f2870f28b8ab9b78caf0b0e5', operation='INSERT', pgid='pgtrigger_insert_insert_71b40', table='accounts_team', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_teamhistory" ("afip_percentages_at", "afip_percentages_by_id", "capacity_minutes", "cutoff_working_days", "id", "meeting_at", "meeting_weekday", "minutes_per_case", "name", "organisation_id", "palliative_when_spread", "pgh_created_at", "pgh_label", "pgh_obj_id", "quorum", "reference_prefix", "staging_edition", "version") VALUES (NEW."afip_percentages_at", NEW."afip_percentages_by_id", NEW."capacity_minutes", NEW."cutoff_working_days", NEW."id", NEW."meeting_at", NEW."meeting_weekday", NEW."minutes_per_case", NEW."name", NEW."organisation_id", NEW."palliative_when_spread", NOW(), \'update\', NEW."id", NEW."quorum", NEW."reference_prefix", NEW."staging_edition", NEW."version"); RETURN NULL;', hash='eb0d1ae01cd9faf8230ceda8f32d8e5dc5c9f68c', operation='UPDATE', pgid='pgtrigger_update_update_529da', table='accounts_team', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_teamhistory" ("afip_percentages_at", "afip_percentages_by_id", "capacity_minutes", "cutoff_working_days", "id", "meeting_at", "meeting_weekday", "minutes_per_case", "name", "organisation_id", "palliative_when_spread", "pgh_created_at", "pgh_label", "pgh_obj_id", "quorum", "reference_prefix", "staging_edition", "version") VALUES (OLD."afip_percentages_at", OLD."afip_percentages_by_id", OLD."capacity_minutes", OLD."cutoff_working_days", OLD."id", OLD."meeting_at", OLD."meeting_weekday", OLD."minutes_per_case", OLD."name", OLD."organisation_id", OLD."palliative_when_spread", NOW(), \'delete\', OLD."id", OLD."quorum", OLD."reference_prefix", OLD."staging_edition", OLD."version"); RETURN NULL;', hash='dd61f587fa7d2d582417ebca1a7440b2e551525e', operation='DELETE', pgid='pgtrigger_delete_delete_5bd04', table='accounts_team', when='AFTER')),
        ),
    ]

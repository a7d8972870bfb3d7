"""The week that a meeting stands for, and when a case was taken off a list."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from audit.together import Together


class Migration(migrations.Migration):

    dependencies = [
        ('mdt', '0003_before_and_after'),
    ]

    operations = [
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name='listing',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='listing',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='listing',
                name='delete_delete',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='meeting',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='meeting',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='meeting',
                name='delete_delete',
            ),
        ),
        Together(
            migrations.AddField(
                model_name='listing',
                name='off_at',
                field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='when it was taken off'),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='off_at',
                field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='when it was taken off'),
            ),
            migrations.AddField(
                model_name='meeting',
                name='rhythm_on',
                field=models.DateField(blank=True, editable=False, help_text='Which it keeps when it is moved to another day; none for an extra meeting', null=True, verbose_name='day of the weekly rhythm'),
            ),
            migrations.AddField(
                model_name='meetinghistory',
                name='rhythm_on',
                field=models.DateField(blank=True, editable=False, help_text='Which it keeps when it is moved to another day; none for an extra meeting', null=True, verbose_name='day of the weekly rhythm'),
            ),
            migrations.AlterField(
                model_name='listing',
                name='source',
                field=models.CharField(blank=True, choices=[('to_ratify', 'An urgent decision to ratify'), ('recurrence', 'A recurrence or new episode that no meeting has discussed'), ('post_operative', 'Histology after an operation'), ('results', 'Results since it was last discussed'), ('relisted', 'Listed again by the last decision, and due'), ('postponed', 'Put off by an earlier meeting'), ('not_delivered', 'The agreed plan was not delivered in time'), ('ready', 'Accepted and ready for its first discussion')], db_default='', default='', help_text='Empty: somebody put it on the list by hand', max_length=20, verbose_name='why it was proposed'),
            ),
            migrations.AlterField(
                model_name='listinghistory',
                name='source',
                field=models.CharField(blank=True, choices=[('to_ratify', 'An urgent decision to ratify'), ('recurrence', 'A recurrence or new episode that no meeting has discussed'), ('post_operative', 'Histology after an operation'), ('results', 'Results since it was last discussed'), ('relisted', 'Listed again by the last decision, and due'), ('postponed', 'Put off by an earlier meeting'), ('not_delivered', 'The agreed plan was not delivered in time'), ('ready', 'Accepted and ready for its first discussion')], db_default='', default='', help_text='Empty: somebody put it on the list by hand', max_length=20, verbose_name='why it was proposed'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='listing',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_listinghistory" ("created_at", "episode_id", "gaps_accepted_by_id", "gaps_accepted_reason", "guest", "id", "late_approved_at", "late_approved_by_id", "late_reason", "listed_by_id", "meeting_id", "minutes", "off_at", "off_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "pulled_back_at", "pulled_back_by_id", "pulled_back_reason", "question", "responsible_id", "source", "standard_confirmed_at", "standard_confirmed_by_id", "standard_id", "status", "status_reason", "track", "urgency", "version") VALUES (NEW."created_at", NEW."episode_id", NEW."gaps_accepted_by_id", NEW."gaps_accepted_reason", NEW."guest", NEW."id", NEW."late_approved_at", NEW."late_approved_by_id", NEW."late_reason", NEW."listed_by_id", NEW."meeting_id", NEW."minutes", NEW."off_at", NEW."off_reason", NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."position", NEW."pulled_back_at", NEW."pulled_back_by_id", NEW."pulled_back_reason", NEW."question", NEW."responsible_id", NEW."source", NEW."standard_confirmed_at", NEW."standard_confirmed_by_id", NEW."standard_id", NEW."status", NEW."status_reason", NEW."track", NEW."urgency", NEW."version"); RETURN NULL;', hash='18f6f43aa6d00485c46adf09bf183eb50860a1c5', operation='INSERT', pgid='pgtrigger_insert_insert_c129d', table='mdt_listing', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='listing',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_listinghistory" ("created_at", "episode_id", "gaps_accepted_by_id", "gaps_accepted_reason", "guest", "id", "late_approved_at", "late_approved_by_id", "late_reason", "listed_by_id", "meeting_id", "minutes", "off_at", "off_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "pulled_back_at", "pulled_back_by_id", "pulled_back_reason", "question", "responsible_id", "source", "standard_confirmed_at", "standard_confirmed_by_id", "standard_id", "status", "status_reason", "track", "urgency", "version") VALUES (NEW."created_at", NEW."episode_id", NEW."gaps_accepted_by_id", NEW."gaps_accepted_reason", NEW."guest", NEW."id", NEW."late_approved_at", NEW."late_approved_by_id", NEW."late_reason", NEW."listed_by_id", NEW."meeting_id", NEW."minutes", NEW."off_at", NEW."off_reason", NOW(), \'update\', NEW."id", NEW."plan_id", NEW."position", NEW."pulled_back_at", NEW."pulled_back_by_id", NEW."pulled_back_reason", NEW."question", NEW."responsible_id", NEW."source", NEW."standard_confirmed_at", NEW."standard_confirmed_by_id", NEW."standard_id", NEW."status", NEW."status_reason", NEW."track", NEW."urgency", NEW."version"); RETURN NULL;', hash='108bd80e85e6deb032b5ecc83a2469081c55a094', operation='UPDATE', pgid='pgtrigger_update_update_ecaf2', table='mdt_listing', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='listing',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_listinghistory" ("created_at", "episode_id", "gaps_accepted_by_id", "gaps_accepted_reason", "guest", "id", "late_approved_at", "late_approved_by_id", "late_reason", "listed_by_id", "meeting_id", "minutes", "off_at", "off_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "pulled_back_at", "pulled_back_by_id", "pulled_back_reason", "question", "responsible_id", "source", "standard_confirmed_at", "standard_confirmed_by_id", "standard_id", "status", "status_reason", "track", "urgency", "version") VALUES (OLD."created_at", OLD."episode_id", OLD."gaps_accepted_by_id", OLD."gaps_accepted_reason", OLD."guest", OLD."id", OLD."late_approved_at", OLD."late_approved_by_id", OLD."late_reason", OLD."listed_by_id", OLD."meeting_id", OLD."minutes", OLD."off_at", OLD."off_reason", NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."position", OLD."pulled_back_at", OLD."pulled_back_by_id", OLD."pulled_back_reason", OLD."question", OLD."responsible_id", OLD."source", OLD."standard_confirmed_at", OLD."standard_confirmed_by_id", OLD."standard_id", OLD."status", OLD."status_reason", OLD."track", OLD."urgency", OLD."version"); RETURN NULL;', hash='34cb5f4e83206f4dcaae47834229264c3b2fdd23', operation='DELETE', pgid='pgtrigger_delete_delete_90d86', table='mdt_listing', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='meeting',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_meetinghistory" ("chair_id", "created_at", "cut_off_at", "ended_at", "id", "is_extra", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "rhythm_on", "starts_at", "status", "team_id", "version") VALUES (NEW."chair_id", NEW."created_at", NEW."cut_off_at", NEW."ended_at", NEW."id", NEW."is_extra", NEW."opened_at", NOW(), \'insert\', NEW."id", NEW."place", NEW."rhythm_on", NEW."starts_at", NEW."status", NEW."team_id", NEW."version"); RETURN NULL;', hash='cf4d4912cd6c244373ab68c2218823691c2d2604', operation='INSERT', pgid='pgtrigger_insert_insert_6c41f', table='mdt_meeting', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='meeting',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_meetinghistory" ("chair_id", "created_at", "cut_off_at", "ended_at", "id", "is_extra", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "rhythm_on", "starts_at", "status", "team_id", "version") VALUES (NEW."chair_id", NEW."created_at", NEW."cut_off_at", NEW."ended_at", NEW."id", NEW."is_extra", NEW."opened_at", NOW(), \'update\', NEW."id", NEW."place", NEW."rhythm_on", NEW."starts_at", NEW."status", NEW."team_id", NEW."version"); RETURN NULL;', hash='81af6611be66fd033a41093cfc7b11209cea20f0', operation='UPDATE', pgid='pgtrigger_update_update_2c792', table='mdt_meeting', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='meeting',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_meetinghistory" ("chair_id", "created_at", "cut_off_at", "ended_at", "id", "is_extra", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "rhythm_on", "starts_at", "status", "team_id", "version") VALUES (OLD."chair_id", OLD."created_at", OLD."cut_off_at", OLD."ended_at", OLD."id", OLD."is_extra", OLD."opened_at", NOW(), \'delete\', OLD."id", OLD."place", OLD."rhythm_on", OLD."starts_at", OLD."status", OLD."team_id", OLD."version"); RETURN NULL;', hash='74c89eb7d3c019c7ee944ff7222ddb4a824e9f06', operation='DELETE', pgid='pgtrigger_delete_delete_31a54', table='mdt_meeting', when='AFTER')),
            ),
        ),
    ]

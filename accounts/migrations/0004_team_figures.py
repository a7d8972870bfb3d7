"""Figures that a team sets for its meetings: place, weeks ahead, targets, and where its images are seen."""

import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from audit.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_afip_percentages"),
    ]

    operations = [
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name="team",
                name="insert_insert",
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name="team",
                name="update_update",
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name="team",
                name="delete_delete",
            ),
        ),
        Together(
            migrations.AddField(
                model_name="team",
                name="attendance_target_percent",
                field=models.PositiveSmallIntegerField(
                    db_default=67,
                    default=67,
                    help_text="Share of meetings that each core member or their cover attends",
                ),
            ),
            migrations.AddField(
                model_name="team",
                name="delivery_due_days",
                field=models.PositiveSmallIntegerField(
                    db_default=31,
                    default=31,
                    help_text="Days from agreement after which an unscheduled plan is asked about",
                ),
            ),
            migrations.AddField(
                model_name="team",
                name="image_viewer_url",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="With {study} in the place of the study's identifier",
                    max_length=300,
                    validators=[
                        django.core.validators.RegexValidator(
                            "^https://\\S*\\{study\\}\\S*$", "Give an https address that contains {study}."
                        )
                    ],
                    verbose_name="address of the image viewer",
                ),
            ),
            migrations.AddField(
                model_name="team",
                name="meeting_place",
                field=models.CharField(blank=True, db_default="", default="", max_length=200),
            ),
            migrations.AddField(
                model_name="team",
                name="quorate_target_percent",
                field=models.PositiveSmallIntegerField(
                    db_default=95, default=95, help_text="Share of meetings that are quorate"
                ),
            ),
            migrations.AddField(
                model_name="team",
                name="weeks_ahead",
                field=models.PositiveSmallIntegerField(
                    db_default=8, default=8, help_text="For how many weeks meetings stand in the calendar"
                ),
            ),
            migrations.AddField(
                model_name="teamhistory",
                name="attendance_target_percent",
                field=models.PositiveSmallIntegerField(
                    db_default=67,
                    default=67,
                    help_text="Share of meetings that each core member or their cover attends",
                ),
            ),
            migrations.AddField(
                model_name="teamhistory",
                name="delivery_due_days",
                field=models.PositiveSmallIntegerField(
                    db_default=31,
                    default=31,
                    help_text="Days from agreement after which an unscheduled plan is asked about",
                ),
            ),
            migrations.AddField(
                model_name="teamhistory",
                name="image_viewer_url",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="With {study} in the place of the study's identifier",
                    max_length=300,
                    validators=[
                        django.core.validators.RegexValidator(
                            "^https://\\S*\\{study\\}\\S*$", "Give an https address that contains {study}."
                        )
                    ],
                    verbose_name="address of the image viewer",
                ),
            ),
            migrations.AddField(
                model_name="teamhistory",
                name="meeting_place",
                field=models.CharField(blank=True, db_default="", default="", max_length=200),
            ),
            migrations.AddField(
                model_name="teamhistory",
                name="quorate_target_percent",
                field=models.PositiveSmallIntegerField(
                    db_default=95, default=95, help_text="Share of meetings that are quorate"
                ),
            ),
            migrations.AddField(
                model_name="teamhistory",
                name="weeks_ahead",
                field=models.PositiveSmallIntegerField(
                    db_default=8, default=8, help_text="For how many weeks meetings stand in the calendar"
                ),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="team",
                trigger=pgtrigger.compiler.Trigger(
                    name="insert_insert",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func='INSERT INTO "accounts_teamhistory" ("afip_percentages_at", "afip_percentages_by_id", "attendance_target_percent", "capacity_minutes", "cutoff_working_days", "delivery_due_days", "id", "image_viewer_url", "meeting_at", "meeting_place", "meeting_weekday", "minutes_per_case", "name", "organisation_id", "palliative_when_spread", "pgh_created_at", "pgh_label", "pgh_obj_id", "quorate_target_percent", "quorum", "reference_prefix", "staging_edition", "version", "weeks_ahead") VALUES (NEW."afip_percentages_at", NEW."afip_percentages_by_id", NEW."attendance_target_percent", NEW."capacity_minutes", NEW."cutoff_working_days", NEW."delivery_due_days", NEW."id", NEW."image_viewer_url", NEW."meeting_at", NEW."meeting_place", NEW."meeting_weekday", NEW."minutes_per_case", NEW."name", NEW."organisation_id", NEW."palliative_when_spread", NOW(), \'insert\', NEW."id", NEW."quorate_target_percent", NEW."quorum", NEW."reference_prefix", NEW."staging_edition", NEW."version", NEW."weeks_ahead"); RETURN NULL;',
                        hash="622b618cfe21e14356e287199dc24f111821ad6b",
                        operation="INSERT",
                        pgid="pgtrigger_insert_insert_71b40",
                        table="accounts_team",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="team",
                trigger=pgtrigger.compiler.Trigger(
                    name="update_update",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                        func='INSERT INTO "accounts_teamhistory" ("afip_percentages_at", "afip_percentages_by_id", "attendance_target_percent", "capacity_minutes", "cutoff_working_days", "delivery_due_days", "id", "image_viewer_url", "meeting_at", "meeting_place", "meeting_weekday", "minutes_per_case", "name", "organisation_id", "palliative_when_spread", "pgh_created_at", "pgh_label", "pgh_obj_id", "quorate_target_percent", "quorum", "reference_prefix", "staging_edition", "version", "weeks_ahead") VALUES (NEW."afip_percentages_at", NEW."afip_percentages_by_id", NEW."attendance_target_percent", NEW."capacity_minutes", NEW."cutoff_working_days", NEW."delivery_due_days", NEW."id", NEW."image_viewer_url", NEW."meeting_at", NEW."meeting_place", NEW."meeting_weekday", NEW."minutes_per_case", NEW."name", NEW."organisation_id", NEW."palliative_when_spread", NOW(), \'update\', NEW."id", NEW."quorate_target_percent", NEW."quorum", NEW."reference_prefix", NEW."staging_edition", NEW."version", NEW."weeks_ahead"); RETURN NULL;',
                        hash="35c6c6f0ab82c4611d20eb5dca006e946ff27f1a",
                        operation="UPDATE",
                        pgid="pgtrigger_update_update_529da",
                        table="accounts_team",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="team",
                trigger=pgtrigger.compiler.Trigger(
                    name="delete_delete",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func='INSERT INTO "accounts_teamhistory" ("afip_percentages_at", "afip_percentages_by_id", "attendance_target_percent", "capacity_minutes", "cutoff_working_days", "delivery_due_days", "id", "image_viewer_url", "meeting_at", "meeting_place", "meeting_weekday", "minutes_per_case", "name", "organisation_id", "palliative_when_spread", "pgh_created_at", "pgh_label", "pgh_obj_id", "quorate_target_percent", "quorum", "reference_prefix", "staging_edition", "version", "weeks_ahead") VALUES (OLD."afip_percentages_at", OLD."afip_percentages_by_id", OLD."attendance_target_percent", OLD."capacity_minutes", OLD."cutoff_working_days", OLD."delivery_due_days", OLD."id", OLD."image_viewer_url", OLD."meeting_at", OLD."meeting_place", OLD."meeting_weekday", OLD."minutes_per_case", OLD."name", OLD."organisation_id", OLD."palliative_when_spread", NOW(), \'delete\', OLD."id", OLD."quorate_target_percent", OLD."quorum", OLD."reference_prefix", OLD."staging_edition", OLD."version", OLD."weeks_ahead"); RETURN NULL;',
                        hash="f6bfcec962e44b300fec3a7f343e7adef90d508f",
                        operation="DELETE",
                        pgid="pgtrigger_delete_delete_5bd04",
                        table="accounts_team",
                        when="AFTER",
                    ),
                ),
            ),
        ),
    ]

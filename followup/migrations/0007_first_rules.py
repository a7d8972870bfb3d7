"""The rules of reminding with which an installation begins; administrators change them. They are no standard's."""

from django.db import migrations

RULES = [
    ("review_due", -14, "days", "owner", "", "product"),
    ("review_due", 0, "days", "owner", "", "digest"),
    ("review_due", 14, "days", "owner", "", "at_once"),
    ("review_due", 28, "days", "role", "coordinator", "digest"),
    ("opinion_step_due", -1, "working_days", "owner", "", "digest"),
    ("opinion_step_due", 0, "days", "owner", "", "at_once"),
    ("opinion_step_due", 3, "working_days", "role", "coordinator", "digest"),
    ("gap_due", -2, "working_days", "owner", "", "digest"),
    ("gap_due", 0, "days", "owner", "", "at_once"),
    ("gap_due", 1, "working_days", "role", "coordinator", "digest"),
    ("action_due", 0, "days", "owner", "", "digest"),
    ("action_due", 5, "working_days", "role", "coordinator", "digest"),
    ("ratification_due", 0, "days", "owner", "", "at_once"),
    ("ratification_due", 2, "working_days", "role", "coordinator", "at_once"),
    ("letter_due", 0, "days", "owner", "", "at_once"),
    ("letter_due", 2, "working_days", "role", "coordinator", "digest"),
    ("patient_to_tell", 0, "days", "owner", "", "at_once"),
    ("patient_to_tell", 1, "working_days", "role", "coordinator", "at_once"),
    ("plan_not_started", 1, "days", "owner", "", "digest"),
    ("plan_not_started", 8, "days", "role", "coordinator", "digest"),
    ("schedule_to_confirm", 0, "days", "owner", "", "digest"),
    ("schedule_to_confirm", 14, "days", "role", "coordinator", "digest"),
]
"""Kind, days from the due date, their unit, to whom, of which role, how."""


def make(apps, schema_editor):
    ReminderRule = apps.get_model("followup", "ReminderRule")
    names = ("kind", "offset", "unit", "audience", "role")
    for *rule, channel in RULES:  # those that are there stay as an administrator set them
        ReminderRule.objects.get_or_create(**dict(zip(names, rule, strict=True)), defaults={"channel": channel})


class Migration(migrations.Migration):
    dependencies = [("followup", "0006_reminders_are_told_by_mails")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]

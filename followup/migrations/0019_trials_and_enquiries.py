"""Trials to verify and enquiries to answer are owed to somebody, with the first rules of reminding of them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

RULES = [
    ("trial_stale", 0, "days", "owner", "", "digest"),
    ("trial_stale", 14, "days", "role", "trial_coordinator", "digest"),
    ("enquiry_due", -2, "working_days", "owner", "", "digest"),
    ("enquiry_due", 0, "days", "owner", "", "digest"),
    ("enquiry_due", 1, "working_days", "role", "coordinator", "digest"),
]
"""Kind, days from the due date, their unit, to whom, of which role, how."""

KINDS = ["trial_stale", "enquiry_due"]


def make(apps, schema_editor):
    ReminderRule = apps.get_model("followup", "ReminderRule")
    for kind, offset, unit, audience, role, channel in RULES:
        same = {"kind": kind, "offset": offset, "unit": unit, "audience": audience, "role": role}
        ReminderRule.objects.get_or_create(**same, defaults={"channel": channel})


def unmake(apps, schema_editor):
    """A version that does not know the kinds could not show what they told."""
    apps.get_model("followup", "Reminder").objects.filter(kind__in=KINDS).delete()
    apps.get_model("followup", "ReminderRule").objects.filter(kind__in=KINDS).delete()


class Migration(migrations.Migration):
    dependencies = [("followup", "0018_without_a_case")]
    operations = [
        ValidateConstraint("reminder", "followup_reminder_of_case_or_not"),
        migrations.RunPython(make, unmake),
    ]

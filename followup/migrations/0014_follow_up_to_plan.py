"""Follow-up without a next step is owed to somebody, with the first rules of reminding of it."""

from django.db import migrations, models

RULES = [
    ("follow_up_to_plan", 0, "days", "owner", "", "digest"),
    ("follow_up_to_plan", 14, "days", "role", "coordinator", "digest"),
]
"""Kind, days from the due date, their unit, to whom, of which role, how."""

KINDS = [
    ("review_due", "Review due"),
    ("opinion_step_due", "Second opinion: step due"),
    ("gap_due", "Facts missing before the meeting"),
    ("action_due", "Action due"),
    ("ratification_due", "Decision to ratify"),
    ("letter_due", "Outcome letter due"),
    ("patient_to_tell", "Patient to be told"),
    ("plan_not_started", "Agreed plan not started in time"),
    ("schedule_to_confirm", "Follow-up to confirm"),
    ("follow_up_to_plan", "Follow-up to plan"),
]
ENDS = [
    ("completed", "Follow-up completed"),
    ("recurrence", "Recurrence or metastasis"),
    ("died", "The patient died"),
    ("lost_to_follow_up", "Lost to follow-up"),
    ("patient_choice", "The patient wants no further follow-up"),
    ("transferred", "Followed up elsewhere"),
    ("replaced", "Replaced by another schedule"),
    ("case_closed", "The case was closed"),
]


def make(apps, schema_editor):
    ReminderRule = apps.get_model("followup", "ReminderRule")
    for kind, offset, unit, audience, role, channel in RULES:
        same = {"kind": kind, "offset": offset, "unit": unit, "audience": audience, "role": role}
        ReminderRule.objects.get_or_create(**same, defaults={"channel": channel})


def unmake(apps, schema_editor):
    """A version that does not know the kind could not show what it told."""
    apps.get_model("followup", "Reminder").objects.filter(kind="follow_up_to_plan").delete()
    apps.get_model("followup", "ReminderRule").objects.filter(kind="follow_up_to_plan").delete()


class Migration(migrations.Migration):
    dependencies = [("followup", "0013_other_parts_shown")]
    operations = [
        *(
            migrations.AlterField(
                model_name=model,
                name="kind",
                field=models.CharField(choices=KINDS, max_length=20),
            )
            for model in ("reminder", "reminderrule", "reminderrulehistory")
        ),
        *(
            migrations.AlterField(
                model_name=model,
                name="ended_reason",
                field=models.CharField(blank=True, choices=ENDS, max_length=20),
            )
            for model in ("reviewschedule", "reviewschedulehistory")
        ),
        migrations.RunPython(make, unmake),
    ]

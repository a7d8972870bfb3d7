"""The next step of a referral to a trial is owed to somebody, with the first rules of reminding of it."""

from django.db import migrations, models

RULES = [
    ("trial_step_due", 0, "days", "owner", "", "digest"),
    ("trial_step_due", 5, "working_days", "role", "trial_coordinator", "digest"),
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
    ("trial_step_due", "Referral to a trial: step due"),
]


def make(apps, schema_editor):
    ReminderRule = apps.get_model("followup", "ReminderRule")
    for kind, offset, unit, audience, role, channel in RULES:
        same = {"kind": kind, "offset": offset, "unit": unit, "audience": audience, "role": role}
        ReminderRule.objects.get_or_create(**same, defaults={"channel": channel})


def unmake(apps, schema_editor):
    """A version that does not know the kind could not show what it told."""
    apps.get_model("followup", "Reminder").objects.filter(kind="trial_step_due").delete()
    apps.get_model("followup", "ReminderRule").objects.filter(kind="trial_step_due").delete()


class Migration(migrations.Migration):
    dependencies = [("followup", "0016_found_by_their_day"), ("trials", "0001_register")]
    operations = [
        *(
            migrations.AlterField(
                model_name=model,
                name="kind",
                field=models.CharField(choices=KINDS, max_length=20),
            )
            for model in ("reminder", "reminderrule", "reminderrulehistory")
        ),
        migrations.RunPython(make, unmake),
    ]

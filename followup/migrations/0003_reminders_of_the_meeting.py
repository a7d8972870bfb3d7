"""Reminders of what a meeting needs before it, and of what follows it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("followup", "0002_append_only")]
    operations = [
        migrations.AlterField(
            model_name="reminder",
            name="kind",
            field=models.CharField(
                choices=[
                    ("review_due", "Review due"),
                    ("opinion_step_due", "Second opinion: step due"),
                    ("gap_due", "Facts missing before the meeting"),
                    ("action_due", "Action due"),
                    ("ratification_due", "Decision to ratify"),
                    ("letter_due", "Outcome letter due"),
                    ("patient_to_tell", "Patient to be told"),
                    ("plan_not_started", "Agreed plan not started in time"),
                ],
                max_length=20,
            ),
        ),
    ]

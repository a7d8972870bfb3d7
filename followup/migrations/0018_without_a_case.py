"""A reminder may be about a trial to verify or an enquiry to answer, and then is about no case."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

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
    ("trial_stale", "Trial to verify"),
    ("enquiry_due", "Enquiry to answer"),
]
WITHOUT_CASE = ("trial_stale", "enquiry_due")


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_validate_percent"), ("followup", "0017_trial_steps"), ("trials", "0001_register")]
    operations = [
        *(
            migrations.AlterField(
                model_name=model,
                name="kind",
                field=models.CharField(choices=KINDS, max_length=20),
            )
            for model in ("reminder", "reminderrule", "reminderrulehistory")
        ),
        # Altered as a field, its foreign key would be dropped and checked anew, row by row.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE followup_reminder ALTER COLUMN case_id DROP NOT NULL",
                    "ALTER TABLE followup_reminder ALTER COLUMN case_id SET NOT NULL",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="reminder",
                    name="case",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="Empty: about a trial or an enquiry",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="cases.case",
                    ),
                )
            ],
        ),
        AddConstraintNotValid(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case__isnull", True), ("kind__in", WITHOUT_CASE)),
                    models.Q(
                        models.Q(("kind__in", WITHOUT_CASE), _negated=True), ("case__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="followup_reminder_of_case_or_not",
            ),
        ),
    ]

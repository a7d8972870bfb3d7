"""The timeline of a case tells of its referrals to trials; only names of choices, no statement."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0014_validate_percent"),
    ]

    operations = [
        migrations.AlterField(
            model_name="caseevent",
            name="type",
            field=models.CharField(
                choices=[
                    ("referred", "Referred"),
                    ("accepted", "Referral accepted"),
                    ("first_seen", "First seen"),
                    ("diagnosed", "Diagnosis recorded"),
                    ("diagnosis_changed", "Diagnosis changed"),
                    ("staged", "Stage worked out"),
                    ("stage_changed", "Stage changed"),
                    ("pathology", "Pathology report"),
                    ("imaging", "Imaging report"),
                    ("listed", "Put on a meeting's list"),
                    ("plan_proposed", "Plan proposed"),
                    ("discussed", "Discussed"),
                    ("decided_to_treat", "Plan agreed"),
                    ("informed", "Patient informed"),
                    ("treatment_started", "Treatment started"),
                    ("treatment_ended", "Treatment ended"),
                    ("reviewed", "Reviewed"),
                    ("recurred", "Recurrence"),
                    ("episode_started", "New episode"),
                    ("reopened", "Case re-opened"),
                    ("opinion", "Second opinion"),
                    ("trial_referred", "Referred to a trial"),
                    ("trial_screening", "Screening for a trial"),
                    ("trial_enrolled", "Enrolled in a trial"),
                    ("trial_screen_failure", "Screening for a trial failed"),
                    ("trial_declined", "Trial declined by the patient"),
                    ("trial_not_taken", "Not taken by the trial team"),
                    ("trial_withdrawn", "Referral to a trial withdrawn"),
                    ("died", "Died"),
                    ("closed", "Case closed"),
                ],
                max_length=30,
            ),
        ),
    ]

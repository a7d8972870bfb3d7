"""Takes from reminders what their mails hold since 0005.

The version before reads these columns: stop web, workers and scheduler while this runs (docs/how-to/run-it-for-a-centre.md).
"""

from django.db import migrations, models

from audit.together import Together


class Migration(migrations.Migration):
    dependencies = [("followup", "0005_reminders_have_mails")]
    operations = [
        migrations.RemoveIndex(model_name="reminder", name="followup_reminder_to_send"),
        migrations.RemoveIndex(model_name="reminder", name="followup_reminder_unread"),
        migrations.RemoveIndex(model_name="reminder", name="followup_reminder_failed"),
        Together(
            migrations.RemoveField(model_name="reminder", name="attempts"),
            migrations.RemoveField(model_name="reminder", name="claimed_by"),
            migrations.RemoveField(model_name="reminder", name="claimed_until"),
            migrations.RemoveField(model_name="reminder", name="handed_over_at"),
            migrations.RemoveField(model_name="reminder", name="in_doubt"),
            migrations.RemoveField(model_name="reminder", name="last_error"),
            migrations.RemoveField(model_name="reminder", name="message_id"),
            migrations.RemoveField(model_name="reminder", name="next_try_at"),
            migrations.RemoveField(model_name="reminder", name="sent_at"),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="status",
            field=models.CharField(
                choices=[("owed", "To do"), ("settled", "Done, or owed no longer")], default="owed", max_length=10
            ),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True), ("status", "owed")),
                fields=["person"],
                name="followup_reminder_new",
            ),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(
                condition=models.Q(("status", "owed")), fields=["case"], name="followup_reminder_of_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("kind", "target_id", "step", "rule", "person"),
                name="followup_reminder_once_by_rule",
                nulls_distinct=False,
            ),
        ),
    ]

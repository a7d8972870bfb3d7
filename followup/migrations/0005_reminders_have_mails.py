"""What was sent or waits to be sent moves from the reminder to its mail, so that one mail can tell of several."""

from django.db import migrations, models

COPY = """
    INSERT INTO followup_mail (
        kind, person_id, status, message_id, attempts, next_try_at, claimed_by, claimed_until, handed_over_at,
        sent_at, in_doubt, last_error, bounce_status, created_at
    )
    SELECT 'at_once', person_id, status, message_id, attempts, next_try_at, claimed_by, claimed_until, handed_over_at,
           sent_at, in_doubt, last_error, '', created_at
      FROM followup_reminder;
    UPDATE followup_reminder reminder
       SET mail_id = mail.id, status = CASE reminder.status WHEN 'cancelled' THEN 'settled' ELSE 'owed' END
      FROM followup_mail mail
     WHERE mail.message_id = reminder.message_id;
"""

# One row for each due date again: of several rules' the newest stays. A mail that told of several goes with the first.
# Foreign keys are checked before the table is altered, which waits for no check that is left for later.
COPY_BACK = """
    DELETE FROM followup_reminder older
     USING followup_reminder newer
     WHERE newer.kind = older.kind AND newer.target_id = older.target_id AND newer.step = older.step
       AND newer.person_id = older.person_id AND newer.id > older.id;
    UPDATE followup_reminder
       SET message_id = '<reminder-' || replace(gen_random_uuid()::text, '-', '') || '@back>',
           status = CASE status WHEN 'settled' THEN 'cancelled' ELSE 'sent' END;
    UPDATE followup_reminder reminder
       SET status = CASE reminder.status WHEN 'cancelled' THEN 'cancelled' ELSE mail.status END,
           message_id = mail.message_id, attempts = mail.attempts, next_try_at = mail.next_try_at,
           claimed_by = mail.claimed_by, claimed_until = mail.claimed_until, handed_over_at = mail.handed_over_at,
           sent_at = mail.sent_at, in_doubt = mail.in_doubt, last_error = mail.last_error
      FROM followup_mail mail
     WHERE mail.id = reminder.mail_id
       AND reminder.id = (SELECT min(first.id) FROM followup_reminder first WHERE first.mail_id = mail.id);
    UPDATE followup_reminder SET mail_id = NULL WHERE mail_id IS NOT NULL;
    DELETE FROM followup_mail;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("followup", "0004_schedules_opinions_and_rules")]
    operations = [
        migrations.RemoveConstraint(model_name="reminder", name="followup_reminder_once"),
        migrations.AlterField(
            model_name="reminder",
            name="message_id",
            field=models.CharField(
                max_length=120, unique=True, null=True, help_text="The same on every try"
            ),
        ),
        migrations.RunSQL(COPY, COPY_BACK),
    ]

"""Each minute's search finds the reviews of a day, and what was told of it, without looking at every other row."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody waits while the indexes are made
    dependencies = [("followup", "0015_digests_in_doubt_go_alone")]
    operations = [
        AddIndexConcurrently(
            model_name="reminder",
            index=models.Index(
                condition=models.Q(("status", "owed")),
                fields=["kind", "due_on"],
                name="followup_reminder_of_day",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("status", "scheduled")),
                fields=["due_on"],
                include=("id", "episode", "responsible"),
                name="followup_review_due_whose",
            ),
        ),
        RemoveIndexConcurrently(model_name="review", name="followup_review_due"),
    ]

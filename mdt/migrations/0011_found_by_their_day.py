"""What is due is found by its day, without looking at what is not."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

OPEN = models.Q(("closed_at__isnull", True))
ASKED = models.Q(("closed_at__isnull", True), ("reminded_at__isnull", False))
TIME = models.Q(("choice", "wants_time"), ("decide_by_on__isnull", False))
NOT_DONE = models.Q(("done_at__isnull", True))
NAMED = models.Q(("to_ratify_by__isnull", False))
URGENT = models.Q(("kind", "urgent"))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mdt", "0010_in_the_room")]

    operations = [
        AddIndexConcurrently("gap", models.Index(fields=["due_on"], name="mdt_gap_open_due", condition=OPEN)),
        AddIndexConcurrently(
            "gap", models.Index(fields=["reminded_at"], name="mdt_gap_asked", condition=ASKED)
        ),
        AddIndexConcurrently(
            "action", models.Index(fields=["due_on"], name="mdt_action_open_due", condition=NOT_DONE)
        ),
        AddIndexConcurrently(
            "decision",
            models.Index(
                fields=["ratify_by_on", "recorded_at"], name="mdt_decision_ratify_by", condition=NAMED
            ),
        ),
        AddIndexConcurrently(
            "decision", models.Index(fields=["ratify_at"], name="mdt_decision_ratify_at", condition=URGENT)
        ),
        AddIndexConcurrently("meeting", models.Index(fields=["starts_at"], name="mdt_meeting_starts")),
        AddIndexConcurrently(
            "telling", models.Index(fields=["decide_by_on"], name="mdt_telling_decide_by", condition=TIME)
        ),
    ]

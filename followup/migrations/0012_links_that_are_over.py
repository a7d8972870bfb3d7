"""Links of experts that are over, or run out, are found by their day."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followup", "0011_mails_in_doubt")]

    operations = [
        AddIndexConcurrently(
            "expertlink",
            models.Index(
                Coalesce("ended_at", "expires_at"),
                name="followup_expert_link_over",
                condition=models.Q(("ended_reason__in", ["", "too_many_tries"])),
            ),
        ),
    ]

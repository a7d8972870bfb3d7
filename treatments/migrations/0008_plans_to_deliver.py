"""Plans whose treatments are to come are chosen by the day on which they were agreed."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody waits while the index is made
    dependencies = [("treatments", "0007_delivery")]
    operations = [
        AddIndexConcurrently(
            model_name="plan",
            index=models.Index(
                condition=models.Q(("status__in", ("agreed", "in_progress"))),
                fields=["agreed_at"],
                name="treatments_plan_to_deliver",
            ),
        ),
    ]

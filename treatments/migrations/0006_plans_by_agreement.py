"""Reports choose plans by the day on which they were agreed."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody waits while the index is made
    dependencies = [("treatments", "0005_local_rules")]
    operations = [
        AddIndexConcurrently(
            model_name="plan",
            index=models.Index(
                condition=models.Q(("agreed_at__isnull", False)),
                fields=["agreed_at"],
                name="treatments_plan_agreed",
            ),
        ),
    ]

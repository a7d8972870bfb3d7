"""When something last arrived at each webhook and when a try last failed; messages that were given up are found at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interop", "0002_exchanges")]

    operations = [
        migrations.AddField("webhook", "last_success_at", models.DateTimeField(null=True)),
        migrations.AddField("webhook", "last_failure_at", models.DateTimeField(null=True)),
        AddIndexConcurrently(
            "webhookmessage",
            models.Index(
                fields=["webhook"], name="interop_message_dead", condition=models.Q(("status", "dead"))
            ),
        ),
    ]

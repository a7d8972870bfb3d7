"""Since when nothing arrives at a webhook, so that the service can switch it off."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interop", "0003_how_webhooks_fare")]

    operations = [
        migrations.AddField(
            "webhook",
            "failing_since",
            models.DateTimeField(help_text="Nothing arrived since; off: so it was switched off", null=True),
        ),
    ]

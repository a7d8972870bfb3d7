"""Deliveries that were given up are counted without reading all that were made."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('audit', '0004_heartbeat'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='outboxentry',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['consumer'], name='audit_outbox_failed'),
        ),
    ]

"""Cases that wait for a meeting are found without reading every list."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('mdt', '0004_rhythm_and_when_taken_off'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='decision',
            index=models.Index(condition=models.Q(('kind', 'urgent')), fields=['episode'], name='mdt_decision_urgent'),
        ),
        AddIndexConcurrently(
            model_name='decision',
            index=models.Index(condition=models.Q(('relist_on__isnull', False)), fields=['relist_on'], name='mdt_decision_relist'),
        ),
        AddIndexConcurrently(
            model_name='listing',
            index=models.Index(condition=models.Q(('status__in', ('to_approve', 'listed', 'discussing', 'discussed'))), fields=['episode'], name='mdt_listing_standing'),
        ),
        AddIndexConcurrently(
            model_name='listing',
            index=models.Index(condition=models.Q(('status__in', ('postponed', 'withdrawn'))), fields=['episode'], name='mdt_listing_off'),
        ),
    ]

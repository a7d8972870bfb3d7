"""New episodes and new reports are found without reading the whole history."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cases', '0008_documents_append_only'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='episode',
            index=models.Index(condition=models.Q(('kind', 'primary'), _negated=True), fields=['case'], name='cases_episode_later'),
        ),
        AddIndexConcurrently(
            model_name='imagingreport',
            index=models.Index(condition=models.Q(('source', '')), fields=['episode', 'created_at'], name='cases_imaging_new'),
        ),
        AddIndexConcurrently(
            model_name='pathologyreport',
            index=models.Index(condition=models.Q(('source', '')), fields=['episode', 'created_at'], name='cases_pathology_new'),
        ),
    ]

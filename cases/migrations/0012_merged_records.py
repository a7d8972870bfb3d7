"""Merged records are found by an index; the constraint of 0011 is looked at without holding anybody up."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cases', '0011_merging'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='patient',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='cases_patient_merged'),
        ),
        ValidateConstraint('patient', 'cases_patient_not_merged_into_itself'),
    ]

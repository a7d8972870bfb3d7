"""Look at the constraint of 0013 without holding up whoever writes a result meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_biomarker_percent")]
    operations = [ValidateConstraint("biomarker", "cases_biomarker_percent")]

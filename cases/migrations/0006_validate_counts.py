"""Look at the constraints of 0005 without holding up whoever writes a report meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_stage_records")]
    operations = [
        ValidateConstraint("pathologyreport", "cases_pathology_counted"),
        ValidateConstraint("pathologyreport", "cases_pathology_fields"),
        ValidateConstraint("pathologyreport", "cases_pathology_field_diameter"),
        ValidateConstraint("pathologyreport", "cases_pathology_field_area"),
        ValidateConstraint("pathologyreport", "cases_pathology_per_mm2"),
        ValidateConstraint("pathologyreport", "cases_pathology_per_5_mm2"),
    ]

"""History and what is fixed when recorded: the application may add to it, and change nothing."""

from django.db import migrations

from audit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("treatments", "0001_initial")]
    operations = [
        AppendOnly(
            "treatments_holdhistory",
            "treatments_planhistory",
            "treatments_responsehistory",
            "treatments_treatmenthistory",
            "treatments_check",
        ),
    ]

"""One index finds a family name by its beginning and keeps the order of names."""

from django.db import migrations, models
from django.db.models.functions import Collate, Upper


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_imports"),
    ]
    operations = [
        migrations.RemoveIndex(model_name="patient", name="cases_patient_name"),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                Collate(Upper("family_name"), "C"),
                Collate(Upper("given_name"), "C"),
                name="cases_patient_by_name",
            ),
        ),
    ]

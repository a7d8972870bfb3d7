"""Issued letters are listed newest first without sorting all of them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mdt", "0008_texts_of_minutes")]

    operations = [
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("status", "issued")),
                fields=["-issued_at", "-id"],
                name="mdt_letter_issued",
            ),
        ),
    ]

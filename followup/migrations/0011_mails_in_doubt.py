"""E-mails that may have gone out twice are counted without looking at the others."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followup", "0009_room_for_every_treatment")]

    operations = [
        AddIndexConcurrently(
            "mail",
            models.Index(
                fields=["id"], name="followup_mail_in_doubt", condition=models.Q(("in_doubt", True))
            ),
        ),
    ]

"""How many enquiries came by the public form within the hour is counted by an index of its own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody waits while the index is made
    dependencies = [("trials", "0007_enquiry_details")]
    operations = [
        AddIndexConcurrently(
            model_name="enquiry",
            index=models.Index(fields=["channel", "-received_at"], name="trials_enquiry_channel"),
        ),
    ]

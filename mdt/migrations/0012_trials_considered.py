"""A decision names which of the trials that may fit were considered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mdt", "0011_found_by_their_day")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="trials_considered",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="Of each trial of the register: its id, name, number, and what matching said then",
            ),
        ),
    ]

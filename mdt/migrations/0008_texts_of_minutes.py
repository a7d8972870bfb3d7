"""A team writes a text for its minutes and actions too; the column stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mdt", "0007_issued_letters_stay")]

    operations = [
        migrations.AlterField(
            model_name="lettertemplate",
            name="kind",
            field=models.CharField(
                choices=[
                    ("clinical", "Letter to the referring clinician and the GP"),
                    ("patient", "Letter to the patient"),
                    ("minutes", "Minutes of a meeting"),
                    ("actions", "Actions of a meeting"),
                ],
                max_length=10,
            ),
        ),
    ]

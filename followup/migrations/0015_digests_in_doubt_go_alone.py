"""A digest that may have been told is no longer the person's open one; and the longest step of a reminder has room."""

from django.db import migrations, models

ALONE = "UPDATE followup_mail SET kind = 'at_once' WHERE kind = 'digest' AND status = 'pending' AND in_doubt"


class Migration(migrations.Migration):
    dependencies = [("followup", "0014_follow_up_to_plan")]
    operations = [
        migrations.RemoveConstraint(model_name="mail", name="followup_digest_open_once"),
        migrations.RunSQL(migrations.RunSQL.noop, ALONE),  # before the old index, which takes one of a person
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_doubt", False), ("kind", "digest"), ("status", "pending")),
                fields=("person",),
                name="followup_digest_open_once",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="step",
            field=models.CharField(
                max_length=40, help_text="Which due date or step of the target it is about"
            ),
        ),
    ]

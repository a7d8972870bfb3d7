"""Parts chosen anew while a share or a link is open have a line in the log of what went where."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('followup', '0012_links_that_are_over'),
    ]

    operations = [
        migrations.AlterField(
            model_name='opinionsending',
            name='how',
            field=models.CharField(choices=[('pack', 'Pack (PDF)'), ('bundle', 'Structured bundle'), ('share', 'Shared with the team asked'), ('link', 'Link made for an outside expert'), ('opened', 'Opened by the outside expert'), ('shown', 'Other parts chosen while it was open')], max_length=10),
        ),
    ]

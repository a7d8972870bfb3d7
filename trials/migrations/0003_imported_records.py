"""What a registry said of a study is kept with its import, to tell its changes from those made here."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trials', '0002_match_runs'),
    ]

    operations = [
        migrations.AddField(
            model_name='importedstudy',
            name='file',
            field=models.CharField(blank=True, db_default='', help_text='Of several files, the one that it was in', max_length=300),
        ),
        migrations.AddField(
            model_name='importedstudy',
            name='posted_on',
            field=models.DateField(null=True, verbose_name='last update posted'),
        ),
        migrations.AddField(
            model_name='importedstudy',
            name='record',
            field=models.JSONField(help_text='What the registry said, by field; kept where it differs from what it said before', null=True),
        ),
        migrations.AddField(
            model_name='importedstudy',
            name='version_on',
            field=models.DateField(null=True, verbose_name="day of the registry's data"),
        ),
        migrations.AddField(
            model_name='registerimport',
            name='notes',
            field=models.JSONField(db_default=[], default=list, help_text='What is to be said of it as a whole, in sentences'),
        ),
        migrations.AlterField(
            model_name='importedstudy',
            name='place',
            field=models.PositiveIntegerField(help_text='Its place in the import, from 1'),
        ),
    ]

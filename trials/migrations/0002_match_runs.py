"""A run of matching says how far it is, and only one of a trial (or of everything) works at a time."""

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trials', '0001_register'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='matchrun',
            name='total',
            field=models.PositiveIntegerField(default=0, verbose_name='episodes to look at'),
        ),
        migrations.AddField(
            model_name='matchrun',
            name='worked_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AlterField(
            model_name='matchrun',
            name='cause',
            field=models.CharField(choices=[('nightly', 'Every night'), ('import', 'Cases were imported'), ('trial', 'A trial changed'), ('asked', 'Somebody asked')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='matchrun',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('trial',), name='trials_run_one_at_a_time', nulls_distinct=False),
        ),
    ]

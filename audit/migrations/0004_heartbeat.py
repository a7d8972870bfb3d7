"""When each part of the service was last seen at work."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_read_log'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('took_ms', models.PositiveIntegerField(null=True)),
                ('detail', models.JSONField(default=dict, help_text='Counts only')),
            ],
        ),
    ]

"""What clients sent and what was refused to them, for 30 days."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_sandboxes'),
        ('interop', '0001_changes_and_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('operation', models.CharField(help_text="As the API's document names it; never an address", max_length=80)),
                ('method', models.CharField(max_length=8)),
                ('status', models.PositiveSmallIntegerField()),
                ('problem', models.CharField(blank=True, help_text='The title of the refusal, never its detail', max_length=100)),
                ('request_id', models.CharField(max_length=64)),
                ('ms', models.PositiveIntegerField()),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exchanges', to='accounts.client')),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['client', '-at'], name='interop_exchange_client'), models.Index(fields=['at'], name='interop_exchange_at'), models.Index(fields=['request_id'], name='interop_exchange_request')],
            },
        ),
    ]

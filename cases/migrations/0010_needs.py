"""What a patient needs beside treatment, and its history, which the application may only add to."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from audit.append_only import AppendOnly
from audit.together import Together


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0009_what_is_new'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name='Needs',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField(verbose_name='date')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('has_symptoms', models.BooleanField(blank=True, null=True, verbose_name='symptoms to control')),
                    ('symptoms', models.TextField(blank=True, verbose_name='which symptoms')),
                    ('holistic', models.CharField(blank=True, choices=[('offered', 'Offered'), ('done', 'Done'), ('declined', 'Declined')], max_length=10, verbose_name='holistic needs assessment')),
                    ('holistic_on', models.DateField(blank=True, null=True, verbose_name='date of the assessment, or of the offer')),
                    ('interpreter', models.CharField(blank=True, max_length=60, verbose_name='language of the interpreter')),
                    ('fertility', models.CharField(blank=True, choices=[('discussed', 'Discussed'), ('referred', 'Discussed, referred to preserve it'), ('declined', 'Offered, the patient did not want to discuss it'), ('not_applicable', 'Does not apply')], max_length=15)),
                    ('support', models.TextField(blank=True, verbose_name='other support')),
                    ('note', models.TextField(blank=True)),
                    ('episode', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='needs', to='cases.episode')),
                    ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name_plural': 'needs',
                    'ordering': ['-on', '-id'],
                },
            ),
            migrations.CreateModel(
                name='NeedsHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('on', models.DateField(verbose_name='date')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('has_symptoms', models.BooleanField(blank=True, null=True, verbose_name='symptoms to control')),
                    ('symptoms', models.TextField(blank=True, verbose_name='which symptoms')),
                    ('holistic', models.CharField(blank=True, choices=[('offered', 'Offered'), ('done', 'Done'), ('declined', 'Declined')], max_length=10, verbose_name='holistic needs assessment')),
                    ('holistic_on', models.DateField(blank=True, null=True, verbose_name='date of the assessment, or of the offer')),
                    ('interpreter', models.CharField(blank=True, max_length=60, verbose_name='language of the interpreter')),
                    ('fertility', models.CharField(blank=True, choices=[('discussed', 'Discussed'), ('referred', 'Discussed, referred to preserve it'), ('declined', 'Offered, the patient did not want to discuss it'), ('not_applicable', 'Does not apply')], max_length=15)),
                    ('support', models.TextField(blank=True, verbose_name='other support')),
                    ('note', models.TextField(blank=True)),
                    ('episode', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.episode')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='cases.needs')),
                    ('recorded_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                },
            ),
        ),
        migrations.AddIndex(
            model_name='needs',
            index=models.Index(fields=['episode', '-on'], name='cases_needs_episode'),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='needs',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_needshistory" ("created_at", "episode_id", "fertility", "has_symptoms", "holistic", "holistic_on", "id", "interpreter", "note", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "support", "symptoms") VALUES (NEW."created_at", NEW."episode_id", NEW."fertility", NEW."has_symptoms", NEW."holistic", NEW."holistic_on", NEW."id", NEW."interpreter", NEW."note", NEW."on", NOW(), \'insert\', NEW."id", NEW."recorded_by_id", NEW."support", NEW."symptoms"); RETURN NULL;', hash='9d78bb4a2e85e5632e68ee4400185908570c64ae', operation='INSERT', pgid='pgtrigger_insert_insert_e0aa9', table='cases_needs', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='needs',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_needshistory" ("created_at", "episode_id", "fertility", "has_symptoms", "holistic", "holistic_on", "id", "interpreter", "note", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "support", "symptoms") VALUES (NEW."created_at", NEW."episode_id", NEW."fertility", NEW."has_symptoms", NEW."holistic", NEW."holistic_on", NEW."id", NEW."interpreter", NEW."note", NEW."on", NOW(), \'update\', NEW."id", NEW."recorded_by_id", NEW."support", NEW."symptoms"); RETURN NULL;', hash='1d6d21a4dc4953612d3e080182b8038504a327cd', operation='UPDATE', pgid='pgtrigger_update_update_2c295', table='cases_needs', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='needs',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_needshistory" ("created_at", "episode_id", "fertility", "has_symptoms", "holistic", "holistic_on", "id", "interpreter", "note", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "support", "symptoms") VALUES (OLD."created_at", OLD."episode_id", OLD."fertility", OLD."has_symptoms", OLD."holistic", OLD."holistic_on", OLD."id", OLD."interpreter", OLD."note", OLD."on", NOW(), \'delete\', OLD."id", OLD."recorded_by_id", OLD."support", OLD."symptoms"); RETURN NULL;', hash='a0653ea8b9b010b87bb43ecb50664b3c5960aaa7', operation='DELETE', pgid='pgtrigger_delete_delete_e10c9', table='cases_needs', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='needshistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2ef81aac3c72f9f631d6600beda71bac46dfb6c6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7d7a1', table='cases_needshistory', when='BEFORE')),
            ),
        ),
        AppendOnly("cases_needshistory"),
    ]

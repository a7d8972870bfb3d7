"""Clients of hospital systems, and what each needs to send again safely."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from audit.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_single_keys'),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), help_text='Of accounts.scopes.SCOPES', size=None)),
                ('public_keys', models.JSONField(blank=True, default=dict, help_text='A JSON Web Key Set (RFC 7517); empty where it has a secret')),
                ('contact', models.EmailField(blank=True, help_text="Who is asked when it fails; never a patient's", max_length=254)),
                ('is_sandbox', models.BooleanField(default=False, help_text='Belongs to an organisation that is for trying out')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='client', to=settings.AUTH_USER_MODEL)),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='client', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
                ('ended_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clients', to='accounts.organisation')),
            ],
            options={
                'ordering': ['organisation__name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ClientHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), help_text='Of accounts.scopes.SCOPES', size=None)),
                ('public_keys', models.JSONField(blank=True, default=dict, help_text='A JSON Web Key Set (RFC 7517); empty where it has a secret')),
                ('contact', models.EmailField(blank=True, help_text="Who is asked when it fails; never a patient's", max_length=254)),
                ('is_sandbox', models.BooleanField(default=False, help_text='Belongs to an organisation that is for trying out')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
                ('ended_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.organisation')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='accounts.client')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StoredAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('digest', models.CharField(help_text='SHA-256 of the address and the body', max_length=64)),
                ('status', models.PositiveSmallIntegerField(default=0, help_text='0 only within its own transaction')),
                ('headers', models.JSONField(default=dict)),
                ('body', models.JSONField(null=True)),
                ('patient_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='UsedAssertion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jti', models.CharField(max_length=255)),
                ('expires_at', models.DateTimeField()),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.client')),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='client',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_clienthistory" ("account_id", "application_id", "contact", "ended_at", "ended_by_id", "id", "is_sandbox", "opened_at", "opened_by_id", "organisation_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_keys", "scopes", "version") VALUES (NEW."account_id", NEW."application_id", NEW."contact", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."is_sandbox", NEW."opened_at", NEW."opened_by_id", NEW."organisation_id", NOW(), \'insert\', NEW."id", NEW."public_keys", NEW."scopes", NEW."version"); RETURN NULL;', hash='46ff9ba21388fd437895d71bcb62616563c0f8f6', operation='INSERT', pgid='pgtrigger_insert_insert_ee551', table='accounts_client', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='client',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_clienthistory" ("account_id", "application_id", "contact", "ended_at", "ended_by_id", "id", "is_sandbox", "opened_at", "opened_by_id", "organisation_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_keys", "scopes", "version") VALUES (NEW."account_id", NEW."application_id", NEW."contact", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."is_sandbox", NEW."opened_at", NEW."opened_by_id", NEW."organisation_id", NOW(), \'update\', NEW."id", NEW."public_keys", NEW."scopes", NEW."version"); RETURN NULL;', hash='e18a83a0f774c6c4a6e688c8de741ae9cf9974cc', operation='UPDATE', pgid='pgtrigger_update_update_674ab', table='accounts_client', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='client',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_clienthistory" ("account_id", "application_id", "contact", "ended_at", "ended_by_id", "id", "is_sandbox", "opened_at", "opened_by_id", "organisation_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_keys", "scopes", "version") VALUES (OLD."account_id", OLD."application_id", OLD."contact", OLD."ended_at", OLD."ended_by_id", OLD."id", OLD."is_sandbox", OLD."opened_at", OLD."opened_by_id", OLD."organisation_id", NOW(), \'delete\', OLD."id", OLD."public_keys", OLD."scopes", OLD."version"); RETURN NULL;', hash='7def5187c7b015c07d7f460f43c72289c0c7d724', operation='DELETE', pgid='pgtrigger_delete_delete_1d99f', table='accounts_client', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clienthistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0313a52624101fce24557d5a55c893c223c4253c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_066dd', table='accounts_clienthistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='storedanswer',
            index=models.Index(fields=['at'], name='accounts_stored_answer_at'),
        ),
        migrations.AddConstraint(
            model_name='storedanswer',
            constraint=models.UniqueConstraint(fields=('account', 'key'), name='accounts_stored_answer_once'),
        ),
        migrations.AddIndex(
            model_name='usedassertion',
            index=models.Index(fields=['expires_at'], name='accounts_assertion_expiry'),
        ),
        migrations.AddConstraint(
            model_name='usedassertion',
            constraint=models.UniqueConstraint(fields=('client', 'jti'), name='accounts_assertion_once'),
        ),
        AppendOnly('accounts_clienthistory'),
    ]

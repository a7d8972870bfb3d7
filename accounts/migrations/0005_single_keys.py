"""Single keys of the meeting screen can be turned off by each person."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from audit.together import Together


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_team_figures'),
    ]

    operations = [
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name='user',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='user',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='user',
                name='delete_delete',
            ),
        ),
        Together(
            migrations.AddField(
                model_name='user',
                name='single_keys',
                field=models.BooleanField(db_default=True, default=True, help_text='Whether a letter or an arrow pressed by itself does something on the meeting screen', verbose_name='single keys in the meeting'),
            ),
            migrations.AddField(
                model_name='userhistory',
                name='single_keys',
                field=models.BooleanField(db_default=True, default=True, help_text='Whether a letter or an arrow pressed by itself does something on the meeting screen', verbose_name='single keys in the meeting'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='user',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_userhistory" ("email", "full_name", "id", "is_active", "is_machine", "is_staff", "is_superuser", "joined_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "single_keys") VALUES (NEW."email", NEW."full_name", NEW."id", NEW."is_active", NEW."is_machine", NEW."is_staff", NEW."is_superuser", NEW."joined_at", NOW(), \'insert\', NEW."id", NEW."single_keys"); RETURN NULL;', hash='f63f04523edba8e1fd1044f643f90f614c519c37', operation='INSERT', pgid='pgtrigger_insert_insert_3867c', table='accounts_user', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='user',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."full_name" IS DISTINCT FROM (NEW."full_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_machine" IS DISTINCT FROM (NEW."is_machine") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."joined_at" IS DISTINCT FROM (NEW."joined_at") OR OLD."single_keys" IS DISTINCT FROM (NEW."single_keys"))', func='INSERT INTO "accounts_userhistory" ("email", "full_name", "id", "is_active", "is_machine", "is_staff", "is_superuser", "joined_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "single_keys") VALUES (NEW."email", NEW."full_name", NEW."id", NEW."is_active", NEW."is_machine", NEW."is_staff", NEW."is_superuser", NEW."joined_at", NOW(), \'update\', NEW."id", NEW."single_keys"); RETURN NULL;', hash='f073584904a8839d9b4fc2908ebf7271faa309f2', operation='UPDATE', pgid='pgtrigger_update_update_0e890', table='accounts_user', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='user',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_userhistory" ("email", "full_name", "id", "is_active", "is_machine", "is_staff", "is_superuser", "joined_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "single_keys") VALUES (OLD."email", OLD."full_name", OLD."id", OLD."is_active", OLD."is_machine", OLD."is_staff", OLD."is_superuser", OLD."joined_at", NOW(), \'delete\', OLD."id", OLD."single_keys"); RETURN NULL;', hash='166cfb72b6091349a3097a520e33eb25889f258a', operation='DELETE', pgid='pgtrigger_delete_delete_19f14', table='accounts_user', when='AFTER')),
            ),
        ),
    ]

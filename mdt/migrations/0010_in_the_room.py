"""The meeting screen: what it shows, drafts of decisions, refused ratifications, and what a decision says more."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

from audit.append_only import AppendOnly
from audit.together import Together


LOST = {
    "refused ratifications": ("RatificationRefusal", {}),
    "reasons why an action is not needed": ("Action", {"not_needed_reason__gt": ""}),
}


def refuse_to_lose(apps, schema_editor):
    """What was recorded stays: going back would drop it, and an action that nobody needed would count as done."""
    found = [
        f"{count} {words}"
        for words, (model, chosen) in LOST.items()
        if (count := apps.get_model("mdt", model).objects.filter(**chosen).count())
    ]
    if found:
        raise IrreversibleError(f"Going back before mdt 0010 would lose {' and '.join(found)}. Nothing was changed.")


class Migration(migrations.Migration):

    dependencies = [
        ('mdt', '0009_issued_letters_newest_first'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name='DecisionDraft',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('typed', models.JSONField(help_text='Name of each field of the form -> what stands in it')),
                    ('kept_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
            ),
            migrations.CreateModel(
                name='RatificationRefusal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.TextField()),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='Screen',
                fields=[
                    ('meeting', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='screen', serialize=False, to='mdt.meeting')),
                    ('shown_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
            ),
        ),
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name='action',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='action',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='action',
                name='delete_delete',
            ),
        ),
        Together(
            migrations.AddField(
                model_name='action',
                name='not_needed_reason',
                field=models.CharField(blank=True, db_default='', default='', help_text='Closed without being done', max_length=300, verbose_name='why it is not needed any more'),
            ),
            migrations.AddField(
                model_name='actionhistory',
                name='not_needed_reason',
                field=models.CharField(blank=True, db_default='', default='', help_text='Closed without being done', max_length=300, verbose_name='why it is not needed any more'),
            ),
            migrations.AddField(
                model_name='decision',
                name='covered',
                field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list, help_text='Codes of mdt.checklist; empty where nobody filled it in', verbose_name='what the discussion covered'),
            ),
            migrations.AddField(
                model_name='decision',
                name='intent',
                field=models.CharField(blank=True, choices=[('curative', 'To cure'), ('palliative', 'To control')], db_default='', default='', help_text="What the treatment is for: the plan's, or as it was said without a plan", max_length=10),
            ),
            migrations.AddField(
                model_name='decision',
                name='ratify_by_on',
                field=models.DateField(help_text='Of a provisional decision: until when', null=True, verbose_name='to be ratified by'),
            ),
            migrations.AlterField(
                model_name='listing',
                name='source',
                field=models.CharField(blank=True, choices=[('to_ratify', 'An urgent decision to ratify'), ('not_ratified', 'A provisional decision that was not ratified'), ('recurrence', 'A recurrence or new episode that no meeting has discussed'), ('post_operative', 'Histology after an operation'), ('results', 'Results since it was last discussed'), ('relisted', 'Listed again by the last decision, and due'), ('postponed', 'Put off by an earlier meeting'), ('not_delivered', 'The agreed plan was not delivered in time'), ('ready', 'Accepted and ready for its first discussion')], db_default='', default='', help_text='Empty: somebody put it on the list by hand', max_length=20, verbose_name='why it was proposed'),
            ),
            migrations.AlterField(
                model_name='listinghistory',
                name='source',
                field=models.CharField(blank=True, choices=[('to_ratify', 'An urgent decision to ratify'), ('not_ratified', 'A provisional decision that was not ratified'), ('recurrence', 'A recurrence or new episode that no meeting has discussed'), ('post_operative', 'Histology after an operation'), ('results', 'Results since it was last discussed'), ('relisted', 'Listed again by the last decision, and due'), ('postponed', 'Put off by an earlier meeting'), ('not_delivered', 'The agreed plan was not delivered in time'), ('ready', 'Accepted and ready for its first discussion')], db_default='', default='', help_text='Empty: somebody put it on the list by hand', max_length=20, verbose_name='why it was proposed'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='action',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_actionhistory" ("decision_id", "done_at", "done_by_id", "due_on", "id", "not_needed_reason", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "version") VALUES (NEW."decision_id", NEW."done_at", NEW."done_by_id", NEW."due_on", NEW."id", NEW."not_needed_reason", NEW."owner_id", NOW(), \'insert\', NEW."id", NEW."text", NEW."version"); RETURN NULL;', hash='4c69d9134069e7811b5397526b1beea09d01c778', operation='INSERT', pgid='pgtrigger_insert_insert_4970c', table='mdt_action', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='action',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_actionhistory" ("decision_id", "done_at", "done_by_id", "due_on", "id", "not_needed_reason", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "version") VALUES (NEW."decision_id", NEW."done_at", NEW."done_by_id", NEW."due_on", NEW."id", NEW."not_needed_reason", NEW."owner_id", NOW(), \'update\', NEW."id", NEW."text", NEW."version"); RETURN NULL;', hash='8e50190bfe1dc6c0b0a69fcac864b6dbbb854524', operation='UPDATE', pgid='pgtrigger_update_update_2dacd', table='mdt_action', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='action',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_actionhistory" ("decision_id", "done_at", "done_by_id", "due_on", "id", "not_needed_reason", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "version") VALUES (OLD."decision_id", OLD."done_at", OLD."done_by_id", OLD."due_on", OLD."id", OLD."not_needed_reason", OLD."owner_id", NOW(), \'delete\', OLD."id", OLD."text", OLD."version"); RETURN NULL;', hash='bffefdf18c902add68599796160058012ee11993', operation='DELETE', pgid='pgtrigger_delete_delete_f4314', table='mdt_action', when='AFTER')),
            ),
        ),
        Together(
            migrations.AddField(
                model_name='decisiondraft',
                name='author',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='decisiondraft',
                name='listing',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='mdt.listing'),
            ),
            migrations.AddField(
                model_name='ratificationrefusal',
                name='decision',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='refusal', to='mdt.decision'),
            ),
            migrations.AddField(
                model_name='ratificationrefusal',
                name='recorded_by',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='ratificationrefusal',
                name='refused_by',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='screen',
                name='listing',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mdt.listing'),
            ),
            migrations.AddField(
                model_name='screen',
                name='presenter',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        migrations.AddConstraint(
            model_name='decisiondraft',
            constraint=models.UniqueConstraint(fields=('listing', 'author'), name='mdt_draft_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ratificationrefusal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='07feb061f87989fd2348c4bb1439db1a3dfa540e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e2289', table='mdt_ratificationrefusal', when='BEFORE')),
        ),
        AppendOnly("mdt_ratificationrefusal"),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]

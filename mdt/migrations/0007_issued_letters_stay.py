"""An issued letter is fixed by the database itself: neither its text nor its file can be changed, nor the row deleted."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('mdt', '0006_promises_and_closed_gaps'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='letter',
            trigger=pgtrigger.compiler.Trigger(name='fixed_once_issued', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.pdf_sha256 <> '' AND ((NEW.kind, NEW.decision_id, NEW.case_id, NEW.template_id, NEW.recipients, NEW.text, NEW.due_on, NEW.checked_by_id, NEW.checked_at, NEW.issued_by_id, NEW.issued_at, NEW.pdf, NEW.pdf_sha256) IS DISTINCT FROM (OLD.kind, OLD.decision_id, OLD.case_id, OLD.template_id, OLD.recipients, OLD.text, OLD.due_on, OLD.checked_by_id, OLD.checked_at, OLD.issued_by_id, OLD.issued_at, OLD.pdf, OLD.pdf_sha256) OR NEW.status NOT IN ('issued', 'replaced')))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='60d8a2d14aabb2bbda2ef504e9ec86b8f8a1b4e6', operation='UPDATE', pgid='pgtrigger_fixed_once_issued_81462', table='mdt_letter', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='letter',
            trigger=pgtrigger.compiler.Trigger(name='kept_once_issued', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.pdf_sha256 <> '')", func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='954b0dc2d2d6169370c9da6a334384b05ca24491', operation='DELETE', pgid='pgtrigger_kept_once_issued_be7ef', table='mdt_letter', when='BEFORE')),
        ),
    ]

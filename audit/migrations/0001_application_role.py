"""Lets the application's database role use what the owner's role will create, before anything is created."""

from django.conf import settings
from django.db import migrations

TABLES = "SELECT, INSERT, UPDATE, DELETE"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APPLICATION_ROLE)
    schema_editor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    schema_editor.execute(f"GRANT {TABLES} ON ALL TABLES IN SCHEMA public TO {role}")
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {TABLES} ON TABLES TO {role}")
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}")


def revoke(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APPLICATION_ROLE)
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE, SELECT ON SEQUENCES FROM {role}")
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE {TABLES} ON TABLES FROM {role}")


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    run_before = [("contenttypes", "0001_initial")]
    operations = [migrations.RunPython(grant, revoke)]

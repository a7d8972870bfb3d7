"""The log of reads, partitioned by month; partitions are made ahead by a function of the owner's role."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from audit.append_only import AppendOnly

TABLE = """
CREATE SEQUENCE audit_read_id_seq;
CREATE TABLE audit_read (
    id bigint NOT NULL DEFAULT nextval('audit_read_id_seq'),
    at timestamptz NOT NULL DEFAULT now(),
    by_id bigint NOT NULL REFERENCES accounts_user (id) DEFERRABLE INITIALLY DEFERRED,
    surface varchar(10) NOT NULL,
    view varchar(100) NOT NULL,
    patient_ids bigint[] NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE audit_read_id_seq OWNED BY audit_read.id;
CREATE INDEX audit_read_patients ON audit_read USING gin (patient_ids);
CREATE INDEX audit_read_by ON audit_read (by_id, at DESC);
CREATE TABLE audit_read_default PARTITION OF audit_read DEFAULT;
"""

FUNCTION = """
CREATE FUNCTION audit_keep_partitions(months integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day timestamptz;
    name text;
BEGIN
    FOR ahead IN 0..months LOOP
        first_day := date_trunc('month', now(), 'UTC') + make_interval(months => ahead);
        name := 'audit_read_' || to_char(first_day AT TIME ZONE 'UTC', 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF audit_read FOR VALUES FROM (%L) TO (%L)',
                           name, first_day, first_day + interval '1 month');
            EXECUTE format('REVOKE ALL ON %I FROM %I', name, '{role}');
        END IF;
    END LOOP;
END $$;
SELECT audit_keep_partitions(3);
""".replace("{role}", settings.DATABASE_APPLICATION_ROLE)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(TABLE, "DROP TABLE audit_read"),
                migrations.RunSQL(FUNCTION, "DROP FUNCTION audit_keep_partitions"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='Read',
                    fields=[
                        ('pk', models.CompositePrimaryKey('id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('id', models.BigIntegerField(db_default=models.Func(models.Value('audit_read_id_seq'), function='nextval', output_field=models.BigIntegerField()))),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('surface', models.CharField(choices=[('page', 'Page'), ('api', 'Interface')], max_length=10)),
                        ('view', models.CharField(max_length=100)),
                        ('patient_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                ),
                migrations.AddIndex(
                    model_name='read',
                    index=django.contrib.postgres.indexes.GinIndex(fields=['patient_ids'], name='audit_read_patients'),
                ),
                migrations.AddIndex(
                    model_name='read',
                    index=models.Index(fields=['by', '-at'], name='audit_read_by'),
                ),
            ],
        ),
        AppendOnly("audit_read", "audit_read_default"),
    ]

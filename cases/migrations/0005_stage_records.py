"""Stages by what they were based on, overrides with a reason, and what a pathologist counted."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0004_names_in_order'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='imagingreport',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='imagingreport',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='imagingreport',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='pathologyreport',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='pathologyreport',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='pathologyreport',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='staging',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='staging',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='staging',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='imagingreport',
            name='tumour_ruptured',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='imagingreporthistory',
            name='tumour_ruptured',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='field_area_mm2',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True, verbose_name='area of a field in mm²'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='field_diameter_mm',
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=4, null=True, verbose_name='diameter of a field in mm'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='fields_counted',
            field=models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True, verbose_name='high-power fields counted'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='mitoses_counted',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='mitoses counted'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='mitoses_per_5_mm2',
            field=models.DecimalField(blank=True, decimal_places=1, help_text='GIST', max_digits=6, null=True, verbose_name='mitoses per 5 mm²'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='mitoses_per_mm2',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='mitoses per mm²'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='not_graded_reason',
            field=models.CharField(blank=True, choices=[('HG', 'High grade by definition of the histology'), ('NR', 'Grading is not recommended by WHO for this histology'), ('SYS', 'Another system is used for this histology'), ('INT', 'Tumour of intermediate behaviour')], db_default='', default='', max_length=3, verbose_name='why FNCLCC is not applied'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='t_category',
            field=models.CharField(blank=True, db_default='', default='', help_text='Of the specimen, where size does not give it', max_length=4, verbose_name='T category'),
        ),
        migrations.AddField(
            model_name='pathologyreport',
            name='tumour_ruptured',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='field_area_mm2',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True, verbose_name='area of a field in mm²'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='field_diameter_mm',
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=4, null=True, verbose_name='diameter of a field in mm'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='fields_counted',
            field=models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True, verbose_name='high-power fields counted'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='mitoses_counted',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='mitoses counted'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='mitoses_per_5_mm2',
            field=models.DecimalField(blank=True, decimal_places=1, help_text='GIST', max_digits=6, null=True, verbose_name='mitoses per 5 mm²'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='mitoses_per_mm2',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='mitoses per mm²'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='not_graded_reason',
            field=models.CharField(blank=True, choices=[('HG', 'High grade by definition of the histology'), ('NR', 'Grading is not recommended by WHO for this histology'), ('SYS', 'Another system is used for this histology'), ('INT', 'Tumour of intermediate behaviour')], db_default='', default='', max_length=3, verbose_name='why FNCLCC is not applied'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='t_category',
            field=models.CharField(blank=True, db_default='', default='', help_text='Of the specimen, where size does not give it', max_length=4, verbose_name='T category'),
        ),
        migrations.AddField(
            model_name='pathologyreporthistory',
            name='tumour_ruptured',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='staging',
            name='basis',
            field=models.CharField(blank=True, choices=[('pre_treatment', 'Pre-treatment'), ('integrated', 'Integrated'), ('post_treatment', 'Post-treatment'), ('recurrence', 'Recurrence'), ('autopsy', 'Autopsy')], db_default='', default='', help_text='Empty in older records', max_length=15),
        ),
        migrations.AddField(
            model_name='staging',
            name='computed',
            field=models.JSONField(blank=True, help_text='What the tables gave, where overridden', null=True),
        ),
        migrations.AddField(
            model_name='staging',
            name='overridden',
            field=models.JSONField(blank=True, help_text='What the clinician decided otherwise', null=True),
        ),
        migrations.AddField(
            model_name='staging',
            name='overridden_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='staging',
            name='overridden_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='staging',
            name='prefix',
            field=models.CharField(blank=True, db_default='', default='', help_text='c, p, yc, yp, r or a', max_length=2),
        ),
        migrations.AddField(
            model_name='staging',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=500),
        ),
        migrations.AddField(
            model_name='staging',
            name='withdraws',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.staging'),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='basis',
            field=models.CharField(blank=True, choices=[('pre_treatment', 'Pre-treatment'), ('integrated', 'Integrated'), ('post_treatment', 'Post-treatment'), ('recurrence', 'Recurrence'), ('autopsy', 'Autopsy')], db_default='', default='', help_text='Empty in older records', max_length=15),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='computed',
            field=models.JSONField(blank=True, help_text='What the tables gave, where overridden', null=True),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='overridden',
            field=models.JSONField(blank=True, help_text='What the clinician decided otherwise', null=True),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='overridden_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='overridden_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='prefix',
            field=models.CharField(blank=True, db_default='', default='', help_text='c, p, yc, yp, r or a', max_length=2),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=500),
        ),
        migrations.AddField(
            model_name='staginghistory',
            name='withdraws',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.staging'),
        ),
        migrations.AlterField(
            model_name='pathologyreport',
            name='kind',
            field=models.CharField(choices=[('biopsy', 'Biopsy'), ('planned_excision', 'Planned excision'), ('unplanned_excision', 'Unplanned excision'), ('re_excision', 'Re-excision'), ('metastasis', 'Biopsy or excision of a metastasis'), ('autopsy', 'Autopsy'), ('other', 'Other')], max_length=20),
        ),
        migrations.AlterField(
            model_name='pathologyreporthistory',
            name='kind',
            field=models.CharField(choices=[('biopsy', 'Biopsy'), ('planned_excision', 'Planned excision'), ('unplanned_excision', 'Unplanned excision'), ('re_excision', 'Re-excision'), ('metastasis', 'Biopsy or excision of a metastasis'), ('autopsy', 'Autopsy'), ('other', 'Other')], max_length=20),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='imagingreport',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_imagingreporthistory" ("author_name", "close_to_critical_structure", "created_at", "depth", "episode_id", "examined_on", "id", "is_specialist_reading", "metastasis_status", "metastatic_sites", "modality", "near_spine", "node_status", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_by_id", "reported_on", "resectability", "size_mm", "source", "summary", "t_category", "tumour_ruptured", "version") VALUES (NEW."author_name", NEW."close_to_critical_structure", NEW."created_at", NEW."depth", NEW."episode_id", NEW."examined_on", NEW."id", NEW."is_specialist_reading", NEW."metastasis_status", NEW."metastatic_sites", NEW."modality", NEW."near_spine", NEW."node_status", NOW(), \'insert\', NEW."id", NEW."reported_by_id", NEW."reported_on", NEW."resectability", NEW."size_mm", NEW."source", NEW."summary", NEW."t_category", NEW."tumour_ruptured", NEW."version"); RETURN NULL;', hash='9664421cb3e25f162c65abb4aec211006fbd57ce', operation='INSERT', pgid='pgtrigger_insert_insert_0393b', table='cases_imagingreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='imagingreport',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_imagingreporthistory" ("author_name", "close_to_critical_structure", "created_at", "depth", "episode_id", "examined_on", "id", "is_specialist_reading", "metastasis_status", "metastatic_sites", "modality", "near_spine", "node_status", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_by_id", "reported_on", "resectability", "size_mm", "source", "summary", "t_category", "tumour_ruptured", "version") VALUES (NEW."author_name", NEW."close_to_critical_structure", NEW."created_at", NEW."depth", NEW."episode_id", NEW."examined_on", NEW."id", NEW."is_specialist_reading", NEW."metastasis_status", NEW."metastatic_sites", NEW."modality", NEW."near_spine", NEW."node_status", NOW(), \'update\', NEW."id", NEW."reported_by_id", NEW."reported_on", NEW."resectability", NEW."size_mm", NEW."source", NEW."summary", NEW."t_category", NEW."tumour_ruptured", NEW."version"); RETURN NULL;', hash='a2068dcfd190e4dd4ed7a6e39e8a8a2ffca02f8c', operation='UPDATE', pgid='pgtrigger_update_update_6be77', table='cases_imagingreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='imagingreport',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_imagingreporthistory" ("author_name", "close_to_critical_structure", "created_at", "depth", "episode_id", "examined_on", "id", "is_specialist_reading", "metastasis_status", "metastatic_sites", "modality", "near_spine", "node_status", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_by_id", "reported_on", "resectability", "size_mm", "source", "summary", "t_category", "tumour_ruptured", "version") VALUES (OLD."author_name", OLD."close_to_critical_structure", OLD."created_at", OLD."depth", OLD."episode_id", OLD."examined_on", OLD."id", OLD."is_specialist_reading", OLD."metastasis_status", OLD."metastatic_sites", OLD."modality", OLD."near_spine", OLD."node_status", NOW(), \'delete\', OLD."id", OLD."reported_by_id", OLD."reported_on", OLD."resectability", OLD."size_mm", OLD."source", OLD."summary", OLD."t_category", OLD."tumour_ruptured", OLD."version"); RETURN NULL;', hash='e86183fe06e5aac4ece23042e72a1cd9171557af', operation='DELETE', pgid='pgtrigger_delete_delete_e34fd', table='cases_imagingreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pathologyreport',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_pathologyreporthistory" ("author_name", "created_at", "differentiation_score", "episode_id", "field_area_mm2", "field_diameter_mm", "fields_counted", "grade", "id", "is_specialist_reading", "kind", "margin", "mitoses_counted", "mitoses_per_10_hpf", "mitoses_per_5_mm2", "mitoses_per_mm2", "mitoses_score", "mitotic_rate", "morphology", "necrosis_percent", "necrosis_score", "node_status", "not_graded_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_by_id", "reported_on", "size_mm", "source", "summary", "t_category", "tests_pending", "tumour_ruptured", "version") VALUES (NEW."author_name", NEW."created_at", NEW."differentiation_score", NEW."episode_id", NEW."field_area_mm2", NEW."field_diameter_mm", NEW."fields_counted", NEW."grade", NEW."id", NEW."is_specialist_reading", NEW."kind", NEW."margin", NEW."mitoses_counted", NEW."mitoses_per_10_hpf", NEW."mitoses_per_5_mm2", NEW."mitoses_per_mm2", NEW."mitoses_score", NEW."mitotic_rate", NEW."morphology", NEW."necrosis_percent", NEW."necrosis_score", NEW."node_status", NEW."not_graded_reason", NOW(), \'insert\', NEW."id", NEW."reported_by_id", NEW."reported_on", NEW."size_mm", NEW."source", NEW."summary", NEW."t_category", NEW."tests_pending", NEW."tumour_ruptured", NEW."version"); RETURN NULL;', hash='c58bb932a4e58fe6031d9570cf2c0084b11aca2b', operation='INSERT', pgid='pgtrigger_insert_insert_a71cd', table='cases_pathologyreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pathologyreport',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_pathologyreporthistory" ("author_name", "created_at", "differentiation_score", "episode_id", "field_area_mm2", "field_diameter_mm", "fields_counted", "grade", "id", "is_specialist_reading", "kind", "margin", "mitoses_counted", "mitoses_per_10_hpf", "mitoses_per_5_mm2", "mitoses_per_mm2", "mitoses_score", "mitotic_rate", "morphology", "necrosis_percent", "necrosis_score", "node_status", "not_graded_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_by_id", "reported_on", "size_mm", "source", "summary", "t_category", "tests_pending", "tumour_ruptured", "version") VALUES (NEW."author_name", NEW."created_at", NEW."differentiation_score", NEW."episode_id", NEW."field_area_mm2", NEW."field_diameter_mm", NEW."fields_counted", NEW."grade", NEW."id", NEW."is_specialist_reading", NEW."kind", NEW."margin", NEW."mitoses_counted", NEW."mitoses_per_10_hpf", NEW."mitoses_per_5_mm2", NEW."mitoses_per_mm2", NEW."mitoses_score", NEW."mitotic_rate", NEW."morphology", NEW."necrosis_percent", NEW."necrosis_score", NEW."node_status", NEW."not_graded_reason", NOW(), \'update\', NEW."id", NEW."reported_by_id", NEW."reported_on", NEW."size_mm", NEW."source", NEW."summary", NEW."t_category", NEW."tests_pending", NEW."tumour_ruptured", NEW."version"); RETURN NULL;', hash='3a22a39734ed7cfa2e38fe16fc962775ea507cc5', operation='UPDATE', pgid='pgtrigger_update_update_7d574', table='cases_pathologyreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pathologyreport',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_pathologyreporthistory" ("author_name", "created_at", "differentiation_score", "episode_id", "field_area_mm2", "field_diameter_mm", "fields_counted", "grade", "id", "is_specialist_reading", "kind", "margin", "mitoses_counted", "mitoses_per_10_hpf", "mitoses_per_5_mm2", "mitoses_per_mm2", "mitoses_score", "mitotic_rate", "morphology", "necrosis_percent", "necrosis_score", "node_status", "not_graded_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_by_id", "reported_on", "size_mm", "source", "summary", "t_category", "tests_pending", "tumour_ruptured", "version") VALUES (OLD."author_name", OLD."created_at", OLD."differentiation_score", OLD."episode_id", OLD."field_area_mm2", OLD."field_diameter_mm", OLD."fields_counted", OLD."grade", OLD."id", OLD."is_specialist_reading", OLD."kind", OLD."margin", OLD."mitoses_counted", OLD."mitoses_per_10_hpf", OLD."mitoses_per_5_mm2", OLD."mitoses_per_mm2", OLD."mitoses_score", OLD."mitotic_rate", OLD."morphology", OLD."necrosis_percent", OLD."necrosis_score", OLD."node_status", OLD."not_graded_reason", NOW(), \'delete\', OLD."id", OLD."reported_by_id", OLD."reported_on", OLD."size_mm", OLD."source", OLD."summary", OLD."t_category", OLD."tests_pending", OLD."tumour_ruptured", OLD."version"); RETURN NULL;', hash='80aec7e7449066f3c97fbd831c2aad398f9ef627', operation='DELETE', pgid='pgtrigger_delete_delete_cbb27', table='cases_pathologyreport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staging',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_staginghistory" ("basis", "computed", "computed_at", "computed_for_id", "edition", "episode_id", "explanation", "family", "group", "id", "inputs", "m", "n", "overridden", "overridden_at", "overridden_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "reason", "status", "t", "withdraws_id") VALUES (NEW."basis", NEW."computed", NEW."computed_at", NEW."computed_for_id", NEW."edition", NEW."episode_id", NEW."explanation", NEW."family", NEW."group", NEW."id", NEW."inputs", NEW."m", NEW."n", NEW."overridden", NEW."overridden_at", NEW."overridden_by_id", NOW(), \'insert\', NEW."id", NEW."prefix", NEW."reason", NEW."status", NEW."t", NEW."withdraws_id"); RETURN NULL;', hash='58194ca12cdc1ca0cf44e3875226b5cd863de460', operation='INSERT', pgid='pgtrigger_insert_insert_bd7cb', table='cases_staging', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staging',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "cases_staginghistory" ("basis", "computed", "computed_at", "computed_for_id", "edition", "episode_id", "explanation", "family", "group", "id", "inputs", "m", "n", "overridden", "overridden_at", "overridden_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "reason", "status", "t", "withdraws_id") VALUES (NEW."basis", NEW."computed", NEW."computed_at", NEW."computed_for_id", NEW."edition", NEW."episode_id", NEW."explanation", NEW."family", NEW."group", NEW."id", NEW."inputs", NEW."m", NEW."n", NEW."overridden", NEW."overridden_at", NEW."overridden_by_id", NOW(), \'update\', NEW."id", NEW."prefix", NEW."reason", NEW."status", NEW."t", NEW."withdraws_id"); RETURN NULL;', hash='f4ff66f88f394a32c9b4a3bdaf81170c999e8019', operation='UPDATE', pgid='pgtrigger_update_update_97aaf', table='cases_staging', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staging',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "cases_staginghistory" ("basis", "computed", "computed_at", "computed_for_id", "edition", "episode_id", "explanation", "family", "group", "id", "inputs", "m", "n", "overridden", "overridden_at", "overridden_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "reason", "status", "t", "withdraws_id") VALUES (OLD."basis", OLD."computed", OLD."computed_at", OLD."computed_for_id", OLD."edition", OLD."episode_id", OLD."explanation", OLD."family", OLD."group", OLD."id", OLD."inputs", OLD."m", OLD."n", OLD."overridden", OLD."overridden_at", OLD."overridden_by_id", NOW(), \'delete\', OLD."id", OLD."prefix", OLD."reason", OLD."status", OLD."t", OLD."withdraws_id"); RETURN NULL;', hash='91c34ec0d5926c93b078af61c516ab41135730eb', operation='DELETE', pgid='pgtrigger_delete_delete_49ba1', table='cases_staging', when='AFTER')),
        ),
        AddConstraintNotValid(
            model_name='pathologyreport',
            constraint=models.CheckConstraint(condition=models.Q(('mitoses_counted__isnull', True), models.Q(('mitoses_counted__gte', 0), ('mitoses_counted__lte', 10000)), _connector='OR'), name='cases_pathology_counted'),
        ),
        AddConstraintNotValid(
            model_name='pathologyreport',
            constraint=models.CheckConstraint(condition=models.Q(('fields_counted__isnull', True), models.Q(('fields_counted__gte', 1), ('fields_counted__lte', 1000)), _connector='OR'), name='cases_pathology_fields'),
        ),
        AddConstraintNotValid(
            model_name='pathologyreport',
            constraint=models.CheckConstraint(condition=models.Q(('field_diameter_mm__isnull', True), models.Q(('field_diameter_mm__gte', 0.1), ('field_diameter_mm__lte', 2)), _connector='OR'), name='cases_pathology_field_diameter'),
        ),
        AddConstraintNotValid(
            model_name='pathologyreport',
            constraint=models.CheckConstraint(condition=models.Q(('field_area_mm2__isnull', True), models.Q(('field_area_mm2__gte', 0.01), ('field_area_mm2__lte', 3)), _connector='OR'), name='cases_pathology_field_area'),
        ),
        AddConstraintNotValid(
            model_name='pathologyreport',
            constraint=models.CheckConstraint(condition=models.Q(('mitoses_per_mm2__isnull', True), models.Q(('mitoses_per_mm2__gte', 0), ('mitoses_per_mm2__lte', 1000)), _connector='OR'), name='cases_pathology_per_mm2'),
        ),
        AddConstraintNotValid(
            model_name='pathologyreport',
            constraint=models.CheckConstraint(condition=models.Q(('mitoses_per_5_mm2__isnull', True), models.Q(('mitoses_per_5_mm2__gte', 0), ('mitoses_per_5_mm2__lte', 5000)), _connector='OR'), name='cases_pathology_per_5_mm2'),
        ),
    ]

"""Documents of a case and links to its images; the database deletes none of them."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from audit.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_validate_counts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Document",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("removed_at", models.DateTimeField(blank=True, null=True)),
                    ("removed_reason", models.CharField(blank=True, max_length=300)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("referral_letter", "Referral letter"),
                                ("report", "Report"),
                                ("clinic_letter", "Clinic letter"),
                                ("photograph", "Photograph"),
                                ("consent", "Consent"),
                                ("other", "Other"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("title", models.CharField(max_length=200)),
                    ("file", models.FileField(upload_to="documents/%Y")),
                    (
                        "content_type",
                        models.CharField(
                            choices=[
                                ("application/pdf", "PDF"),
                                ("image/jpeg", "JPEG picture"),
                                ("image/png", "PNG picture"),
                                (
                                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                                    "Word document",
                                ),
                                ("text/plain", "Text"),
                            ],
                            max_length=100,
                        ),
                    ),
                    ("size_bytes", models.PositiveIntegerField()),
                    ("sha256", models.CharField(max_length=64, verbose_name="checksum (SHA-256)")),
                    ("uploaded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    (
                        "case",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="documents",
                            to="cases.case",
                        ),
                    ),
                    (
                        "episode",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="documents",
                            to="cases.episode",
                        ),
                    ),
                    (
                        "removed_by",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "uploaded_by",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-uploaded_at", "-id"],
                },
            ),
            migrations.CreateModel(
                name="DocumentHistory",
                fields=[
                    ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                    ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                    ("pgh_label", models.TextField(help_text="The event label.")),
                    ("id", models.BigIntegerField()),
                    ("removed_at", models.DateTimeField(blank=True, null=True)),
                    ("removed_reason", models.CharField(blank=True, max_length=300)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("referral_letter", "Referral letter"),
                                ("report", "Report"),
                                ("clinic_letter", "Clinic letter"),
                                ("photograph", "Photograph"),
                                ("consent", "Consent"),
                                ("other", "Other"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("title", models.CharField(max_length=200)),
                    ("file", models.FileField(upload_to="documents/%Y")),
                    (
                        "content_type",
                        models.CharField(
                            choices=[
                                ("application/pdf", "PDF"),
                                ("image/jpeg", "JPEG picture"),
                                ("image/png", "PNG picture"),
                                (
                                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                                    "Word document",
                                ),
                                ("text/plain", "Text"),
                            ],
                            max_length=100,
                        ),
                    ),
                    ("size_bytes", models.PositiveIntegerField()),
                    ("sha256", models.CharField(max_length=64, verbose_name="checksum (SHA-256)")),
                    ("uploaded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    (
                        "case",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            related_query_name="+",
                            to="cases.case",
                        ),
                    ),
                    (
                        "episode",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            related_query_name="+",
                            to="cases.episode",
                        ),
                    ),
                    (
                        "pgh_obj",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="history",
                            related_query_name="history",
                            to="cases.document",
                        ),
                    ),
                    (
                        "removed_by",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            related_query_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "uploaded_by",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            related_query_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="ImageLink",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("removed_at", models.DateTimeField(blank=True, null=True)),
                    ("removed_reason", models.CharField(blank=True, max_length=300)),
                    ("study", models.CharField(max_length=64, verbose_name="study identifier")),
                    ("shows", models.CharField(max_length=200, verbose_name="what it shows")),
                    ("studied_on", models.DateField(blank=True, null=True, verbose_name="date of the study")),
                    ("added_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    (
                        "added_by",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="image_links",
                            to="cases.case",
                        ),
                    ),
                    (
                        "removed_by",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-studied_on", "-id"],
                },
            ),
            migrations.CreateModel(
                name="ImageLinkHistory",
                fields=[
                    ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                    ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                    ("pgh_label", models.TextField(help_text="The event label.")),
                    ("id", models.BigIntegerField()),
                    ("removed_at", models.DateTimeField(blank=True, null=True)),
                    ("removed_reason", models.CharField(blank=True, max_length=300)),
                    ("study", models.CharField(max_length=64, verbose_name="study identifier")),
                    ("shows", models.CharField(max_length=200, verbose_name="what it shows")),
                    ("studied_on", models.DateField(blank=True, null=True, verbose_name="date of the study")),
                    ("added_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    (
                        "added_by",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            related_query_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            related_query_name="+",
                            to="cases.case",
                        ),
                    ),
                    (
                        "pgh_obj",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="history",
                            related_query_name="history",
                            to="cases.imagelink",
                        ),
                    ),
                    (
                        "removed_by",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            related_query_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name="document",
                index=models.Index(fields=["case", "-uploaded_at"], name="cases_document_case"),
            ),
            migrations.AddConstraint(
                model_name="document",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("removed_at__isnull", True)),
                    fields=("case", "sha256"),
                    name="cases_document_once",
                ),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="document",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="f34a066e91bed209c693df4eb6cfae3ca4fcad3d",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_2cead",
                        table="cases_document",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="document",
                trigger=pgtrigger.compiler.Trigger(
                    name="insert_insert",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func='INSERT INTO "cases_documenthistory" ("case_id", "content_type", "episode_id", "file", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by_id", "removed_reason", "sha256", "size_bytes", "title", "uploaded_at", "uploaded_by_id") VALUES (NEW."case_id", NEW."content_type", NEW."episode_id", NEW."file", NEW."id", NEW."kind", NOW(), \'insert\', NEW."id", NEW."removed_at", NEW."removed_by_id", NEW."removed_reason", NEW."sha256", NEW."size_bytes", NEW."title", NEW."uploaded_at", NEW."uploaded_by_id"); RETURN NULL;',
                        hash="7a72771db312ab68be6f49299c4546cade337b15",
                        operation="INSERT",
                        pgid="pgtrigger_insert_insert_96a33",
                        table="cases_document",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="document",
                trigger=pgtrigger.compiler.Trigger(
                    name="update_update",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                        func='INSERT INTO "cases_documenthistory" ("case_id", "content_type", "episode_id", "file", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by_id", "removed_reason", "sha256", "size_bytes", "title", "uploaded_at", "uploaded_by_id") VALUES (NEW."case_id", NEW."content_type", NEW."episode_id", NEW."file", NEW."id", NEW."kind", NOW(), \'update\', NEW."id", NEW."removed_at", NEW."removed_by_id", NEW."removed_reason", NEW."sha256", NEW."size_bytes", NEW."title", NEW."uploaded_at", NEW."uploaded_by_id"); RETURN NULL;',
                        hash="c4daac66840a87957c97ae265c5899ccd0ef4b46",
                        operation="UPDATE",
                        pgid="pgtrigger_update_update_5bc40",
                        table="cases_document",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="document",
                trigger=pgtrigger.compiler.Trigger(
                    name="delete_delete",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func='INSERT INTO "cases_documenthistory" ("case_id", "content_type", "episode_id", "file", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by_id", "removed_reason", "sha256", "size_bytes", "title", "uploaded_at", "uploaded_by_id") VALUES (OLD."case_id", OLD."content_type", OLD."episode_id", OLD."file", OLD."id", OLD."kind", NOW(), \'delete\', OLD."id", OLD."removed_at", OLD."removed_by_id", OLD."removed_reason", OLD."sha256", OLD."size_bytes", OLD."title", OLD."uploaded_at", OLD."uploaded_by_id"); RETURN NULL;',
                        hash="f4d1e1890df262890dbce0eecd236fc3e95e0f7f",
                        operation="DELETE",
                        pgid="pgtrigger_delete_delete_69c2a",
                        table="cases_document",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="documenthistory",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                        hash="31cd27ce1fe263297afc6318aa6db1696b57cd59",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_adb5d",
                        table="cases_documenthistory",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name="imagelink",
                index=models.Index(fields=["case", "-studied_on"], name="cases_image_link_case"),
            ),
            migrations.AddConstraint(
                model_name="imagelink",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("removed_at__isnull", True)),
                    fields=("case", "study"),
                    name="cases_image_link_once",
                ),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="imagelink",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="d3a259d7e09d3bc3aeb0255e2128fadea31866f3",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_2cb3f",
                        table="cases_imagelink",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="imagelink",
                trigger=pgtrigger.compiler.Trigger(
                    name="insert_insert",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func='INSERT INTO "cases_imagelinkhistory" ("added_at", "added_by_id", "case_id", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by_id", "removed_reason", "shows", "studied_on", "study") VALUES (NEW."added_at", NEW."added_by_id", NEW."case_id", NEW."id", NOW(), \'insert\', NEW."id", NEW."removed_at", NEW."removed_by_id", NEW."removed_reason", NEW."shows", NEW."studied_on", NEW."study"); RETURN NULL;',
                        hash="dd5cc771aeab09898776bae80d2920f99ebc3820",
                        operation="INSERT",
                        pgid="pgtrigger_insert_insert_a2856",
                        table="cases_imagelink",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="imagelink",
                trigger=pgtrigger.compiler.Trigger(
                    name="update_update",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                        func='INSERT INTO "cases_imagelinkhistory" ("added_at", "added_by_id", "case_id", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by_id", "removed_reason", "shows", "studied_on", "study") VALUES (NEW."added_at", NEW."added_by_id", NEW."case_id", NEW."id", NOW(), \'update\', NEW."id", NEW."removed_at", NEW."removed_by_id", NEW."removed_reason", NEW."shows", NEW."studied_on", NEW."study"); RETURN NULL;',
                        hash="15a6edc4a51b8827d0e43eb1ed6007b82032b356",
                        operation="UPDATE",
                        pgid="pgtrigger_update_update_3f63d",
                        table="cases_imagelink",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="imagelink",
                trigger=pgtrigger.compiler.Trigger(
                    name="delete_delete",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func='INSERT INTO "cases_imagelinkhistory" ("added_at", "added_by_id", "case_id", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by_id", "removed_reason", "shows", "studied_on", "study") VALUES (OLD."added_at", OLD."added_by_id", OLD."case_id", OLD."id", NOW(), \'delete\', OLD."id", OLD."removed_at", OLD."removed_by_id", OLD."removed_reason", OLD."shows", OLD."studied_on", OLD."study"); RETURN NULL;',
                        hash="3b4c774ae28c0687033dfb9fddc5f69996b2b4e4",
                        operation="DELETE",
                        pgid="pgtrigger_delete_delete_d4400",
                        table="cases_imagelink",
                        when="AFTER",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="imagelinkhistory",
                trigger=pgtrigger.compiler.Trigger(
                    name="append_only",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                        hash="0095af5404c1c2400adadcc8bf10e24ab4a1f063",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_append_only_3aaff",
                        table="cases_imagelinkhistory",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
    ]

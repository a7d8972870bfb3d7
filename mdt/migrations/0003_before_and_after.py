"""Gaps, standards of care, signatures, tellings, letters and calendar addresses; what a listing says of how it came."""

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
        ('accounts', '0004_team_figures'),
        ('cases', '0006_validate_counts'),
        ('mdt', '0002_append_only'),
    ]

    operations = [
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name='listing',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='listing',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='listing',
                name='delete_delete',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='meeting',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='meeting',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='meeting',
                name='delete_delete',
            ),
        ),
        Together(
            migrations.CreateModel(
                name='CalendarFeed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('secret_sha256', models.CharField(max_length=64, unique=True)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('fetched_at', models.DateTimeField(blank=True, null=True)),
                    ('revoked_at', models.DateTimeField(blank=True, null=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_feeds', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-created_at'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('user',), name='mdt_feed_one_open')],
                },
            ),
            migrations.CreateModel(
                name='Gap',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(help_text='A code of mdt.minimum', max_length=30)),
                    ('role', models.CharField(choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                    ('due_on', models.DateField(blank=True, null=True)),
                    ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('closed_because', models.CharField(blank=True, choices=[('arrived', 'The fact arrived'), ('not_known', 'Recorded as not knowable'), ('not_needed', 'Needed no longer')], max_length=12)),
                    ('reminded_at', models.DateTimeField(blank=True, null=True)),
                    ('episode', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gaps', to='cases.episode')),
                    ('meeting', models.ForeignKey(blank=True, help_text='Before whose cut-off', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='gaps', to='mdt.meeting')),
                    ('owner', models.ForeignKey(blank=True, help_text='Empty: everyone of the role', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('reminded_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['due_on', 'id'],
                    'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['role', 'due_on'], name='mdt_gap_open_role')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('episode', 'kind'), name='mdt_gap_open_once'), models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), models.Q(('closed_because', ''), _negated=True), _connector='XOR'), name='mdt_gap_closed_for_a_reason')],
                },
            ),
            migrations.CreateModel(
                name='GapHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('kind', models.CharField(help_text='A code of mdt.minimum', max_length=30)),
                    ('role', models.CharField(choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                    ('due_on', models.DateField(blank=True, null=True)),
                    ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('closed_because', models.CharField(blank=True, choices=[('arrived', 'The fact arrived'), ('not_known', 'Recorded as not knowable'), ('not_needed', 'Needed no longer')], max_length=12)),
                    ('reminded_at', models.DateTimeField(blank=True, null=True)),
                    ('episode', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.episode')),
                    ('meeting', models.ForeignKey(blank=True, db_constraint=False, help_text='Before whose cut-off', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='mdt.meeting')),
                    ('owner', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: everyone of the role', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='mdt.gap')),
                    ('reminded_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='LetterTemplate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('clinical', 'To the referring clinician and the GP'), ('patient', 'To the patient')], max_length=10)),
                    ('number', models.PositiveSmallIntegerField()),
                    ('text', models.TextField(blank=True, help_text='Empty: back to the built-in text')),
                    ('edited_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('edited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letter_templates', to='accounts.team')),
                ],
                options={
                    'ordering': ['team', 'kind', '-number'],
                    'constraints': [models.UniqueConstraint(fields=('team', 'kind', 'number'), name='mdt_letter_template_once')],
                },
            ),
            migrations.CreateModel(
                name='MeetingSignature',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('decisions', models.JSONField(help_text='Ids of the decisions that stood when it was signed')),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='mdt.meeting')),
                    ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-at', '-id'],
                },
            ),
            migrations.CreateModel(
                name='OutsideDiscussion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('organisation_name', models.CharField(max_length=200)),
                    ('on', models.DateField()),
                    ('outcome', models.TextField()),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('episode', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outside_discussions', to='cases.episode')),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                    ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-on', '-id'],
                },
            ),
            migrations.CreateModel(
                name='OutsideDiscussionHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('organisation_name', models.CharField(max_length=200)),
                    ('on', models.DateField()),
                    ('outcome', models.TextField()),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('episode', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.episode')),
                    ('organisation', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.organisation')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='mdt.outsidediscussion')),
                    ('recorded_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Preparation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                    ('note', models.CharField(blank=True, max_length=500)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='preparations', to='mdt.listing')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('listing', 'role'), name='mdt_preparation_once')],
                },
            ),
            migrations.CreateModel(
                name='PreparationHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('role', models.CharField(choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                    ('note', models.CharField(blank=True, max_length=500)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('listing', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='mdt.listing')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='mdt.preparation')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SetAside',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(blank=True, max_length=300)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('episode', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.episode')),
                    ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='set_aside', to='mdt.meeting')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('meeting', 'episode'), name='mdt_set_aside_once')],
                },
            ),
            migrations.CreateModel(
                name='SetAsideHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('reason', models.CharField(blank=True, max_length=300)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('episode', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.episode')),
                    ('meeting', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='mdt.meeting')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='mdt.setaside')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='StandardOfCare',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standards_of_care', to='accounts.team')),
                ],
                options={
                    'verbose_name_plural': 'standards of care',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='StandardRetirement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(max_length=300)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('retired_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('standard', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='retirement', to='mdt.standardofcare')),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='StandardVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('title', models.CharField(max_length=120)),
                    ('condition', models.JSONField(help_text='Of which cases it speaks: a condition over the guidance facts')),
                    ('plan', models.JSONField(help_text='The standard plan: intent and treatments, as the guidance contract has them')),
                    ('source', models.CharField(max_length=200)),
                    ('review_on', models.DateField()),
                    ('active_from', models.DateField()),
                    ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('standard', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='mdt.standardofcare')),
                ],
                options={
                    'ordering': ['standard', '-number'],
                    'constraints': [models.UniqueConstraint(fields=('standard', 'number'), name='mdt_standard_version_once'), models.CheckConstraint(condition=models.Q(('review_on__gt', models.F('active_from'))), name='mdt_standard_reviewed_after_it_begins')],
                },
            ),
            migrations.CreateModel(
                name='Telling',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('told_on', models.DateField()),
                    ('how', models.CharField(choices=[('clinic', 'In clinic'), ('telephone', 'By telephone'), ('video', 'By video call'), ('ward', 'On the ward'), ('home', 'At home')], max_length=10)),
                    ('benefits_discussed', models.BooleanField(default=False)),
                    ('side_effects_discussed', models.BooleanField(default=False)),
                    ('choice', models.CharField(choices=[('accepts', 'Accepts what was proposed'), ('declines', 'Declines it'), ('wants_time', 'Wants time to think'), ('wants_opinion', 'Wants a second opinion')], max_length=15)),
                    ('decide_by_on', models.DateField(blank=True, null=True, verbose_name='by when they decide')),
                    ('questions', models.TextField(blank=True, verbose_name='questions left')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tellings', to='mdt.decision')),
                    ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('told_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-told_on', '-id'],
                },
            ),
            migrations.CreateModel(
                name='Letter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('kind', models.CharField(choices=[('clinical', 'To the referring clinician and the GP'), ('patient', 'To the patient')], max_length=10)),
                    ('recipients', models.TextField(blank=True, help_text='One to a line')),
                    ('text', models.TextField(help_text='As it reads, placeholders filled in')),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('checked', 'Checked'), ('issued', 'Issued'), ('replaced', 'Replaced by a later one'), ('stopped', 'Stopped')], default='draft', max_length=10)),
                    ('status_reason', models.CharField(blank=True, max_length=300)),
                    ('due_on', models.DateField()),
                    ('checked_at', models.DateTimeField(blank=True, null=True)),
                    ('issued_at', models.DateTimeField(blank=True, null=True)),
                    ('pdf', models.FileField(blank=True, max_length=120, upload_to='letters')),
                    ('pdf_sha256', models.CharField(blank=True, max_length=64)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='cases.case')),
                    ('checked_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='mdt.decision')),
                    ('issued_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('template', models.ForeignKey(blank=True, help_text='Empty: built-in', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mdt.lettertemplate')),
                ],
                options={
                    'ordering': ['due_on', 'id'],
                    'indexes': [models.Index(fields=['case', '-id'], name='mdt_letter_case'), models.Index(condition=models.Q(('status__in', ['draft', 'checked'])), fields=['due_on'], name='mdt_letter_to_issue')],
                    'constraints': [models.UniqueConstraint(fields=('decision', 'kind'), name='mdt_letter_once'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'issued'), _negated=True), models.Q(('issued_at__isnull', False), models.Q(('pdf_sha256', ''), _negated=True)), _connector='OR'), name='mdt_letter_issued_is_fixed')],
                },
            ),
            migrations.CreateModel(
                name='LetterHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('kind', models.CharField(choices=[('clinical', 'To the referring clinician and the GP'), ('patient', 'To the patient')], max_length=10)),
                    ('recipients', models.TextField(blank=True, help_text='One to a line')),
                    ('text', models.TextField(help_text='As it reads, placeholders filled in')),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('checked', 'Checked'), ('issued', 'Issued'), ('replaced', 'Replaced by a later one'), ('stopped', 'Stopped')], default='draft', max_length=10)),
                    ('status_reason', models.CharField(blank=True, max_length=300)),
                    ('due_on', models.DateField()),
                    ('checked_at', models.DateTimeField(blank=True, null=True)),
                    ('issued_at', models.DateTimeField(blank=True, null=True)),
                    ('pdf', models.FileField(blank=True, max_length=120, upload_to='letters')),
                    ('pdf_sha256', models.CharField(blank=True, max_length=64)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.case')),
                    ('checked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('decision', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='mdt.decision')),
                    ('issued_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='mdt.letter')),
                    ('template', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: built-in', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='mdt.lettertemplate')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='LetterUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('how', models.CharField(choices=[('printed', 'Printed'), ('downloaded', 'Downloaded'), ('fetched', 'Fetched by a hospital system')], max_length=10)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('letter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='mdt.letter')),
                ],
                options={
                    'ordering': ['-at', '-id'],
                },
            ),
            migrations.CreateModel(
                name='StandardApproval',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('version', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='approval', to='mdt.standardversion')),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
        ),
        Together(
            migrations.AddField(
                model_name='decision',
                name='asked',
                field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list, help_text='Of an urgent decision: who was asked, and what they said'),
            ),
            migrations.AddField(
                model_name='decision',
                name='confirmed_by',
                field=models.ForeignKey(db_index=False, help_text='Of a standard of care: the clinician who confirmed it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='decision',
                name='ratify_at',
                field=models.ForeignKey(db_index=False, help_text='Of an urgent decision: the meeting that is to ratify it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mdt.meeting'),
            ),
            migrations.AddField(
                model_name='decision',
                name='relist_on',
                field=models.DateField(null=True, verbose_name='discuss again from'),
            ),
            migrations.AddField(
                model_name='listing',
                name='gaps_accepted_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listing',
                name='gaps_accepted_reason',
                field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='why it is listed with facts missing'),
            ),
            migrations.AddField(
                model_name='listing',
                name='guest',
                field=models.CharField(blank=True, db_default='', default='', help_text='Who joins for this case', max_length=200, verbose_name='guest'),
            ),
            migrations.AddField(
                model_name='listing',
                name='late_approved_at',
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='listing',
                name='late_approved_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listing',
                name='late_reason',
                field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='why it is listed after the cut-off'),
            ),
            migrations.AddField(
                model_name='listing',
                name='minutes',
                field=models.PositiveSmallIntegerField(blank=True, help_text="Where it needs more or less time than the team's cases do", null=True),
            ),
            migrations.AddField(
                model_name='listing',
                name='off_reason',
                field=models.CharField(blank=True, choices=[('radiology', 'Radiology'), ('histology', 'Histology'), ('clinical_information', 'Clinical information'), ('capacity', 'No time at this meeting'), ('patient', "The patient's wish or condition"), ('cancelled', 'The meeting was cancelled')], db_default='', default='', max_length=20),
            ),
            migrations.AddField(
                model_name='listing',
                name='pulled_back_at',
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='listing',
                name='pulled_back_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listing',
                name='pulled_back_reason',
                field=models.CharField(blank=True, db_default='', default='', max_length=300),
            ),
            migrations.AddField(
                model_name='listing',
                name='source',
                field=models.CharField(blank=True, choices=[('to_ratify', 'An urgent decision to ratify'), ('recurrence', 'A recurrence that no meeting has discussed'), ('post_operative', 'Histology after an operation'), ('results', 'Results since it was last discussed'), ('relisted', 'Listed again by the last decision, and due'), ('postponed', 'Put off by an earlier meeting'), ('not_delivered', 'The agreed plan was not delivered in time'), ('ready', 'Accepted and ready for its first discussion')], db_default='', default='', help_text='Empty: somebody put it on the list by hand', max_length=20, verbose_name='why it was proposed'),
            ),
            migrations.AddField(
                model_name='listing',
                name='standard_confirmed_at',
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='listing',
                name='standard_confirmed_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listing',
                name='urgency',
                field=models.CharField(blank=True, choices=[('urgent', 'Urgent: not later than this meeting'), ('routine', 'Routine')], db_default='', default='', max_length=10),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='gaps_accepted_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='gaps_accepted_reason',
                field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='why it is listed with facts missing'),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='guest',
                field=models.CharField(blank=True, db_default='', default='', help_text='Who joins for this case', max_length=200, verbose_name='guest'),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='late_approved_at',
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='late_approved_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='late_reason',
                field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='why it is listed after the cut-off'),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='minutes',
                field=models.PositiveSmallIntegerField(blank=True, help_text="Where it needs more or less time than the team's cases do", null=True),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='off_reason',
                field=models.CharField(blank=True, choices=[('radiology', 'Radiology'), ('histology', 'Histology'), ('clinical_information', 'Clinical information'), ('capacity', 'No time at this meeting'), ('patient', "The patient's wish or condition"), ('cancelled', 'The meeting was cancelled')], db_default='', default='', max_length=20),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='pulled_back_at',
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='pulled_back_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='pulled_back_reason',
                field=models.CharField(blank=True, db_default='', default='', max_length=300),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='source',
                field=models.CharField(blank=True, choices=[('to_ratify', 'An urgent decision to ratify'), ('recurrence', 'A recurrence that no meeting has discussed'), ('post_operative', 'Histology after an operation'), ('results', 'Results since it was last discussed'), ('relisted', 'Listed again by the last decision, and due'), ('postponed', 'Put off by an earlier meeting'), ('not_delivered', 'The agreed plan was not delivered in time'), ('ready', 'Accepted and ready for its first discussion')], db_default='', default='', help_text='Empty: somebody put it on the list by hand', max_length=20, verbose_name='why it was proposed'),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='standard_confirmed_at',
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='standard_confirmed_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='urgency',
                field=models.CharField(blank=True, choices=[('urgent', 'Urgent: not later than this meeting'), ('routine', 'Routine')], db_default='', default='', max_length=10),
            ),
            migrations.AddField(
                model_name='meeting',
                name='cut_off_at',
                field=models.DateTimeField(blank=True, help_text='From then on the chair approves what is added', null=True),
            ),
            migrations.AddField(
                model_name='meeting',
                name='is_extra',
                field=models.BooleanField(db_default=False, default=False, verbose_name='outside the weekly rhythm'),
            ),
            migrations.AddField(
                model_name='meetinghistory',
                name='cut_off_at',
                field=models.DateTimeField(blank=True, help_text='From then on the chair approves what is added', null=True),
            ),
            migrations.AddField(
                model_name='meetinghistory',
                name='is_extra',
                field=models.BooleanField(db_default=False, default=False, verbose_name='outside the weekly rhythm'),
            ),
            migrations.AlterField(
                model_name='listing',
                name='status',
                field=models.CharField(choices=[('to_approve', 'Waits for the chair'), ('listed', 'Listed'), ('discussing', 'Being discussed'), ('discussed', 'Outcome to record'), ('decided', 'Decided'), ('postponed', 'Postponed'), ('withdrawn', 'Taken off the list')], default='listed', max_length=12),
            ),
            migrations.AlterField(
                model_name='listinghistory',
                name='status',
                field=models.CharField(choices=[('to_approve', 'Waits for the chair'), ('listed', 'Listed'), ('discussing', 'Being discussed'), ('discussed', 'Outcome to record'), ('decided', 'Decided'), ('postponed', 'Postponed'), ('withdrawn', 'Taken off the list')], default='listed', max_length=12),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='listing',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_listinghistory" ("created_at", "episode_id", "gaps_accepted_by_id", "gaps_accepted_reason", "guest", "id", "late_approved_at", "late_approved_by_id", "late_reason", "listed_by_id", "meeting_id", "minutes", "off_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "pulled_back_at", "pulled_back_by_id", "pulled_back_reason", "question", "responsible_id", "source", "standard_confirmed_at", "standard_confirmed_by_id", "standard_id", "status", "status_reason", "track", "urgency", "version") VALUES (NEW."created_at", NEW."episode_id", NEW."gaps_accepted_by_id", NEW."gaps_accepted_reason", NEW."guest", NEW."id", NEW."late_approved_at", NEW."late_approved_by_id", NEW."late_reason", NEW."listed_by_id", NEW."meeting_id", NEW."minutes", NEW."off_reason", NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."position", NEW."pulled_back_at", NEW."pulled_back_by_id", NEW."pulled_back_reason", NEW."question", NEW."responsible_id", NEW."source", NEW."standard_confirmed_at", NEW."standard_confirmed_by_id", NEW."standard_id", NEW."status", NEW."status_reason", NEW."track", NEW."urgency", NEW."version"); RETURN NULL;', hash='333364243419a8ea99f12aab30ec6874a892808d', operation='INSERT', pgid='pgtrigger_insert_insert_c129d', table='mdt_listing', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='listing',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_listinghistory" ("created_at", "episode_id", "gaps_accepted_by_id", "gaps_accepted_reason", "guest", "id", "late_approved_at", "late_approved_by_id", "late_reason", "listed_by_id", "meeting_id", "minutes", "off_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "pulled_back_at", "pulled_back_by_id", "pulled_back_reason", "question", "responsible_id", "source", "standard_confirmed_at", "standard_confirmed_by_id", "standard_id", "status", "status_reason", "track", "urgency", "version") VALUES (NEW."created_at", NEW."episode_id", NEW."gaps_accepted_by_id", NEW."gaps_accepted_reason", NEW."guest", NEW."id", NEW."late_approved_at", NEW."late_approved_by_id", NEW."late_reason", NEW."listed_by_id", NEW."meeting_id", NEW."minutes", NEW."off_reason", NOW(), \'update\', NEW."id", NEW."plan_id", NEW."position", NEW."pulled_back_at", NEW."pulled_back_by_id", NEW."pulled_back_reason", NEW."question", NEW."responsible_id", NEW."source", NEW."standard_confirmed_at", NEW."standard_confirmed_by_id", NEW."standard_id", NEW."status", NEW."status_reason", NEW."track", NEW."urgency", NEW."version"); RETURN NULL;', hash='d342a878dbbcb67f1d551b964000a53cf1121500', operation='UPDATE', pgid='pgtrigger_update_update_ecaf2', table='mdt_listing', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='listing',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_listinghistory" ("created_at", "episode_id", "gaps_accepted_by_id", "gaps_accepted_reason", "guest", "id", "late_approved_at", "late_approved_by_id", "late_reason", "listed_by_id", "meeting_id", "minutes", "off_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "pulled_back_at", "pulled_back_by_id", "pulled_back_reason", "question", "responsible_id", "source", "standard_confirmed_at", "standard_confirmed_by_id", "standard_id", "status", "status_reason", "track", "urgency", "version") VALUES (OLD."created_at", OLD."episode_id", OLD."gaps_accepted_by_id", OLD."gaps_accepted_reason", OLD."guest", OLD."id", OLD."late_approved_at", OLD."late_approved_by_id", OLD."late_reason", OLD."listed_by_id", OLD."meeting_id", OLD."minutes", OLD."off_reason", NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."position", OLD."pulled_back_at", OLD."pulled_back_by_id", OLD."pulled_back_reason", OLD."question", OLD."responsible_id", OLD."source", OLD."standard_confirmed_at", OLD."standard_confirmed_by_id", OLD."standard_id", OLD."status", OLD."status_reason", OLD."track", OLD."urgency", OLD."version"); RETURN NULL;', hash='bdd8fc5138d827aeaf4fc263184a8fde6562d908', operation='DELETE', pgid='pgtrigger_delete_delete_90d86', table='mdt_listing', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='meeting',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_meetinghistory" ("chair_id", "created_at", "cut_off_at", "ended_at", "id", "is_extra", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "starts_at", "status", "team_id", "version") VALUES (NEW."chair_id", NEW."created_at", NEW."cut_off_at", NEW."ended_at", NEW."id", NEW."is_extra", NEW."opened_at", NOW(), \'insert\', NEW."id", NEW."place", NEW."starts_at", NEW."status", NEW."team_id", NEW."version"); RETURN NULL;', hash='52b9222dd0ca57bd98f81d8e550a63121d0af7df', operation='INSERT', pgid='pgtrigger_insert_insert_6c41f', table='mdt_meeting', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='meeting',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_meetinghistory" ("chair_id", "created_at", "cut_off_at", "ended_at", "id", "is_extra", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "starts_at", "status", "team_id", "version") VALUES (NEW."chair_id", NEW."created_at", NEW."cut_off_at", NEW."ended_at", NEW."id", NEW."is_extra", NEW."opened_at", NOW(), \'update\', NEW."id", NEW."place", NEW."starts_at", NEW."status", NEW."team_id", NEW."version"); RETURN NULL;', hash='5778d4c59e39e8bb31e77a0dd03c6793fb6213c8', operation='UPDATE', pgid='pgtrigger_update_update_2c792', table='mdt_meeting', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='meeting',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_meetinghistory" ("chair_id", "created_at", "cut_off_at", "ended_at", "id", "is_extra", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "starts_at", "status", "team_id", "version") VALUES (OLD."chair_id", OLD."created_at", OLD."cut_off_at", OLD."ended_at", OLD."id", OLD."is_extra", OLD."opened_at", NOW(), \'delete\', OLD."id", OLD."place", OLD."starts_at", OLD."status", OLD."team_id", OLD."version"); RETURN NULL;', hash='f217873d04a44d6f6e5071857118ed17fa778d81', operation='DELETE', pgid='pgtrigger_delete_delete_31a54', table='mdt_meeting', when='AFTER')),
            ),
        ),
        Together(
            migrations.AddField(
                model_name='decision',
                name='standard',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='mdt.standardversion'),
            ),
            migrations.AddField(
                model_name='listing',
                name='standard',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='mdt.standardversion'),
            ),
            migrations.AddField(
                model_name='listinghistory',
                name='standard',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='mdt.standardversion'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='gap',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_gaphistory" ("closed_at", "closed_because", "due_on", "episode_id", "id", "kind", "meeting_id", "opened_at", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reminded_at", "reminded_by_id", "role") VALUES (NEW."closed_at", NEW."closed_because", NEW."due_on", NEW."episode_id", NEW."id", NEW."kind", NEW."meeting_id", NEW."opened_at", NEW."owner_id", NOW(), \'insert\', NEW."id", NEW."reminded_at", NEW."reminded_by_id", NEW."role"); RETURN NULL;', hash='2a0e46fed506a82203fc5c086e484b02919d8ca6', operation='INSERT', pgid='pgtrigger_insert_insert_32f02', table='mdt_gap', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='gap',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_gaphistory" ("closed_at", "closed_because", "due_on", "episode_id", "id", "kind", "meeting_id", "opened_at", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reminded_at", "reminded_by_id", "role") VALUES (NEW."closed_at", NEW."closed_because", NEW."due_on", NEW."episode_id", NEW."id", NEW."kind", NEW."meeting_id", NEW."opened_at", NEW."owner_id", NOW(), \'update\', NEW."id", NEW."reminded_at", NEW."reminded_by_id", NEW."role"); RETURN NULL;', hash='57b1c5ca168b1e7db796ab4844cc13f82c79f5f5', operation='UPDATE', pgid='pgtrigger_update_update_eff90', table='mdt_gap', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='gap',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_gaphistory" ("closed_at", "closed_because", "due_on", "episode_id", "id", "kind", "meeting_id", "opened_at", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reminded_at", "reminded_by_id", "role") VALUES (OLD."closed_at", OLD."closed_because", OLD."due_on", OLD."episode_id", OLD."id", OLD."kind", OLD."meeting_id", OLD."opened_at", OLD."owner_id", NOW(), \'delete\', OLD."id", OLD."reminded_at", OLD."reminded_by_id", OLD."role"); RETURN NULL;', hash='080cfe28a7338631cc6b3599a0409510f9243bc2', operation='DELETE', pgid='pgtrigger_delete_delete_77aed', table='mdt_gap', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='gaphistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='980f365e6604a16aa56c9aaedd14ebb8d97c4753', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_85401', table='mdt_gaphistory', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='lettertemplate',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8ba21fae1d3401edebbd0e334cd5472f5828cfc2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4cc3f', table='mdt_lettertemplate', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='letterhistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='40bf8b26331994047a7c80ccc2c6e3d1b988a57d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c76cb', table='mdt_letterhistory', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='letter',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_letterhistory" ("case_id", "checked_at", "checked_by_id", "created_at", "decision_id", "due_on", "id", "issued_at", "issued_by_id", "kind", "pdf", "pdf_sha256", "pgh_created_at", "pgh_label", "pgh_obj_id", "recipients", "status", "status_reason", "template_id", "text", "version") VALUES (NEW."case_id", NEW."checked_at", NEW."checked_by_id", NEW."created_at", NEW."decision_id", NEW."due_on", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."kind", NEW."pdf", NEW."pdf_sha256", NOW(), \'insert\', NEW."id", NEW."recipients", NEW."status", NEW."status_reason", NEW."template_id", NEW."text", NEW."version"); RETURN NULL;', hash='33095b4bf598fde61ff7a27a8729d203f5d73a29', operation='INSERT', pgid='pgtrigger_insert_insert_27243', table='mdt_letter', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='letter',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_letterhistory" ("case_id", "checked_at", "checked_by_id", "created_at", "decision_id", "due_on", "id", "issued_at", "issued_by_id", "kind", "pdf", "pdf_sha256", "pgh_created_at", "pgh_label", "pgh_obj_id", "recipients", "status", "status_reason", "template_id", "text", "version") VALUES (NEW."case_id", NEW."checked_at", NEW."checked_by_id", NEW."created_at", NEW."decision_id", NEW."due_on", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."kind", NEW."pdf", NEW."pdf_sha256", NOW(), \'update\', NEW."id", NEW."recipients", NEW."status", NEW."status_reason", NEW."template_id", NEW."text", NEW."version"); RETURN NULL;', hash='c70050be126c9de4c190e4cb77cb8e4cb8ffae9a', operation='UPDATE', pgid='pgtrigger_update_update_7dc17', table='mdt_letter', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='letter',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_letterhistory" ("case_id", "checked_at", "checked_by_id", "created_at", "decision_id", "due_on", "id", "issued_at", "issued_by_id", "kind", "pdf", "pdf_sha256", "pgh_created_at", "pgh_label", "pgh_obj_id", "recipients", "status", "status_reason", "template_id", "text", "version") VALUES (OLD."case_id", OLD."checked_at", OLD."checked_by_id", OLD."created_at", OLD."decision_id", OLD."due_on", OLD."id", OLD."issued_at", OLD."issued_by_id", OLD."kind", OLD."pdf", OLD."pdf_sha256", NOW(), \'delete\', OLD."id", OLD."recipients", OLD."status", OLD."status_reason", OLD."template_id", OLD."text", OLD."version"); RETURN NULL;', hash='4d0238f1afd081fb9e3bb342e1e994841423d44b', operation='DELETE', pgid='pgtrigger_delete_delete_c7af8', table='mdt_letter', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='letteruse',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='77d3c851f46879f5b180c96915a19b2c4485dc64', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9d525', table='mdt_letteruse', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='meetingsignature',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d09259a504648623c32b6edc53fbb7450cbdbf76', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a5a1b', table='mdt_meetingsignature', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='outsidediscussion',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_outsidediscussionhistory" ("created_at", "episode_id", "id", "on", "organisation_id", "organisation_name", "outcome", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id") VALUES (NEW."created_at", NEW."episode_id", NEW."id", NEW."on", NEW."organisation_id", NEW."organisation_name", NEW."outcome", NOW(), \'insert\', NEW."id", NEW."recorded_by_id"); RETURN NULL;', hash='3a981689fa9b46466e5098b7383de0979cae69b1', operation='INSERT', pgid='pgtrigger_insert_insert_94aa2', table='mdt_outsidediscussion', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='outsidediscussion',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_outsidediscussionhistory" ("created_at", "episode_id", "id", "on", "organisation_id", "organisation_name", "outcome", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id") VALUES (NEW."created_at", NEW."episode_id", NEW."id", NEW."on", NEW."organisation_id", NEW."organisation_name", NEW."outcome", NOW(), \'update\', NEW."id", NEW."recorded_by_id"); RETURN NULL;', hash='3a808c78d34f88f41030f3d493f019d2650d52fa', operation='UPDATE', pgid='pgtrigger_update_update_386bd', table='mdt_outsidediscussion', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='outsidediscussion',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_outsidediscussionhistory" ("created_at", "episode_id", "id", "on", "organisation_id", "organisation_name", "outcome", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id") VALUES (OLD."created_at", OLD."episode_id", OLD."id", OLD."on", OLD."organisation_id", OLD."organisation_name", OLD."outcome", NOW(), \'delete\', OLD."id", OLD."recorded_by_id"); RETURN NULL;', hash='6c127f0628bd902c325f75d8a9d1cc06f023526b', operation='DELETE', pgid='pgtrigger_delete_delete_4754a', table='mdt_outsidediscussion', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='outsidediscussionhistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8860ed7ac36d1f5ec0e6bc8539afd72eeaf90d10', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_234df', table='mdt_outsidediscussionhistory', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='preparation',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_preparationhistory" ("at", "by_id", "id", "listing_id", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (NEW."at", NEW."by_id", NEW."id", NEW."listing_id", NEW."note", NOW(), \'insert\', NEW."id", NEW."role"); RETURN NULL;', hash='dc47e2155f6215f6abc6356b5f2237ca5bd32457', operation='INSERT', pgid='pgtrigger_insert_insert_ccec1', table='mdt_preparation', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='preparation',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_preparationhistory" ("at", "by_id", "id", "listing_id", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (NEW."at", NEW."by_id", NEW."id", NEW."listing_id", NEW."note", NOW(), \'update\', NEW."id", NEW."role"); RETURN NULL;', hash='3cbe563bf6fefe1670baf8feef7b5610c66a7b36', operation='UPDATE', pgid='pgtrigger_update_update_f491c', table='mdt_preparation', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='preparation',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_preparationhistory" ("at", "by_id", "id", "listing_id", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (OLD."at", OLD."by_id", OLD."id", OLD."listing_id", OLD."note", NOW(), \'delete\', OLD."id", OLD."role"); RETURN NULL;', hash='6e69ce8d0733304e5ddfa1eb080de241aeed0dd8', operation='DELETE', pgid='pgtrigger_delete_delete_cd780', table='mdt_preparation', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='preparationhistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='722f73ca1cfb62f2c415febbe4b5c51cf5d63554', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3294e', table='mdt_preparationhistory', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='setaside',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_setasidehistory" ("at", "by_id", "episode_id", "id", "meeting_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by_id", NEW."episode_id", NEW."id", NEW."meeting_id", NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='3b1693056fb95b286a989ad18b829d8ec5277c67', operation='INSERT', pgid='pgtrigger_insert_insert_c18e3', table='mdt_setaside', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='setaside',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "mdt_setasidehistory" ("at", "by_id", "episode_id", "id", "meeting_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by_id", NEW."episode_id", NEW."id", NEW."meeting_id", NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='542cf05a60bb00a6675cb5ee9ad2ad1dadfb2f48', operation='UPDATE', pgid='pgtrigger_update_update_815e2', table='mdt_setaside', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='setaside',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "mdt_setasidehistory" ("at", "by_id", "episode_id", "id", "meeting_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."at", OLD."by_id", OLD."episode_id", OLD."id", OLD."meeting_id", NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='081e249459c7083934d4a0e7113816eaf006553c', operation='DELETE', pgid='pgtrigger_delete_delete_b30d1', table='mdt_setaside', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='setasidehistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3f751a48ce260b1bb962f9d974da0dd95a5b94f9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_82ede', table='mdt_setasidehistory', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='standardretirement',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='aa4364f8f6ca5b9f75ac9741b7f61c147f3652e0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ad247', table='mdt_standardretirement', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='standardversion',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9438df7949b2e077b9bd9971d64287ccd06156e2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_67ea7', table='mdt_standardversion', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='standardapproval',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fc284d6ee52f04fb9cad881e2db19712a12b196f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_94446', table='mdt_standardapproval', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='telling',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='dbd85b2581b3641312ff3492bf1e46035de13ea5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6c317', table='mdt_telling', when='BEFORE')),
            ),
        ),
        AppendOnly(
            "mdt_gaphistory",
            "mdt_letterhistory",
            "mdt_lettertemplate",
            "mdt_letteruse",
            "mdt_meetingsignature",
            "mdt_outsidediscussionhistory",
            "mdt_preparationhistory",
            "mdt_setasidehistory",
            "mdt_standardversion",
            "mdt_standardapproval",
            "mdt_standardretirement",
            "mdt_telling",
        ),
    ]

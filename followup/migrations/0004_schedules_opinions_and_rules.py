"""Schedules of reviews, what a second opinion needs, and the rules, mails and absences of reminders."""

import datetime
import django.contrib.postgres.fields
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
        ('accounts', '0005_single_keys'),
        ('cases', '0012_merged_records'),
        ('followup', '0003_reminders_of_the_meeting'),
        ('treatments', '0008_plans_to_deliver'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name='Absence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('from_on', models.DateField(verbose_name='from')),
                    ('until_on', models.DateField(help_text='The last day away', verbose_name='until')),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'ordering': ['from_on'],
                },
            ),
            migrations.CreateModel(
                name='AbsenceHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('from_on', models.DateField(verbose_name='from')),
                    ('until_on', models.DateField(help_text='The last day away', verbose_name='until')),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ExpertLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('expert_name', models.CharField(max_length=200)),
                    ('expert_post', models.CharField(blank=True, max_length=200, verbose_name='post and hospital')),
                    ('expert_telephone', models.CharField(blank=True, max_length=40)),
                    ('token_hash', models.CharField(max_length=64, unique=True)),
                    ('code_hash', models.CharField(max_length=200)),
                    ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('expires_at', models.DateTimeField()),
                    ('wrong_codes', models.PositiveSmallIntegerField(default=0)),
                    ('session_hash', models.CharField(blank=True, max_length=64)),
                    ('session_until', models.DateTimeField(blank=True, null=True)),
                    ('draft', models.JSONField(default=dict, help_text='What the expert typed and has not handed in')),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('ended_reason', models.CharField(blank=True, choices=[('taken_back', 'Taken back'), ('too_many_tries', 'Too many wrong codes'), ('replaced', 'Replaced by a new link'), ('answered', 'The opinion was handed in'), ('not_needed', 'The request was withdrawn or declined, or the patient died')], max_length=15)),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='LossToFollowUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('last_seen_on', models.DateField(blank=True, null=True)),
                    ('tried', models.TextField(help_text='Whom was written to or rung, and when', verbose_name='what was tried')),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('found_on', models.DateField(blank=True, help_text='When the patient was in touch again', null=True)),
                ],
                options={
                    'verbose_name_plural': 'losses to follow-up',
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='LossToFollowUpHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('last_seen_on', models.DateField(blank=True, null=True)),
                    ('tried', models.TextField(help_text='Whom was written to or rung, and when', verbose_name='what was tried')),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('found_on', models.DateField(blank=True, help_text='When the patient was in touch again', null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Mail',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('at_once', 'At once'), ('digest', 'Digest')], max_length=7)),
                    ('status', models.CharField(choices=[('pending', 'Waits to be sent'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('failed', 'Could not be sent'), ('cancelled', 'No longer needed')], default='pending', max_length=10)),
                    ('message_id', models.CharField(help_text='The same on every try', max_length=120, unique=True)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('next_try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('claimed_by', models.CharField(blank=True, max_length=80)),
                    ('claimed_until', models.DateTimeField(blank=True, null=True)),
                    ('handed_over_at', models.DateTimeField(blank=True, help_text='When the try that is running began to speak to the mail server', null=True)),
                    ('sent_at', models.DateTimeField(blank=True, null=True)),
                    ('in_doubt', models.BooleanField(default=False, help_text='A try may have reached the mail server before it was cut off')),
                    ('last_error', models.CharField(blank=True, help_text='The kind of error; never its text', max_length=200)),
                    ('bounced_at', models.DateTimeField(blank=True, null=True)),
                    ('bounce_status', models.CharField(blank=True, help_text='Of RFC 3463, such as 5.1.1', max_length=10)),
                    ('seen_at', models.DateTimeField(blank=True, help_text='When a coordinator dealt with its failure', null=True)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'ordering': ['-created_at', '-id'],
                },
            ),
            migrations.CreateModel(
                name='OpinionAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('way', models.CharField(choices=[('link', 'By the expert, through the link'), ('here', 'By the team asked, here'), ('typed', 'Copied from a letter or a call by the home team')], max_length=5)),
                    ('given_on', models.DateField()),
                    ('given_by_name', models.CharField(max_length=200)),
                    ('text', models.TextField(help_text="The opinion in the expert's own words")),
                    ('was_blind', models.BooleanField(help_text="The home team's plan had not been shown")),
                    ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
            ),
            migrations.CreateModel(
                name='OpinionFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('file', models.FileField(upload_to='opinions/%Y')),
                    ('title', models.CharField(max_length=200)),
                    ('content_type', models.CharField(max_length=100)),
                    ('size_bytes', models.PositiveIntegerField()),
                    ('sha256', models.CharField(max_length=64, verbose_name='checksum (SHA-256)')),
                    ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='OpinionSending',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('how', models.CharField(choices=[('pack', 'Pack (PDF)'), ('bundle', 'Structured bundle'), ('share', 'Shared with the team asked'), ('link', 'Link made for an outside expert'), ('opened', 'Opened by the outside expert')], max_length=10)),
                    ('to', models.CharField(help_text='The centre, team or expert', max_length=400)),
                    ('parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('summary', 'Summary: the six facts, age, history'), ('pathology', 'Pathology reports'), ('imaging', 'Imaging reports'), ('staging', 'Staging and grading'), ('treatments', 'Treatments given'), ('discussions', 'What the MDT decided so far'), ('plan', 'The home team’s plan'), ('wishes', 'What the patient knows and wants'), ('documents', 'Documents'), ('images', 'Links to images')], max_length=15), size=None)),
                    ('sha256', models.CharField(blank=True, help_text='Of the file that was made', max_length=64)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='OpinionView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('item', models.CharField(choices=[('diagnosis', 'Diagnosis'), ('grade', 'Grade'), ('stage', 'Stage'), ('resectability', 'Resectability'), ('treatment', 'Treatment')], max_length=15)),
                    ('theirs', models.CharField(blank=True, help_text='A code; empty: no view given', max_length=100)),
                    ('theirs_text', models.CharField(blank=True, max_length=500)),
                    ('ours', models.CharField(blank=True, help_text='A code; empty: the home team had none yet', max_length=100)),
                    ('agrees', models.BooleanField(help_text='Empty: nothing to compare', null=True)),
                ],
                options={
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='ReminderRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('kind', models.CharField(choices=[('review_due', 'Review due'), ('opinion_step_due', 'Second opinion: step due'), ('gap_due', 'Facts missing before the meeting'), ('action_due', 'Action due'), ('ratification_due', 'Decision to ratify'), ('letter_due', 'Outcome letter due'), ('patient_to_tell', 'Patient to be told'), ('plan_not_started', 'Agreed plan not started in time'), ('schedule_to_confirm', 'Follow-up to confirm')], max_length=20)),
                    ('offset', models.SmallIntegerField(help_text='Before the due date where negative, after it where positive', verbose_name='how long')),
                    ('unit', models.CharField(choices=[('days', 'days'), ('working_days', 'working days of England')], default='days', max_length=12)),
                    ('audience', models.CharField(choices=[('owner', 'Who owes it, or who covers for them'), ('role', 'Everyone of a role in the team')], default='owner', max_length=5, verbose_name='to whom')),
                    ('role', models.CharField(blank=True, choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                    ('channel', models.CharField(choices=[('product', 'In the product only'), ('digest', 'In the day’s e-mail'), ('at_once', 'By e-mail at once')], default='digest', max_length=7, verbose_name='how')),
                    ('is_on', models.BooleanField(default=True, verbose_name='in use')),
                ],
                options={
                    'ordering': ['kind', 'offset', 'id'],
                },
            ),
            migrations.CreateModel(
                name='ReminderRuleHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('kind', models.CharField(choices=[('review_due', 'Review due'), ('opinion_step_due', 'Second opinion: step due'), ('gap_due', 'Facts missing before the meeting'), ('action_due', 'Action due'), ('ratification_due', 'Decision to ratify'), ('letter_due', 'Outcome letter due'), ('patient_to_tell', 'Patient to be told'), ('plan_not_started', 'Agreed plan not started in time'), ('schedule_to_confirm', 'Follow-up to confirm')], max_length=20)),
                    ('offset', models.SmallIntegerField(help_text='Before the due date where negative, after it where positive', verbose_name='how long')),
                    ('unit', models.CharField(choices=[('days', 'days'), ('working_days', 'working days of England')], default='days', max_length=12)),
                    ('audience', models.CharField(choices=[('owner', 'Who owes it, or who covers for them'), ('role', 'Everyone of a role in the team')], default='owner', max_length=5, verbose_name='to whom')),
                    ('role', models.CharField(blank=True, choices=[('surgeon', 'Specialist surgeon'), ('oncologist', 'Oncologist'), ('nurse_specialist', 'Clinical nurse specialist'), ('pathologist', 'Pathologist'), ('radiologist', 'Radiologist'), ('palliative_care', 'Palliative care doctor'), ('coordinator', 'MDT coordinator'), ('trial_coordinator', 'Trial coordinator'), ('referrer', 'Referring clinician'), ('manager', 'Service manager'), ('observer', 'Observer'), ('integration_engineer', 'Integration engineer'), ('administrator', 'Administrator'), ('hospital_system', 'Hospital system')], max_length=30)),
                    ('channel', models.CharField(choices=[('product', 'In the product only'), ('digest', 'In the day’s e-mail'), ('at_once', 'By e-mail at once')], default='digest', max_length=7, verbose_name='how')),
                    ('is_on', models.BooleanField(default=True, verbose_name='in use')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ReminderSettings',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest_by_mail', models.BooleanField(default=True, verbose_name='the day’s e-mail')),
                    ('digest_at', models.TimeField(default=datetime.time(7, 0), verbose_name='at')),
                ],
                options={
                    'verbose_name_plural': 'reminder settings',
                },
            ),
            migrations.CreateModel(
                name='ReviewSchedule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('pathway', models.CharField(help_text='Its key in the table of schedules', max_length=40)),
                    ('edition', models.CharField(help_text='Of the table from which it was proposed', max_length=60)),
                    ('from_on', models.DateField(help_text='End of the definitive treatment', verbose_name='months count from')),
                    ('phases', models.JSONField(help_text='List of {until_months: int or null, every_months: int, kinds: [kind of review]}, in their order')),
                    ('status', models.CharField(choices=[('proposed', 'Proposed'), ('confirmed', 'Confirmed'), ('not_wanted', 'Not wanted'), ('ended', 'Ended')], default='proposed', max_length=10)),
                    ('note', models.CharField(blank=True, help_text='Why it was changed, or is not wanted', max_length=300)),
                    ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                    ('ended_reason', models.CharField(blank=True, choices=[('completed', 'Follow-up completed'), ('recurrence', 'Recurrence, metastasis or new primary'), ('died', 'The patient died'), ('lost_to_follow_up', 'Lost to follow-up'), ('patient_choice', 'The patient wants no further follow-up'), ('transferred', 'Followed up elsewhere'), ('replaced', 'Replaced by another schedule'), ('case_closed', 'The case was closed')], max_length=20)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='ReviewScheduleHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False)),
                    ('pathway', models.CharField(help_text='Its key in the table of schedules', max_length=40)),
                    ('edition', models.CharField(help_text='Of the table from which it was proposed', max_length=60)),
                    ('from_on', models.DateField(help_text='End of the definitive treatment', verbose_name='months count from')),
                    ('phases', models.JSONField(help_text='List of {until_months: int or null, every_months: int, kinds: [kind of review]}, in their order')),
                    ('status', models.CharField(choices=[('proposed', 'Proposed'), ('confirmed', 'Confirmed'), ('not_wanted', 'Not wanted'), ('ended', 'Ended')], default='proposed', max_length=10)),
                    ('note', models.CharField(blank=True, help_text='Why it was changed, or is not wanted', max_length=300)),
                    ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                    ('ended_reason', models.CharField(blank=True, choices=[('completed', 'Follow-up completed'), ('recurrence', 'Recurrence, metastasis or new primary'), ('died', 'The patient died'), ('lost_to_follow_up', 'Lost to follow-up'), ('patient_choice', 'The patient wants no further follow-up'), ('transferred', 'Followed up elsewhere'), ('replaced', 'Replaced by another schedule'), ('case_closed', 'The case was closed')], max_length=20)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ScheduleApproval',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('pathway', models.CharField(max_length=40)),
                    ('edition', models.CharField(max_length=60)),
                    ('approved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='ScheduleApprovalHistory',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('pathway', models.CharField(max_length=40)),
                    ('edition', models.CharField(max_length=60)),
                    ('approved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
        ),
        Together(
            pgtrigger.migrations.RemoveTrigger(
                model_name='review',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='review',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='review',
                name='delete_delete',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='secondopinion',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='secondopinion',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='secondopinion',
                name='delete_delete',
            ),
        ),
        Together(
            migrations.AddField(
                model_name='reminder',
                name='covers_for',
                field=models.ForeignKey(blank=True, db_index=False, help_text='Whose it is, where that person is away', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='reminder',
                name='snoozed_until',
                field=models.DateField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='review',
                name='also',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('clinic', 'Clinic'), ('chest_imaging', 'Chest imaging'), ('local_mri', 'Local MRI'), ('ct', 'CT'), ('telephone', 'Telephone')], max_length=20), blank=True, db_default=[], default=list, size=None, verbose_name='imaging to have by then'),
            ),
            migrations.AddField(
                model_name='review',
                name='follows',
                field=models.OneToOneField(blank=True, help_text='The review after which it was planned', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='next', to='followup.review'),
            ),
            migrations.AddField(
                model_name='reviewhistory',
                name='also',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('clinic', 'Clinic'), ('chest_imaging', 'Chest imaging'), ('local_mri', 'Local MRI'), ('ct', 'CT'), ('telephone', 'Telephone')], max_length=20), blank=True, db_default=[], default=list, size=None, verbose_name='imaging to have by then'),
            ),
            migrations.AddField(
                model_name='reviewhistory',
                name='follows',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The review after which it was planned', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='followup.review'),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='asking',
                field=models.ForeignKey(blank=True, db_index=False, help_text="The centre that asks, where another one asks for this team's view", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='consent',
                field=models.CharField(blank=True, choices=[('patient', 'The patient agreed'), ('best_interests', 'Decided in the patient’s best interests')], db_default='', default='', max_length=15),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='consent_note',
                field=models.CharField(blank=True, db_default='', default='', max_length=300),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='consent_on',
                field=models.DateField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='consent_recorded_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='is_blind',
                field=models.BooleanField(db_default=False, default=False, help_text="The home team's plan is not shown until the opinion is in"),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='parts',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('summary', 'Summary: the six facts, age, history'), ('pathology', 'Pathology reports'), ('imaging', 'Imaging reports'), ('staging', 'Staging and grading'), ('treatments', 'Treatments given'), ('discussions', 'What the MDT decided so far'), ('plan', 'The home team’s plan'), ('wishes', 'What the patient knows and wants'), ('documents', 'Documents'), ('images', 'Links to images')], max_length=15), blank=True, db_default=[], default=list, size=None),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='relisting_note',
                field=models.CharField(blank=True, db_default='', default='', max_length=300),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='relisting_noted_at',
                field=models.DateTimeField(blank=True, help_text='When somebody said what follows from a disagreement', null=True),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='shared_until',
                field=models.DateField(blank=True, help_text='Last day on which the team asked sees the parts sent', null=True),
            ),
            migrations.AddField(
                model_name='secondopinion',
                name='team_asked',
                field=models.ForeignKey(blank=True, help_text='Where the centre asked works here: whose people see the parts sent and answer', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team'),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='asking',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text="The centre that asks, where another one asks for this team's view", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.organisation'),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='consent',
                field=models.CharField(blank=True, choices=[('patient', 'The patient agreed'), ('best_interests', 'Decided in the patient’s best interests')], db_default='', default='', max_length=15),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='consent_note',
                field=models.CharField(blank=True, db_default='', default='', max_length=300),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='consent_on',
                field=models.DateField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='consent_recorded_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='is_blind',
                field=models.BooleanField(db_default=False, default=False, help_text="The home team's plan is not shown until the opinion is in"),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='parts',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('summary', 'Summary: the six facts, age, history'), ('pathology', 'Pathology reports'), ('imaging', 'Imaging reports'), ('staging', 'Staging and grading'), ('treatments', 'Treatments given'), ('discussions', 'What the MDT decided so far'), ('plan', 'The home team’s plan'), ('wishes', 'What the patient knows and wants'), ('documents', 'Documents'), ('images', 'Links to images')], max_length=15), blank=True, db_default=[], default=list, size=None),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='relisting_note',
                field=models.CharField(blank=True, db_default='', default='', max_length=300),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='relisting_noted_at',
                field=models.DateTimeField(blank=True, help_text='When somebody said what follows from a disagreement', null=True),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='shared_until',
                field=models.DateField(blank=True, help_text='Last day on which the team asked sees the parts sent', null=True),
            ),
            migrations.AddField(
                model_name='secondopinionhistory',
                name='team_asked',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='Where the centre asked works here: whose people see the parts sent and answer', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.team'),
            ),
            migrations.AlterField(
                model_name='reminder',
                name='kind',
                field=models.CharField(choices=[('review_due', 'Review due'), ('opinion_step_due', 'Second opinion: step due'), ('gap_due', 'Facts missing before the meeting'), ('action_due', 'Action due'), ('ratification_due', 'Decision to ratify'), ('letter_due', 'Outcome letter due'), ('patient_to_tell', 'Patient to be told'), ('plan_not_started', 'Agreed plan not started in time'), ('schedule_to_confirm', 'Follow-up to confirm')], max_length=20),
            ),
            migrations.AlterField(
                model_name='secondopinion',
                name='asked_by',
                field=models.CharField(choices=[('patient', 'The patient'), ('team', 'The team'), ('centre', 'Another centre, of us')], default='patient', max_length=10),
            ),
            migrations.AlterField(
                model_name='secondopinionhistory',
                name='asked_by',
                field=models.CharField(choices=[('patient', 'The patient'), ('team', 'The team'), ('centre', 'Another centre, of us')], default='patient', max_length=10),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='review',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_reviewhistory" ("also", "created_at", "created_by_id", "done_on", "due_on", "episode_id", "finding", "finding_note", "follows_id", "id", "kind", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "responsible_id", "schedule_id", "status", "status_reason", "version") VALUES (NEW."also", NEW."created_at", NEW."created_by_id", NEW."done_on", NEW."due_on", NEW."episode_id", NEW."finding", NEW."finding_note", NEW."follows_id", NEW."id", NEW."kind", NEW."note", NOW(), \'insert\', NEW."id", NEW."responsible_id", NEW."schedule_id", NEW."status", NEW."status_reason", NEW."version"); RETURN NULL;', hash='844ebfa36195cc1531304dd3bcad78d46bd24ce6', operation='INSERT', pgid='pgtrigger_insert_insert_7da1c', table='followup_review', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='review',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "followup_reviewhistory" ("also", "created_at", "created_by_id", "done_on", "due_on", "episode_id", "finding", "finding_note", "follows_id", "id", "kind", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "responsible_id", "schedule_id", "status", "status_reason", "version") VALUES (NEW."also", NEW."created_at", NEW."created_by_id", NEW."done_on", NEW."due_on", NEW."episode_id", NEW."finding", NEW."finding_note", NEW."follows_id", NEW."id", NEW."kind", NEW."note", NOW(), \'update\', NEW."id", NEW."responsible_id", NEW."schedule_id", NEW."status", NEW."status_reason", NEW."version"); RETURN NULL;', hash='5ff37be575090141a7162da6602da59707ca3425', operation='UPDATE', pgid='pgtrigger_update_update_b74e3', table='followup_review', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='review',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_reviewhistory" ("also", "created_at", "created_by_id", "done_on", "due_on", "episode_id", "finding", "finding_note", "follows_id", "id", "kind", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "responsible_id", "schedule_id", "status", "status_reason", "version") VALUES (OLD."also", OLD."created_at", OLD."created_by_id", OLD."done_on", OLD."due_on", OLD."episode_id", OLD."finding", OLD."finding_note", OLD."follows_id", OLD."id", OLD."kind", OLD."note", NOW(), \'delete\', OLD."id", OLD."responsible_id", OLD."schedule_id", OLD."status", OLD."status_reason", OLD."version"); RETURN NULL;', hash='7b4159f8f44075f2d35d295611257be8bc97b2cc', operation='DELETE', pgid='pgtrigger_delete_delete_1f854', table='followup_review', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='secondopinion',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_secondopinionhistory" ("asked_by", "asked_of_id", "asking_id", "consent", "consent_note", "consent_on", "consent_recorded_by_id", "created_at", "created_by_id", "episode_id", "id", "is_blind", "opinion", "owner_id", "parts", "pgh_created_at", "pgh_label", "pgh_obj_id", "question", "relisting_note", "relisting_noted_at", "requested_on", "shared_until", "status", "status_reason", "step_due_on", "team_asked_id", "version") VALUES (NEW."asked_by", NEW."asked_of_id", NEW."asking_id", NEW."consent", NEW."consent_note", NEW."consent_on", NEW."consent_recorded_by_id", NEW."created_at", NEW."created_by_id", NEW."episode_id", NEW."id", NEW."is_blind", NEW."opinion", NEW."owner_id", NEW."parts", NOW(), \'insert\', NEW."id", NEW."question", NEW."relisting_note", NEW."relisting_noted_at", NEW."requested_on", NEW."shared_until", NEW."status", NEW."status_reason", NEW."step_due_on", NEW."team_asked_id", NEW."version"); RETURN NULL;', hash='572200c32c512065cf0c9f217dbb84685611fc11', operation='INSERT', pgid='pgtrigger_insert_insert_1af20', table='followup_secondopinion', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='secondopinion',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "followup_secondopinionhistory" ("asked_by", "asked_of_id", "asking_id", "consent", "consent_note", "consent_on", "consent_recorded_by_id", "created_at", "created_by_id", "episode_id", "id", "is_blind", "opinion", "owner_id", "parts", "pgh_created_at", "pgh_label", "pgh_obj_id", "question", "relisting_note", "relisting_noted_at", "requested_on", "shared_until", "status", "status_reason", "step_due_on", "team_asked_id", "version") VALUES (NEW."asked_by", NEW."asked_of_id", NEW."asking_id", NEW."consent", NEW."consent_note", NEW."consent_on", NEW."consent_recorded_by_id", NEW."created_at", NEW."created_by_id", NEW."episode_id", NEW."id", NEW."is_blind", NEW."opinion", NEW."owner_id", NEW."parts", NOW(), \'update\', NEW."id", NEW."question", NEW."relisting_note", NEW."relisting_noted_at", NEW."requested_on", NEW."shared_until", NEW."status", NEW."status_reason", NEW."step_due_on", NEW."team_asked_id", NEW."version"); RETURN NULL;', hash='5b6955f55581754d056f4b37d586ba5e9ebac8ad', operation='UPDATE', pgid='pgtrigger_update_update_b7ad7', table='followup_secondopinion', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='secondopinion',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_secondopinionhistory" ("asked_by", "asked_of_id", "asking_id", "consent", "consent_note", "consent_on", "consent_recorded_by_id", "created_at", "created_by_id", "episode_id", "id", "is_blind", "opinion", "owner_id", "parts", "pgh_created_at", "pgh_label", "pgh_obj_id", "question", "relisting_note", "relisting_noted_at", "requested_on", "shared_until", "status", "status_reason", "step_due_on", "team_asked_id", "version") VALUES (OLD."asked_by", OLD."asked_of_id", OLD."asking_id", OLD."consent", OLD."consent_note", OLD."consent_on", OLD."consent_recorded_by_id", OLD."created_at", OLD."created_by_id", OLD."episode_id", OLD."id", OLD."is_blind", OLD."opinion", OLD."owner_id", OLD."parts", NOW(), \'delete\', OLD."id", OLD."question", OLD."relisting_note", OLD."relisting_noted_at", OLD."requested_on", OLD."shared_until", OLD."status", OLD."status_reason", OLD."step_due_on", OLD."team_asked_id", OLD."version"); RETURN NULL;', hash='1fa7b3c9f2e74d1cb329740b2c90e56f2e0ce576', operation='DELETE', pgid='pgtrigger_delete_delete_20572', table='followup_secondopinion', when='AFTER')),
            ),
        ),
        Together(
            migrations.AddField(
                model_name='absence',
                name='cover',
                field=models.ForeignKey(blank=True, help_text='Empty: colleagues of the same role in the team', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='absence',
                name='person',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='absence',
                name='recorded_by',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='absencehistory',
                name='cover',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: colleagues of the same role in the team', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='absencehistory',
                name='person',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='absencehistory',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='followup.absence'),
            ),
            migrations.AddField(
                model_name='absencehistory',
                name='recorded_by',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='expertlink',
                name='made_by',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='expertlink',
                name='opinion',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='followup.secondopinion'),
            ),
            migrations.AddField(
                model_name='losstofollowup',
                name='episode',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='losses_to_follow_up', to='cases.episode'),
            ),
            migrations.AddField(
                model_name='losstofollowup',
                name='found_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='losstofollowup',
                name='recorded_by',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='losstofollowuphistory',
                name='episode',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.episode'),
            ),
            migrations.AddField(
                model_name='losstofollowuphistory',
                name='found_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='losstofollowuphistory',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='followup.losstofollowup'),
            ),
            migrations.AddField(
                model_name='losstofollowuphistory',
                name='recorded_by',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='mail',
                name='person',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='mail',
                name='seen_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='reminder',
                name='mail',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='followup.mail'),
            ),
            migrations.AddField(
                model_name='opinionanswer',
                name='given_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='opinionanswer',
                name='opinion',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='followup.secondopinion'),
            ),
            migrations.AddField(
                model_name='opinionfile',
                name='added_by',
                field=models.ForeignKey(blank=True, db_index=False, help_text='Empty: an outside expert, through the link', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='opinionfile',
                name='opinion',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='followup.secondopinion'),
            ),
            migrations.AddField(
                model_name='opinionsending',
                name='by',
                field=models.ForeignKey(blank=True, db_index=False, help_text='Empty: the outside expert', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='opinionsending',
                name='link',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='followup.expertlink'),
            ),
            migrations.AddField(
                model_name='opinionsending',
                name='opinion',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='followup.secondopinion'),
            ),
            migrations.AddField(
                model_name='opinionview',
                name='answer',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='views', to='followup.opinionanswer'),
            ),
        ),
        Together(
            migrations.AddConstraint(
                model_name='reminderrule',
                constraint=models.UniqueConstraint(fields=('kind', 'offset', 'unit', 'audience', 'role'), name='followup_rule_once'),
            ),
            migrations.AddConstraint(
                model_name='reminderrule',
                constraint=models.CheckConstraint(condition=models.Q(('audience', 'role'), ('role', ''), _connector='XOR'), name='followup_rule_role'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='reminderrule',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_reminderrulehistory" ("audience", "channel", "id", "is_on", "kind", "offset", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "unit", "version") VALUES (NEW."audience", NEW."channel", NEW."id", NEW."is_on", NEW."kind", NEW."offset", NOW(), \'insert\', NEW."id", NEW."role", NEW."unit", NEW."version"); RETURN NULL;', hash='8d463c17acf556b6bcb7a5f8e3630fdb2d2e66e8', operation='INSERT', pgid='pgtrigger_insert_insert_f8a22', table='followup_reminderrule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reminderrule',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "followup_reminderrulehistory" ("audience", "channel", "id", "is_on", "kind", "offset", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "unit", "version") VALUES (NEW."audience", NEW."channel", NEW."id", NEW."is_on", NEW."kind", NEW."offset", NOW(), \'update\', NEW."id", NEW."role", NEW."unit", NEW."version"); RETURN NULL;', hash='f5d552c5150107b14ce0ef1ae877f12174196ae7', operation='UPDATE', pgid='pgtrigger_update_update_8994e', table='followup_reminderrule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reminderrule',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_reminderrulehistory" ("audience", "channel", "id", "is_on", "kind", "offset", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "unit", "version") VALUES (OLD."audience", OLD."channel", OLD."id", OLD."is_on", OLD."kind", OLD."offset", NOW(), \'delete\', OLD."id", OLD."role", OLD."unit", OLD."version"); RETURN NULL;', hash='a51cc37593c97c72bb251603116539bf2b706916', operation='DELETE', pgid='pgtrigger_delete_delete_cb825', table='followup_reminderrule', when='AFTER')),
            ),
        ),
        Together(
            migrations.AddField(
                model_name='reminder',
                name='rule',
                field=models.ForeignKey(blank=True, db_index=False, help_text='Empty: asked for by a person', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='followup.reminderrule'),
            ),
            migrations.AddField(
                model_name='reminderrulehistory',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='followup.reminderrule'),
            ),
            migrations.AddField(
                model_name='remindersettings',
                name='person',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reminder_settings', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='reviewschedule',
                name='confirmed_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='reviewschedule',
                name='episode',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='review_schedules', to='cases.episode'),
            ),
            migrations.AddField(
                model_name='reviewschedule',
                name='plan',
                field=models.ForeignKey(blank=True, db_index=False, help_text='Whose treatment was finished', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treatments.plan'),
            ),
            migrations.AddField(
                model_name='reviewschedule',
                name='responsible',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='review',
                name='schedule',
                field=models.ForeignKey(blank=True, db_index=False, help_text='That it follows; empty: set by hand', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='followup.reviewschedule'),
            ),
            migrations.AddField(
                model_name='reviewhistory',
                name='schedule',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='That it follows; empty: set by hand', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='followup.reviewschedule'),
            ),
            migrations.AddField(
                model_name='reviewschedulehistory',
                name='confirmed_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='reviewschedulehistory',
                name='episode',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.episode'),
            ),
            migrations.AddField(
                model_name='reviewschedulehistory',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='followup.reviewschedule'),
            ),
            migrations.AddField(
                model_name='reviewschedulehistory',
                name='plan',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='Whose treatment was finished', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treatments.plan'),
            ),
            migrations.AddField(
                model_name='reviewschedulehistory',
                name='responsible',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='scheduleapproval',
                name='approved_by',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='scheduleapproval',
                name='team',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schedule_approvals', to='accounts.team'),
            ),
            migrations.AddField(
                model_name='scheduleapproval',
                name='withdrawn_by',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='scheduleapprovalhistory',
                name='approved_by',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='scheduleapprovalhistory',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='followup.scheduleapproval'),
            ),
            migrations.AddField(
                model_name='scheduleapprovalhistory',
                name='team',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.team'),
            ),
            migrations.AddField(
                model_name='scheduleapprovalhistory',
                name='withdrawn_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name='absence',
                index=models.Index(condition=models.Q(('withdrawn_at__isnull', True)), fields=['person', 'until_on'], name='followup_absence_person'),
            ),
            migrations.AddConstraint(
                model_name='absence',
                constraint=models.CheckConstraint(condition=models.Q(('until_on__gte', models.F('from_on'))), name='followup_absence_in_order'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='absence',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_absencehistory" ("cover_id", "from_on", "id", "person_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "until_on", "withdrawn_at") VALUES (NEW."cover_id", NEW."from_on", NEW."id", NEW."person_id", NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."until_on", NEW."withdrawn_at"); RETURN NULL;', hash='a3e8a4b44c538394c064c41dda1bbaa718447f8a', operation='INSERT', pgid='pgtrigger_insert_insert_300c5', table='followup_absence', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='absence',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "followup_absencehistory" ("cover_id", "from_on", "id", "person_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "until_on", "withdrawn_at") VALUES (NEW."cover_id", NEW."from_on", NEW."id", NEW."person_id", NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."until_on", NEW."withdrawn_at"); RETURN NULL;', hash='ec70860efc33f5b5c23fffc45251caccd1f49886', operation='UPDATE', pgid='pgtrigger_update_update_49d03', table='followup_absence', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='absence',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_absencehistory" ("cover_id", "from_on", "id", "person_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "until_on", "withdrawn_at") VALUES (OLD."cover_id", OLD."from_on", OLD."id", OLD."person_id", NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."until_on", OLD."withdrawn_at"); RETURN NULL;', hash='b8f7785e387a7b944173769bea950fda00bfc013', operation='DELETE', pgid='pgtrigger_delete_delete_5d874', table='followup_absence', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='absencehistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bbf4600a47ac6f7ea922db0052465047a631e4e5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_bb29d', table='followup_absencehistory', when='BEFORE')),
            ),
        ),
        Together(
            migrations.AddConstraint(
                model_name='expertlink',
                constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('opinion',), name='followup_expert_link_open_once'),
            ),
            migrations.AddConstraint(
                model_name='losstofollowup',
                constraint=models.UniqueConstraint(condition=models.Q(('found_on__isnull', True)), fields=('episode',), name='followup_loss_once'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='losstofollowup',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_losstofollowuphistory" ("episode_id", "found_by_id", "found_on", "id", "last_seen_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "tried") VALUES (NEW."episode_id", NEW."found_by_id", NEW."found_on", NEW."id", NEW."last_seen_on", NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."tried"); RETURN NULL;', hash='f7a6839bade85cdb99a66cedd7a020abf8452b80', operation='INSERT', pgid='pgtrigger_insert_insert_b0cca', table='followup_losstofollowup', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='losstofollowup',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "followup_losstofollowuphistory" ("episode_id", "found_by_id", "found_on", "id", "last_seen_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "tried") VALUES (NEW."episode_id", NEW."found_by_id", NEW."found_on", NEW."id", NEW."last_seen_on", NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."tried"); RETURN NULL;', hash='607f0e26f2688788a485d8d77e3216a2e91544f7', operation='UPDATE', pgid='pgtrigger_update_update_63267', table='followup_losstofollowup', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='losstofollowup',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_losstofollowuphistory" ("episode_id", "found_by_id", "found_on", "id", "last_seen_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "tried") VALUES (OLD."episode_id", OLD."found_by_id", OLD."found_on", OLD."id", OLD."last_seen_on", NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."tried"); RETURN NULL;', hash='d1f8945ac99b86d68df92da6300d04922d38e0da', operation='DELETE', pgid='pgtrigger_delete_delete_3ed6f', table='followup_losstofollowup', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='losstofollowuphistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3e2fb1e4f3a1158d118e14c594d54ef5d3a3f0cc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_08d75', table='followup_losstofollowuphistory', when='BEFORE')),
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name='mail',
                index=models.Index(condition=models.Q(('status__in', ['pending', 'claimed'])), fields=['next_try_at'], name='followup_mail_to_send'),
            ),
            migrations.AddIndex(
                model_name='mail',
                index=models.Index(fields=['person', '-created_at'], name='followup_mail_person'),
            ),
            migrations.AddIndex(
                model_name='mail',
                index=models.Index(condition=models.Q(('status', 'failed'), ('bounced_at__isnull', False), _connector='OR'), fields=['created_at'], name='followup_mail_undelivered'),
            ),
            migrations.AddConstraint(
                model_name='mail',
                constraint=models.UniqueConstraint(condition=models.Q(('kind', 'digest'), ('status', 'pending')), fields=('person',), name='followup_digest_open_once'),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='opinionanswer',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ca5eb4445ee4ae38624adfb3a3c6aa07c0612e30', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9f644', table='followup_opinionanswer', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='opinionfile',
            constraint=models.UniqueConstraint(fields=('opinion', 'sha256'), name='followup_opinion_file_once'),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='opinionfile',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8fa2573a4719a3f973d7c3f892e6bd4b88049dc3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_91eb3', table='followup_opinionfile', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='opinionsending',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='23fe58e42c55fd9dedeb36786e71a32809fc2a75', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f4692', table='followup_opinionsending', when='BEFORE')),
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name='opinionview',
                index=models.Index(fields=['item', 'agrees'], name='followup_opinion_agreement'),
            ),
            migrations.AddConstraint(
                model_name='opinionview',
                constraint=models.UniqueConstraint(fields=('answer', 'item'), name='followup_opinion_item_once'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='opinionview',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f1ceaf806e7d21f691a8c4ef4d255c2f588936b7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a9962', table='followup_opinionview', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reminderrulehistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='65b55253831a09f9e9ab958fc72698ce1fb7161b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ffee1', table='followup_reminderrulehistory', when='BEFORE')),
            ),
        ),
        Together(
            migrations.AddIndex(
                model_name='reviewschedule',
                index=models.Index(condition=models.Q(('status', 'proposed')), fields=['proposed_at'], name='followup_schedule_to_confirm'),
            ),
            migrations.AddConstraint(
                model_name='reviewschedule',
                constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['proposed', 'confirmed'])), fields=('episode',), name='followup_schedule_once'),
            ),
            migrations.AddConstraint(
                model_name='reviewschedule',
                constraint=models.CheckConstraint(condition=models.Q(('status', 'ended'), ('ended_reason', ''), _connector='XOR'), name='followup_schedule_end_has_reason'),
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='reviewschedule',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_reviewschedulehistory" ("confirmed_at", "confirmed_by_id", "edition", "ended_on", "ended_reason", "episode_id", "from_on", "id", "note", "pathway", "pgh_created_at", "pgh_label", "pgh_obj_id", "phases", "plan_id", "proposed_at", "responsible_id", "status", "version") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."edition", NEW."ended_on", NEW."ended_reason", NEW."episode_id", NEW."from_on", NEW."id", NEW."note", NEW."pathway", NOW(), \'insert\', NEW."id", NEW."phases", NEW."plan_id", NEW."proposed_at", NEW."responsible_id", NEW."status", NEW."version"); RETURN NULL;', hash='6f94d24b80494444ada20a5d98bc9084267f91a8', operation='INSERT', pgid='pgtrigger_insert_insert_954ad', table='followup_reviewschedule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reviewschedule',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "followup_reviewschedulehistory" ("confirmed_at", "confirmed_by_id", "edition", "ended_on", "ended_reason", "episode_id", "from_on", "id", "note", "pathway", "pgh_created_at", "pgh_label", "pgh_obj_id", "phases", "plan_id", "proposed_at", "responsible_id", "status", "version") VALUES (NEW."confirmed_at", NEW."confirmed_by_id", NEW."edition", NEW."ended_on", NEW."ended_reason", NEW."episode_id", NEW."from_on", NEW."id", NEW."note", NEW."pathway", NOW(), \'update\', NEW."id", NEW."phases", NEW."plan_id", NEW."proposed_at", NEW."responsible_id", NEW."status", NEW."version"); RETURN NULL;', hash='70c71cdeceee5c0dd92b60524752610c29a14855', operation='UPDATE', pgid='pgtrigger_update_update_9e298', table='followup_reviewschedule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reviewschedule',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_reviewschedulehistory" ("confirmed_at", "confirmed_by_id", "edition", "ended_on", "ended_reason", "episode_id", "from_on", "id", "note", "pathway", "pgh_created_at", "pgh_label", "pgh_obj_id", "phases", "plan_id", "proposed_at", "responsible_id", "status", "version") VALUES (OLD."confirmed_at", OLD."confirmed_by_id", OLD."edition", OLD."ended_on", OLD."ended_reason", OLD."episode_id", OLD."from_on", OLD."id", OLD."note", OLD."pathway", NOW(), \'delete\', OLD."id", OLD."phases", OLD."plan_id", OLD."proposed_at", OLD."responsible_id", OLD."status", OLD."version"); RETURN NULL;', hash='0572f0df826c49ddea4841f2b1f078f2bd3b7c77', operation='DELETE', pgid='pgtrigger_delete_delete_a18d3', table='followup_reviewschedule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reviewschedulehistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='abb04f49248d8ff0de2733167488367cb084c34d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_89765', table='followup_reviewschedulehistory', when='BEFORE')),
            ),
        ),
        migrations.AddConstraint(
            model_name='scheduleapproval',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('team', 'pathway', 'edition'), name='followup_approval_once'),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name='scheduleapproval',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_scheduleapprovalhistory" ("approved_at", "approved_by_id", "edition", "id", "pathway", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id", "withdrawn_at", "withdrawn_by_id") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."edition", NEW."id", NEW."pathway", NOW(), \'insert\', NEW."id", NEW."team_id", NEW."withdrawn_at", NEW."withdrawn_by_id"); RETURN NULL;', hash='62ecba4d68e057adfaa2faafd8096b254bb59930', operation='INSERT', pgid='pgtrigger_insert_insert_77633', table='followup_scheduleapproval', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='scheduleapproval',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "followup_scheduleapprovalhistory" ("approved_at", "approved_by_id", "edition", "id", "pathway", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id", "withdrawn_at", "withdrawn_by_id") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."edition", NEW."id", NEW."pathway", NOW(), \'update\', NEW."id", NEW."team_id", NEW."withdrawn_at", NEW."withdrawn_by_id"); RETURN NULL;', hash='2ae4ac1f28af2f24a06c0833a8082e14fc9bfae8', operation='UPDATE', pgid='pgtrigger_update_update_40b0a', table='followup_scheduleapproval', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='scheduleapproval',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "followup_scheduleapprovalhistory" ("approved_at", "approved_by_id", "edition", "id", "pathway", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id", "withdrawn_at", "withdrawn_by_id") VALUES (OLD."approved_at", OLD."approved_by_id", OLD."edition", OLD."id", OLD."pathway", NOW(), \'delete\', OLD."id", OLD."team_id", OLD."withdrawn_at", OLD."withdrawn_by_id"); RETURN NULL;', hash='241fc178a9ec7699a4ba000749d2a33419fb1eb0', operation='DELETE', pgid='pgtrigger_delete_delete_bfc2f', table='followup_scheduleapproval', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='scheduleapprovalhistory',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d03354375daf08d00777dc9d01f5fb97c8033cdf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_90db3', table='followup_scheduleapprovalhistory', when='BEFORE')),
            ),
        ),
        AppendOnly(
            "followup_absencehistory",
            "followup_losstofollowuphistory",
            "followup_reminderrulehistory",
            "followup_reviewschedulehistory",
            "followup_scheduleapprovalhistory",
            "followup_opinionanswer",
            "followup_opinionview",
            "followup_opinionfile",
            "followup_opinionsending",
        ),
    ]

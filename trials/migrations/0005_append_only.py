"""History and what is fixed when recorded: the application may add to it, and change nothing."""

from django.db import migrations

from audit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("trials", "0004_enquiry_answers")]
    operations = [
        AppendOnly(
            "trials_armhistory",
            "trials_enquiryhistory",
            "trials_proposedchangehistory",
            "trials_screeninganswerhistory",
            "trials_trialhistory",
            "trials_trialreferralhistory",
            "trials_trialsitehistory",
            "trials_criteriaversion",
            "trials_enquirystep",
            "trials_trialreferralstep",
        )
    ]

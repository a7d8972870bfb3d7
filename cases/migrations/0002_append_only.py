"""History and what is fixed when recorded: the application may add to it, and change nothing."""

from django.db import migrations

from audit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        AppendOnly(
            "cases_biomarkerhistory",
            "cases_casehistory",
            "cases_diagnosishistory",
            "cases_episodehistory",
            "cases_hospitalnumberhistory",
            "cases_imagingreporthistory",
            "cases_notknownhistory",
            "cases_pathologyreporthistory",
            "cases_patienthistory",
            "cases_performancestatushistory",
            "cases_referralhistory",
            "cases_reportrequesthistory",
            "cases_staginghistory",
            "cases_treatmentgivenhistory",
        ),
    ]

"""History and what is fixed when recorded: the application may add to it, and change nothing."""

from django.db import migrations

from audit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("mdt", "0001_initial")]
    operations = [
        AppendOnly(
            "mdt_actionhistory",
            "mdt_attendancehistory",
            "mdt_discussionhistory",
            "mdt_listinghistory",
            "mdt_meetinghistory",
            "mdt_recusalhistory",
            "mdt_decision",
            "mdt_dissent",
        ),
    ]

"""History and what is fixed when recorded: the application may add to it, and change nothing."""

from django.db import migrations

from audit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        AppendOnly(
            "accounts_membershiphistory",
            "accounts_organisationhistory",
            "accounts_teamhistory",
            "accounts_userhistory",
        ),
    ]

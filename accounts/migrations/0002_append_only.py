"""History and what is fixed when recorded: the application may add to it, and change nothing."""

from django.db import migrations

from audit.append_only import AppendOnly


class Migration(migrations.Migration):
    # What others' apps add to people goes before our clinical tables: Django renders every model that a change reaches
    # again, and setting up an empty database takes a third less time in this order.
    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("axes", "0010_accessattemptexpiration"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]
    run_before = [("cases", "0001_initial")]
    operations = [
        AppendOnly(
            "accounts_membershiphistory",
            "accounts_organisationhistory",
            "accounts_teamhistory",
            "accounts_userhistory",
        ),
    ]

"""Each hospital system that could get tokens before is a client, and may ask for what they opened, not more."""

from django.db import migrations

SCOPES = [
    "check",
    "referrals.read",
    "cases.read",
    "meetings.read",
    "decisions.read",
    "plans.read",
    "reviews.read",
    "trials.read",
    "enquiries.read",
    "reports.read",
    "referrals.write",
    "trials.write",
    "enquiries.write",
]


def forwards(apps, schema_editor):
    Application = apps.get_model("oauth2_provider", "Application")
    Client = apps.get_model("accounts", "Client")
    Membership = apps.get_model("accounts", "Membership")
    machines = Application.objects.filter(user__is_machine=True, client__isnull=True).order_by("pk")
    for application in machines.select_related("user"):
        membership = Membership.objects.filter(user=application.user, role="hospital_system").order_by("pk").first()
        if membership is None or Client.objects.filter(account=application.user).exists():
            continue
        Client.objects.create(
            application=application,
            account=application.user,
            organisation=membership.organisation,
            scopes=SCOPES,
            ended_at=None if application.user.is_active else application.updated,
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_clients")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True)]

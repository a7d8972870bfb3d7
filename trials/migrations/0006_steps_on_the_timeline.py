"""Steps of referrals that were recorded before the timeline told of them come onto the timeline of their case."""

from django.db import migrations

REASONS = {
    "histology": "Histology not as asked",
    "biomarker": "Biomarker not as asked",
    "extent": "Extent of the disease not as asked",
    "fitness": "Performance status or organ function",
    "earlier_treatment": "Earlier treatment",
    "measurable": "No measurable disease",
    "progressed": "Became too ill, or the disease progressed",
    "no_slot": "No place open",
    "travel": "Travel or burden",
    "other_treatment": "Another treatment preferred",
    "died": "The patient died",
    "other": "Another reason",
}


def tell(apps, schema_editor):
    entry = apps.get_model("cases", "CaseEvent")
    steps = apps.get_model("trials", "TrialReferralStep").objects.select_related(
        "referral__trial", "referral__episode"
    )
    for step in steps.order_by("pk").iterator(chunk_size=500):
        name = step.referral.trial.short_name
        words = ": ".join(text for text in (name, REASONS.get(step.reason, "")) if text)
        entry.objects.create(
            case_id=step.referral.episode.case_id,
            type=f"trial_{step.status}",
            on=step.on,
            note=". ".join(text for text in (words, step.note) if text)[:300],
            by_id=step.by_id,
        )


def take_away(apps, schema_editor):
    apps.get_model("cases", "CaseEvent").objects.filter(type__startswith="trial_").delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_trial_events"), ("trials", "0005_append_only")]

    operations = [migrations.RunPython(tell, take_away)]

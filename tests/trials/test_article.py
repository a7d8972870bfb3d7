"""The article's trials and the demonstration's: put into the register once, as they truly stand."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from accounts.permissions import Role
from audit.models import Event
from desk.demo import trials as demo
from tests import factories
from trials.models import Trial
from trials.services.article import add_article_trials
from trials.workflow import OPEN, TrialStatus

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def coordinator(db):
    return factories.member(Role.TRIAL_COORDINATOR, factories.team())


def test_the_articles_trials_stand_in_the_register_as_they_truly_stand(coordinator):
    add_article_trials(by=coordinator)
    held = {trial.nct: trial for trial in Trial.objects.prefetch_related("arms", "sites")}
    assert {nct: trial.status for nct, trial in held.items()} == {
        "NCT02500797": TrialStatus.COMPLETED,
        "NCT03282344": TrialStatus.ACTIVE_NOT_RECRUITING,
        "NCT03414229": TrialStatus.COMPLETED,
        "NCT03069378": TrialStatus.UNKNOWN,
        "NCT01343043": TrialStatus.COMPLETED,
        "NCT02992743": TrialStatus.COMPLETED,
        "": TrialStatus.IN_DEVELOPMENT,
    }
    assert not set(OPEN) & {trial.status for trial in held.values()}
    assert all(trial.criteria_versions.count() == (1 if nct else 0) for nct, trial in held.items())
    assert all(trial.arms.exists() for nct, trial in held.items() if nct)
    assert not any(site.contact_name for trial in held.values() for site in trial.sites.all())
    events = Event.objects.filter(type="trial.added", by=coordinator)
    assert set(events.values_list("target_id", flat=True)) == {trial.pk for trial in held.values()}


def test_adding_them_again_leaves_what_people_made_of_them(coordinator):
    add_article_trials(by=coordinator)
    Trial.objects.filter(nct="NCT02500797").update(short_name="Alliance trial", status="TERMINATED")
    assert add_article_trials(by=coordinator) == []
    assert Trial.objects.get(nct="NCT02500797").status == TrialStatus.TERMINATED
    assert Event.objects.filter(type="trial.added").count() == 7


def test_only_who_keeps_the_register_may_add_them(coordinator):
    surgeon = factories.member(Role.SURGEON, factories.team())
    with pytest.raises(PermissionDenied):
        add_article_trials(by=surgeon)
    assert not Trial.objects.exists()


def test_the_demonstration_has_open_trials_with_a_named_contact_and_no_number(coordinator):
    places = {key: factories.organisation() for key in ("pennine", "severn")}
    demo.load(organisations=places, today=TODAY, by=coordinator)
    told = Trial.objects.open().prefetch_related("sites")
    assert {trial.short_name for trial in told} == {"LAPWING", "DUNLIN"}
    assert not any(trial.nct or trial.isrctn or trial.iras for trial in told)
    assert all("no such trial exists" in trial.summary for trial in told)
    sites = [site for trial in told for site in trial.sites.all()]
    assert all(site.contact_name and site.contact_phone and site.contact_email for site in sites)
    assert {trial.short_name for trial in told.stale(TODAY)} == {"DUNLIN"}

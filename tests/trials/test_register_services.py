"""The register kept by hand: what a person may type, what is refused at which field, and what others are told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit
from audit.models import Event, OutboxEntry
from audit.workflow import StaleVersion
from tests import factories
from tests.trials import pairs
from trials.models import NUMBERS, Match, Trial, TrialReferral
from trials.services import matching, register
from trials.services.register import ArmDetails, SiteDetails, TrialDetails

pytestmark = pytest.mark.django_db

WREN = TrialDetails(short_name="WREN", title="Wrenumab in leiomyosarcoma")
GOOD = {
    "nct": "NCT09900001",
    "eudract": "2015-005594-21",
    "ctis": "2022-500001-36-00",
    "isrctn": "ISRCTN12345678",
    "iras": "195662",
}
TYPED = {
    "nct": " nct 0990 0001",
    "eudract": "2015-005594-21 ",
    "ctis": " 2022-500001-36-00",
    "isrctn": "isrctn 12345678",
    "iras": "IRAS 195662",
}


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def trial(keeper):
    return register.add_trial(details=WREN, by=keeper)


def refused(act, *args, **kwargs):
    with pytest.raises(ValidationError) as error:
        act(*args, **kwargs)
    return error.value.message_dict


def newest(trial):
    return Event.objects.filter(target_type="trials.trial", target_id=trial.pk).order_by("-id").first()


def test_a_trial_that_is_typed_in_is_verified_and_kept_by_whoever_typed_it(keeper):
    trial = register.add_trial(details=replace(WREN, **TYPED, phases=("PHASE1", "PHASE2")), by=keeper)
    trial.refresh_from_db()
    assert {name: getattr(trial, name) for name in NUMBERS} == GOOD
    assert (trial.verified_on, trial.verified_by, trial.owner) == (timezone.localdate(), keeper, keeper)
    assert (trial.status_on, trial.phases) == (timezone.localdate(), ["PHASE1", "PHASE2"])
    assert (newest(trial).type, newest(trial).by) == ("trial.added", keeper)


def test_only_who_keeps_the_register_writes_in_it(trial, team):
    site = register.save_site(
        trial=trial, site=None, version=None, details=SiteDetails("Rook Infirmary"), by=trial.owner
    )
    arm = register.save_arm(trial=trial, arm=None, version=None, details=ArmDetails("A"), by=trial.owner)
    acts = [
        lambda by: register.add_trial(details=WREN, by=by),
        lambda by: register.change_trial(trial=trial, version=None, details=WREN, by=by),
        lambda by: register.verify_trial(trial=trial, version=None, by=by),
        lambda by: register.save_site(
            trial=trial, site=site, version=None, details=SiteDetails("Rook"), by=by
        ),
        lambda by: register.save_arm(trial=trial, arm=arm, version=None, details=ArmDetails("B"), by=by),
        lambda by: register.remove_site(trial=trial, site=site, version=None, by=by),
        lambda by: register.remove_arm(trial=trial, arm=arm, version=None, by=by),
    ]
    for role, permissions in ROLE_PERMISSIONS.items():
        if Permission.KEEP_TRIALS in permissions or role == Role.HOSPITAL_SYSTEM:
            continue
        person = factories.member(role, team)
        for act in acts:
            with pytest.raises(PermissionDenied):
                act(person)
    assert (Trial.objects.count(), trial.sites.count(), trial.arms.count()) == (1, 1, 1)


def test_a_number_in_the_wrong_form_is_refused_at_its_field_with_the_right_one(keeper):
    for name in NUMBERS:
        errors = refused(register.add_trial, details=replace(WREN, **{name: "12"}), by=keeper)
        assert set(errors) == {name}
        assert NUMBERS[name][1] in errors[name][0]


def test_a_number_of_another_trial_is_refused_at_its_field_with_the_name_of_that_trial(keeper):
    register.add_trial(details=replace(WREN, **GOOD), by=keeper)
    for name, number in GOOD.items():
        other = replace(WREN, short_name="ROOK", **{name: number})
        errors = refused(register.add_trial, details=other, by=keeper)
        assert set(errors) == {name}
        assert f"{number} is held by another trial, WREN." in errors[name][0]
    assert Trial.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"short_name": ""}, "short_name", ""),
        ({"short_name": "x" * 81}, "short_name", "80"),
        ({"status": "SLEEPING"}, "status", "SLEEPING"),
        ({"phases": ("PHASE9",)}, "phases", ""),
        ({"sex": "ANY"}, "sex", "“ANY” is not a known value"),
        ({"status_on": timezone.localdate() + timedelta(days=1)}, "status_on", "is in the future"),
        ({"starts": "July 2026"}, "starts", "Write 2026-07-15, or 2026-07 for a month."),
        ({"ends": "2026-02-30"}, "ends", "is no day and no month"),
        ({"starts": "2026-07", "ends": "2026-06-30"}, "ends", "before it starts"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(keeper, values, field, says):
    errors = refused(register.add_trial, details=replace(WREN, **values), by=keeper)
    assert set(errors) == {field}
    assert says in errors[field][0]


def test_a_trial_may_end_in_the_month_in_which_it_starts(keeper):
    for starts, ends in (("2026-07-15", "2026-07"), ("2026-07", "2026-07-01"), ("2026-07", "2026-07")):
        register.add_trial(details=replace(WREN, starts=starts, ends=ends), by=keeper)


def test_nobody_owns_an_entry_who_may_not_keep_it(keeper, team):
    surgeon = factories.member(Role.SURGEON, team)
    errors = refused(register.add_trial, details=replace(WREN, owner=surgeon), by=keeper)
    assert "does not keep the register" in errors["owner"][0]


def test_a_change_names_its_fields_and_one_on_an_old_page_is_refused(trial, keeper):
    held = replace(WREN, owner=keeper, status_on=trial.status_on, source=trial.source)
    another = replace(held, title="Another")
    changed = register.change_trial(trial=trial, version=1, details=another, by=keeper)
    assert (changed.version, newest(trial).data["fields"]) == (2, ["title"])
    with pytest.raises(StaleVersion):
        register.change_trial(trial=trial, version=1, details=held, by=keeper)
    before = Event.objects.count()
    register.change_trial(trial=trial, version=2, details=another, by=keeper)
    assert Event.objects.count() == before


def test_a_status_that_changes_without_its_day_is_as_of_today(trial, keeper):
    long_ago = timezone.localdate() - timedelta(days=90)
    Trial.objects.update(status_on=long_ago)
    ended = replace(WREN, status="COMPLETED", status_on=long_ago)
    assert (
        register.change_trial(trial=trial, version=1, details=ended, by=keeper).status_on
        == timezone.localdate()
    )


def test_whoever_looked_at_an_entry_verifies_it_unless_it_changed_meanwhile(trial, keeper, team):
    Trial.objects.update(verified_on=timezone.localdate() - timedelta(days=73), verified_by=None)
    assert Trial.objects.stale(timezone.localdate()).exists()
    with pytest.raises(StaleVersion):
        register.verify_trial(trial=trial, version=7, by=keeper)
    other = factories.member(Role.TRIAL_COORDINATOR, team)
    verified = register.verify_trial(trial=trial, version=1, by=other)
    assert (verified.verified_by, verified.version) == (other, 1)
    assert not Trial.objects.stale(timezone.localdate()).exists()
    assert newest(trial).type == "trial.verified"


def test_a_trial_that_closes_loses_its_candidates_and_one_that_opens_has_them_again(
    team, keeper, django_capture_on_commit_callbacks
):
    episode = pairs.episode(team)
    trial = pairs.trial(pairs.LEIOMYOSARCOMA, short_name="WREN", title=WREN.title, owner=keeper)
    matching.match_everything()
    for version, status, kept in ((1, "SUSPENDED", False), (2, "RECRUITING", True)):
        with django_capture_on_commit_callbacks(execute=True):
            register.change_trial(
                trial=trial, version=version, details=replace(WREN, status=status), by=keeper
            )
        assert Match.objects.filter(trial=trial, episode=episode).exists() is kept
    assert not OutboxEntry.objects.exclude(status="done").exists()


def test_a_site_is_added_changed_and_removed_and_each_says_what_was_done(trial, keeper):
    details = SiteDetails("Rook Infirmary", city="Leeds", contact_name="Sr Ann Lee", contact_phone="0113 1")
    site = register.save_site(trial=trial, site=None, version=1, details=details, by=keeper)
    assert (site.is_imported, newest(trial).data["what"]) == (False, "added")
    with pytest.raises(StaleVersion):
        register.save_site(trial=trial, site=site, version=1, details=details, by=keeper)
    closed = replace(details, status="closed")
    register.save_site(trial=trial, site=site, version=2, details=closed, by=keeper)
    assert trial.sites.get().status == "closed"
    with pytest.raises(StaleVersion):
        register.remove_site(trial=trial, site=site, version=2, by=keeper)
    register.remove_site(trial=trial, site=site, version=3, by=keeper)
    assert not trial.sites.exists()
    assert newest(trial).data == {"fields": ["sites"], "what": "removed", "row": site.pk}


def test_a_site_to_which_a_patient_was_referred_stays(trial, keeper, team):
    site = register.save_site(trial=trial, site=None, version=1, details=SiteDetails("Rook"), by=keeper)
    today = timezone.localdate()
    TrialReferral.objects.create(
        episode=pairs.episode(team),
        trial=trial,
        site=site,
        referred_on=today,
        step_due_on=today,
        owner=keeper,
        created_by=keeper,
    )
    with pytest.raises(ValidationError, match="Change its status to Closed instead"):
        register.remove_site(trial=trial, site=site, version=2, by=keeper)


def test_a_contact_whose_address_is_none_is_refused_at_its_field(trial, keeper):
    details = SiteDetails("Rook", contact_name="Sr Ann Lee", contact_email="ann")
    errors = refused(register.save_site, trial=trial, site=None, version=1, details=details, by=keeper)
    assert set(errors) == {"contact_email"}


def test_drugs_of_an_arm_are_held_by_their_generic_names(trial, keeper):
    details = ArmDetails("Both", drugs=["Opdivo", "Yervoy", "nivolumab"])
    arm = register.save_arm(trial=trial, arm=None, version=1, details=details, by=keeper)
    assert arm.drugs == ["nivolumab", "ipilimumab"]
    errors = refused(
        register.save_arm, trial=trial, arm=None, version=2, details=ArmDetails("both"), by=keeper
    )
    assert "already" in errors["name"][0]
    register.remove_arm(trial=trial, arm=arm, version=2, by=keeper)
    assert not trial.arms.exists()


def test_nothing_is_saved_where_its_event_cannot_be(trial, keeper, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no event")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        register.change_trial(trial=trial, version=1, details=replace(WREN, title="Another"), by=keeper)
    with pytest.raises(RuntimeError), transaction.atomic():
        register.save_site(trial=trial, site=None, version=1, details=SiteDetails("Rook"), by=keeper)
    trial.refresh_from_db()
    assert (trial.title, trial.sites.count()) == (WREN.title, 0)

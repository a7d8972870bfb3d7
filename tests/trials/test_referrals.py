"""Referrals to a trial: who may, each step and what is refused, what a death ends, and the pages."""

import re
from datetime import date, timedelta
from importlib import import_module
from itertools import product

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role, roles_with
from audit import services as audit
from audit.events import EventType
from audit.models import Event, Read
from audit.workflow import StaleVersion, WrongState
from cases.services import patients
from tests import factories
from tests.trials import pairs
from trials.models import EndReason, TrialReferral, TrialSite
from trials.services import matching, referring
from trials.workflow import TRIAL_REFERRAL, TRIAL_REFERRAL_OPEN, TrialReferralStatus

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 16)
S = TrialReferralStatus
MOST_STATEMENTS = 22


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def episode(team):
    return pairs.episode(team)


@pytest.fixture
def trial(episode):
    return pairs.trial(pairs.LEIOMYOSARCOMA, pairs.MEASURABLE, short_name="HEART-1")


@pytest.fixture
def site(trial):
    return TrialSite.objects.create(
        trial=trial,
        facility="Severn Centre",
        status="open",
        contact_name="Sr Ann Lee",
        contact_phone="0117 1",
    )


@pytest.fixture
def referral(episode, trial, keeper):
    return put_forward(episode, trial, keeper)


def put_forward(episode, trial, by, **more):
    return referring.refer(**{"episode": episode, "trial": trial, "on": DAY, "owner": by, "by": by} | more)


def step(referral, status, by, on=DAY, version=None, **more):
    if status in referring.WITH_REASON:
        more.setdefault("reason", EndReason.BIOMARKER)
    return referring.move(referral=referral, version=version, status=status, on=on, by=by, **more)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_referral_has_its_first_step_its_day_and_its_event(episode, trial, site, keeper):
    row = put_forward(episode, trial, keeper, site=site, note="  wants   to travel ")
    assert (row.status, row.note, row.step_due_on) == (S.REFERRED, "wants to travel", date(2026, 11, 23))
    (first,) = row.steps.all()
    assert (first.status, first.on, first.by) == (S.REFERRED, DAY, keeper)
    event = Event.objects.get(type="trial_referral.made")
    assert (event.by, event.case_id, event.target_id) == (keeper, episode.case_id, row.pk)
    assert event.data == {"trial": trial.pk, "site": site.pk}


def test_a_referral_goes_over_screening_to_enrolment(referral, keeper):
    row = step(referral, S.SCREENING, keeper, on=DAY + timedelta(days=1))
    assert row.step_due_on == date(2026, 12, 15)
    row = step(row, S.ENROLLED, keeper, on=DAY + timedelta(days=2))
    assert (row.status, row.reason, row.step_due_on) == (S.ENROLLED, "", None)
    assert [each.status for each in row.steps.all()] == [S.REFERRED, S.SCREENING, S.ENROLLED]
    moved = Event.objects.filter(type="trial_referral.moved").order_by("pk").last()
    assert moved.data == {"from": "screening", "to": "enrolled", "reason": ""}


def test_only_the_moves_of_the_table_are_made(team, trial, keeper):
    for before, after in product(S, S):
        row = put_forward(pairs.episode(team), trial, keeper)
        TrialReferral.objects.filter(pk=row.pk).update(status=before)
        row.refresh_from_db()
        if TRIAL_REFERRAL.allows(before, after):
            assert step(row, after, keeper).status == after
        else:
            with pytest.raises(WrongState):
                step(row, after, keeper)
            row.refresh_from_db()
            assert (row.status, row.steps.count()) == (before, 1)


def test_who_may_refer_and_record_is_read_from_the_table(team, trial, keeper):
    for role in [role for role in Role if role not in ORGANISATION_ROLES]:
        person, episode = factories.member(role, team), pairs.episode(team)
        if role in roles_with(Permission.REFER_TO_TRIAL):
            assert step(put_forward(episode, trial, person), S.SCREENING, person)
            continue
        with pytest.raises(PermissionDenied):
            put_forward(episode, trial, person, owner=keeper)
        with pytest.raises(PermissionDenied):
            step(put_forward(episode, trial, keeper), S.SCREENING, person)


def test_what_cannot_be_is_refused_by_its_field(episode, trial, site, keeper):
    elsewhere = TrialSite.objects.create(trial=pairs.trial(), facility="Tyne Centre")
    shut = TrialSite.objects.create(trial=trial, facility="Exe Centre", status="closed")
    stranger = factories.member(Role.TRIAL_COORDINATOR, factories.team())
    refused = [
        ({"on": None}, "on", "is needed"),
        ({"on": date(2999, 1, 1)}, "on", "in the future"),
        ({"on": date(1960, 1, 1)}, "on", "before the patient was born"),
        ({"note": "x" * 301}, "note", "It may have 300"),
        ({"site": elsewhere}, "site", "is no site of HEART-1"),
        ({"site": shut}, "site", "closed to HEART-1"),
        ({"owner": stranger}, "owner", "Choose someone from the list"),
    ]
    for told, field, words in refused:
        with pytest.raises(ValidationError) as error:
            put_forward(episode, trial, keeper, **told)
        assert words in error.value.message_dict[field][0]
    assert not TrialReferral.objects.exists()


def test_a_step_is_refused_by_its_field(referral, keeper):
    refused = [
        ({"status": "cured"}, "status", "must be one of"),
        ({"status": S.SCREENING, "on": DAY - timedelta(days=1)}, "on", "before the step that came before it"),
        ({"status": S.SCREENING, "reason": EndReason.OTHER}, "reason", "Leave it empty"),
        ({"status": S.SCREEN_FAILURE}, "reason", "is needed"),
        ({"status": S.DECLINED, "reason": "mood"}, "reason", "must be one of"),
        ({"status": S.NOT_TAKEN, "reason": EndReason.OTHER}, "note", "what the other reason was"),
    ]
    for told, field, words in refused:
        with pytest.raises(ValidationError) as error:
            referring.move(**{"referral": referral, "version": None, "on": DAY, "by": keeper} | told)
        assert words in error.value.message_dict[field][0]
    assert referral.steps.count() == 1


def test_a_patient_is_open_in_a_trial_once_and_may_be_referred_again_after_it_ended(
    episode, trial, referral, keeper
):
    with pytest.raises(ValidationError, match="already, since 16 Nov 2026"):
        put_forward(episode, trial, keeper)
    step(referral, S.NOT_TAKEN, keeper)
    assert put_forward(episode, trial, keeper).pk != referral.pk


def test_nobody_is_referred_to_a_trial_that_is_not_open(episode, keeper):
    with pytest.raises(WrongState, match="completed"):
        put_forward(episode, pairs.trial(status="COMPLETED"), keeper)


def test_whom_the_record_excludes_is_referred_with_a_note_that_says_why(episode, keeper):
    trial = pairs.trial(pairs.SYNOVIAL)
    with pytest.raises(ValidationError, match="Say why the trial team should look"):
        put_forward(episode, trial, keeper)
    assert put_forward(episode, trial, keeper, note="Second reading says synovial sarcoma")


def test_a_death_ends_what_is_open_and_nothing_else(episode, trial, referral, keeper):
    over = step(put_forward(episode, pairs.trial(), keeper), S.DECLINED, keeper)
    patients.record_death(
        patient=episode.case.patient, died_on=DAY + timedelta(days=1), by=keeper_of(episode)
    )
    event = Event.objects.get(type=EventType.PATIENT_DIED)
    for _ in range(2):
        referring.end_referrals_for_death(event=event)
    referral.refresh_from_db()
    assert (referral.status, referral.reason, referral.step_due_on) == (S.WITHDRAWN, EndReason.DIED, None)
    last = referral.steps.last()
    assert (referral.steps.count(), last.by, last.on) == (2, None, DAY + timedelta(days=1))
    over.refresh_from_db()
    assert (over.status, over.reason) == (S.DECLINED, EndReason.BIOMARKER)
    with pytest.raises(WrongState, match="recorded as dead"):
        put_forward(episode, trial, keeper)


def test_the_timeline_of_the_case_tells_of_each_step(referral, episode, keeper, client):
    step(referral, S.SCREENING, keeper, on=DAY + timedelta(days=1))
    step(referral, S.SCREEN_FAILURE, keeper, on=DAY + timedelta(days=3), note="FISH negative")
    told = episode.case.events.filter(type__startswith="trial_").order_by("on")
    assert [(row.get_type_display(), row.on, row.note, row.by) for row in told] == [
        ("Referred to a trial", DAY, "HEART-1", keeper),
        ("Screening for a trial", DAY + timedelta(days=1), "HEART-1", keeper),
        (
            "Screening for a trial failed",
            DAY + timedelta(days=3),
            "HEART-1: Biomarker not as asked. FISH negative",
            keeper,
        ),
    ]
    client.force_login(keeper)
    shown = text(client.get(reverse("desk:timeline", args=[episode.case.reference])))
    assert "HEART-1: Biomarker not as asked. FISH negative" in shown


def test_every_state_has_its_entry_on_the_timeline():
    assert referring.TOLD_AS.keys() == set(S)
    assert all(type == f"trial_{status}" for status, type in referring.TOLD_AS.items())


def test_steps_from_before_the_timeline_told_of_them_come_onto_it(referral, episode, keeper):
    step(referral, S.NOT_TAKEN, keeper, reason=EndReason.NO_SLOT)
    told = list(episode.case.events.filter(type__startswith="trial_").values_list("type", "on", "note", "by"))
    assert len(told) == 2
    migration = import_module("trials.migrations.0006_steps_on_the_timeline")
    assert dict(EndReason.choices) == migration.REASONS
    migration.take_away(apps, None)
    assert not episode.case.events.filter(type__startswith="trial_").exists()
    migration.tell(apps, None)
    again = episode.case.events.filter(type__startswith="trial_").values_list("type", "on", "note", "by")
    assert list(again) == told


def test_who_died_is_on_no_list_of_open_referrals_before_anything_is_withdrawn(
    client, referral, episode, keeper
):
    episode.case.patient.is_dead = True
    episode.case.patient.save()
    TrialReferral.objects.update(step_due_on=DAY - timedelta(days=30))
    client.force_login(keeper)
    for query in ("", "?show=overdue", "?show=referred"):
        shown = client.get(reverse("trials:referrals") + query)
        assert rows_of(shown) == []
        assert "0 steps overdue" in text(shown)
        assert "0 open" in text(shown)
    assert rows_of(client.get(reverse("trials:referrals"), {"show": "all"})) == ["HEART-1"]


def keeper_of(episode):
    return factories.member(Role.COORDINATOR, episode.case.team)


def test_the_register_of_deaths_tells_the_referrals(settings):
    consumer = "trials.services.referring.end_referrals_for_death"
    assert consumer in settings.OUTBOX_CONSUMERS["patient.died"]


def test_two_people_cannot_record_over_each_other(referral, keeper):
    step(referral, S.SCREENING, keeper, version=referral.version)
    with pytest.raises(StaleVersion):
        step(referral, S.ENROLLED, keeper, version=referral.version)
    assert TrialReferral.objects.get().status == S.SCREENING


def test_nothing_is_saved_when_its_event_cannot_be_written(episode, trial, keeper, monkeypatch):
    def broken(*args, **told):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        put_forward(episode, trial, keeper)
    assert not TrialReferral.objects.exists()


def test_it_is_handed_over_while_it_is_open(referral, site, team, keeper):
    other = factories.member(Role.ONCOLOGIST, team)
    row = referring.hand_over(referral=referral, version=referral.version, owner=other, site=site, by=keeper)
    assert (row.owner, row.site, row.steps.count()) == (other, site, 1)
    assert Event.objects.filter(type="trial_referral.changed", target_id=row.pk).exists()
    step(row, S.DECLINED, keeper)
    with pytest.raises(WrongState):
        referring.hand_over(referral=row, version=None, owner=keeper, site=None, by=keeper)


def test_handing_it_over_keeps_a_site_that_was_closed_since(client, referral, site, team, keeper):
    referring.hand_over(referral=referral, version=None, owner=keeper, site=site, by=keeper)
    TrialSite.objects.update(status="closed")
    other = TrialSite.objects.create(trial=referral.trial, facility="Exe Centre", status="closed")
    client.force_login(keeper)
    page = reverse("trials:referral_change", args=[referral.pk])
    shown = text(client.get(page))
    assert "Severn Centre, closed</option>" in shown
    assert "Exe Centre" not in shown
    new = factories.member(Role.ONCOLOGIST, team)
    referral.refresh_from_db()
    sent = {"version": referral.version, "owner": new.pk, "site": site.pk}
    assert client.post(page, sent).status_code == 302
    referral.refresh_from_db()
    assert (referral.owner, referral.site) == (new, site)
    with pytest.raises(ValidationError, match="Exe Centre is closed to HEART-1"):
        referring.hand_over(referral=referral, version=None, owner=new, site=other, by=keeper)


# Pages


@pytest.fixture
def pages(referral, trial, episode):
    see, record = Permission.SEE_CASES, Permission.REFER_TO_TRIAL
    return {
        reverse("trials:referrals"): see,
        reverse("trials:referral", args=[referral.pk]): see,
        reverse("trials:referral_change", args=[referral.pk]): record,
        reverse("trials:refer", args=[trial.pk, episode.case.reference]): record,
    }


def test_every_page_asks_for_sign_in_for_its_role_and_for_its_team(client, pages, team):
    for address in pages:
        assert client.get(address).status_code == 302, address
    for role in [role for role in Role if role not in ORGANISATION_ROLES]:
        client.force_login(factories.member(role, team))
        for address, permission in pages.items():
            expected = 200 if permission in ROLE_PERMISSIONS[role] else 403
            assert client.get(address).status_code == expected, (role, address)
    client.force_login(factories.member(Role.TRIAL_COORDINATOR, factories.team()))
    assert [client.get(address).status_code for address in pages] == [200, 404, 404, 404]


def test_a_patient_is_referred_and_enrolled_in_the_browser(client, episode, trial, site, keeper):
    client.force_login(keeper)
    address = reverse("trials:refer", args=[trial.pk, episode.case.reference])
    shown = text(client.get(address))
    assert "Sr Ann Lee" in shown
    assert "May fit if" in shown
    assert "eligible" not in shown
    assert f'<option value="{site.pk}" selected>' in shown
    TrialSite.objects.create(trial=trial, facility="Rook Infirmary", status="open")
    assert f'<option value="{site.pk}" selected>' not in text(client.get(address))
    told = {"on": "2026-11-16", "site": site.pk, "owner": keeper.pk, "note": ""}
    answer = client.post(address, told)
    row = TrialReferral.objects.get()
    page = reverse("trials:referral", args=[row.pk])
    assert answer.url == page
    wrong = client.post(page, {"status": "screen_failure", "on": "2026-11-17", "version": row.version})
    assert wrong.status_code == 200
    assert "Reason is needed" in text(wrong)
    for status in ("screening", "enrolled"):
        row.refresh_from_db()
        sent = {"status": status, "on": "2026-11-17", "version": row.version, "reason": "", "note": ""}
        assert client.post(page, sent).url == page
    shown = text(client.get(page))
    assert "Enrolled" in shown
    assert "The next step" not in shown
    assert Read.objects.filter(by=keeper).exists()
    referred = client.get(reverse("trials:referrals"))
    assert "No referral to a trial fits this choice" in text(referred)
    assert "HEART-1" in text(client.get(reverse("trials:referrals"), {"show": "enrolled"}))


def test_the_trials_of_a_case_show_its_referrals_and_lead_to_a_new_one(
    client, episode, referral, keeper, team
):
    case_page = reverse("trials:case", args=[episode.case.reference])
    new = reverse("trials:refer", args=[referral.trial_id, episode.case.reference])
    pair = reverse("trials:pair", args=[referral.trial_id, episode.case.reference])
    client.force_login(keeper)
    shown = text(client.get(case_page))
    assert "Referred to a trial" in shown
    assert reverse("trials:referral", args=[referral.pk]) in shown
    step(referral, S.DECLINED, keeper)
    assert new in text(client.get(case_page))
    assert new in text(client.get(pair))
    client.force_login(factories.member(Role.RADIOLOGIST, team))
    assert new not in text(client.get(case_page)) + text(client.get(pair))


@pytest.mark.parametrize(
    ("moves", "shown", "may_again"),
    [
        ((), "Referred to the trial team", False),
        ((S.SCREENING, S.ENROLLED), "Enrolled", False),
        ((S.SCREEN_FAILURE,), "Screen failure", True),
    ],
)
def test_whoever_was_referred_is_not_offered_as_new(
    moves, shown, may_again, client, episode, trial, referral, keeper
):
    matching.match_everything()
    for status in moves:
        referral = step(referral, status, keeper, version=referral.version)
    client.force_login(keeper)
    reference = episode.case.reference
    pages = [
        reverse("trials:candidates", args=[trial.pk]),
        reverse("trials:case", args=[reference]),
        reverse("trials:pair", args=[trial.pk, reference]),
    ]
    for page in pages:
        links = re.findall(r'<a href="([^"]+)">([^<]+)', client.get(page).content.decode())
        assert (reverse("trials:referral", args=[referral.pk]), shown) in links, page
        offered = [words for to, words in links if to == reverse("trials:refer", args=[trial.pk, reference])]
        assert offered == (["Refer again"] if may_again else []), page


def test_a_step_sent_on_an_old_page_is_refused_and_nothing_typed_is_lost(client, referral, keeper):
    page = reverse("trials:referral", args=[referral.pk])
    client.force_login(keeper)
    old = referral.version
    step(referral, S.SCREENING, keeper)
    sent = {"status": "declined", "reason": "travel", "on": "2026-11-17", "version": old, "note": "Too far"}
    answer = client.post(page, sent)
    assert answer.status_code == 409
    assert "Someone else changed this" in text(answer)
    assert "Too far" in text(answer)
    assert TrialReferral.objects.get().status in TRIAL_REFERRAL_OPEN


def test_the_list_is_filtered_sorted_and_costs_the_same_for_many(client, team, trial, referral, keeper):
    client.force_login(keeper)
    address = reverse("trials:referrals")
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    other = factories.member(Role.ONCOLOGIST, team)
    for n in range(3):
        put_forward(pairs.episode(team), pairs.trial(short_name=f"OTHER-{n}"), other, on=date(2026, 11, 2))
    with CaptureQueriesContext(connection) as many:
        answer = client.get(address)
    assert len(many) == len(one) <= MOST_STATEMENTS
    assert rows_of(answer) == ["OTHER-0", "OTHER-1", "OTHER-2", "HEART-1"]
    found = {
        "who=me": 1,
        f"trial={trial.pk}": 1,
        "show=overdue": 3,
        "show=screening": 0,
        "show=ended": 0,
        "show=all": 4,
        "show=nonsense": 4,
        "sort=trial": 4,
        "sort=name": 4,
        "sort=newest": 4,
    }
    for query, count in found.items():
        assert len(rows_of(client.get(f"{address}?{query}"))) == count, query


def rows_of(answer):
    """The trials of the rows, in their order."""
    return re.findall(r'data-label="Trial">([^<]+)<', answer.content.decode())

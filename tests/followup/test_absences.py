"""Being away, who covers, and a person's own settings: services and pages."""

from datetime import time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from cases.services.refusals import said
from followup.models import Absence, ReminderKind, ReminderSettings
from followup.rules import TO_DO_WORDS
from followup.services.reminding import absences as services
from tests import factories

pytestmark = pytest.mark.django_db


def day(ahead):
    return timezone.localdate() + timedelta(days=ahead)


@pytest.fixture
def leave(centre):
    """Records an absence, of the nurse and by the nurse unless told otherwise."""

    def leave(first=3, last=10, **fields) -> Absence:
        given = {"person": centre.nurse, "cover": None, "by": centre.nurse} | fields
        return services.record_absence(from_on=day(first), until_on=day(last), **given)

    return leave


# services


def test_an_absence_is_recorded_with_its_event(centre, leave):
    absence = leave(cover=centre.surgeon)
    event = Event.objects.get(type=EventType.ABSENCE_RECORDED)
    assert (absence.cover, absence.recorded_by) == (centre.surgeon, centre.nurse)
    assert (event.target_id, event.by, event.data["cover"]) == (absence.pk, centre.nurse, centre.surgeon.pk)


def test_an_absence_is_withdrawn_once(centre, leave):
    absence = leave()
    services.withdraw_absence(absence=absence, by=centre.nurse)
    assert Event.objects.filter(type=EventType.ABSENCE_WITHDRAWN).count() == 1
    with pytest.raises(WrongState, match="is withdrawn"):
        services.withdraw_absence(absence=absence, by=centre.nurse)


def test_an_absence_that_is_over_stays_as_it_was(centre, leave, time_machine_to):
    absence = leave()
    time_machine_to(timezone.now() + timedelta(days=40))
    with pytest.raises(WrongState, match="is over"):
        services.withdraw_absence(absence=absence, by=centre.nurse)


def test_after_withdrawal_the_days_are_free_again(centre, leave):
    services.withdraw_absence(absence=leave(), by=centre.nurse)
    assert leave().pk


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        (5, 4, "until_on", "is before the first"),
        (-9, -1, "until_on", "has passed"),
        (0, 400, "until_on", "at most 400 days"),
        (-32, 5, "from_on", "up to 31 days ago"),
        (401, 402, "from_on", "too far ahead"),
    ],
)
def test_days_that_cannot_be_meant_are_refused(first, last, field, words, leave):
    with pytest.raises(ValidationError) as refused:
        leave(first, last)
    assert words in refused.value.message_dict[field][0]
    assert not Absence.objects.exists()


@pytest.mark.parametrize(("first", "last"), [(3, 3), (10, 20), (1, 30), (4, 6)])
def test_absences_over_each_other_are_refused_with_the_one_that_stands(first, last, leave):
    standing = leave(3, 10)
    with pytest.raises(ValidationError, match="There is an absence from") as refused:
        leave(first, last)
    assert services.span(standing) in refused.value.message_dict["from_on"][0]


def test_absences_side_by_side_are_two(leave):
    leave(3, 10)
    leave(11, 12)
    leave(2, 2)
    assert Absence.objects.count() == 3


def test_nobody_covers_for_themselves_and_no_stranger_does(centre, leave):
    for cover in (centre.nurse, factories.member(Role.NURSE_SPECIALIST, factories.team())):
        with pytest.raises(ValidationError) as refused:
            leave(cover=cover)
        assert "cover" in refused.value.message_dict


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_who_may_set_absences_records_a_colleagues(role, centre, leave):
    by = factories.member(role, centre.team)
    if Permission.SET_ABSENCE in ROLE_PERMISSIONS[role]:
        assert leave(by=by).recorded_by == by
    else:
        with pytest.raises(PermissionDenied):
            leave(by=by)


def test_a_coordinator_of_another_team_cannot_say_who_is_away(centre, leave):
    stranger = factories.member(Role.COORDINATOR, factories.team())
    with pytest.raises(PermissionDenied, match="your own teams"):
        leave(by=stranger)
    with pytest.raises(PermissionDenied):
        services.withdraw_absence(absence=leave(), by=stranger)


def test_an_absence_without_its_record_is_no_absence(leave, monkeypatch):
    def fail(*args, **more):
        raise RuntimeError

    monkeypatch.setattr("followup.services.reminding.absences.audit.record", fail)
    with pytest.raises(RuntimeError):
        leave()
    assert not Absence.objects.exists()


def test_a_cover_who_is_away_too_is_warned_of(centre, leave):
    leave(8, 20, person=centre.surgeon, by=centre.surgeon)
    (warning, *_) = services.warnings_of(leave(3, 10, cover=centre.surgeon))
    assert warning.startswith(f"{centre.surgeon} is away from")


def test_what_a_person_does_about_each_kind_has_words():
    assert set(TO_DO_WORDS) == set(ReminderKind)


def test_several_things_that_a_cover_cannot_do_read_as_one_sentence(centre, leave):
    (warning,) = services.warnings_of(leave(cover=centre.coordinator))
    told = "cannot tell patients, confirm follow-up, plan follow-up or take referrals to trials further."
    assert f"{told} Others in the team" in warning


def test_where_the_only_coordinator_is_away_others_who_can_do_it_are_named(centre, leave):
    (warning,) = services.warnings_of(leave(person=centre.coordinator, by=centre.coordinator))
    assert warning == (
        f"{centre.team} has no other MDT coordinator: whoever else can do it is reminded instead."
    )


def test_what_a_cover_cannot_do_is_said_by_name(centre, leave):
    radiologist = factories.member(Role.RADIOLOGIST, centre.team)
    (warning,) = services.warnings_of(leave(cover=radiologist))
    assert warning == (
        f"In {centre.team.name}, {radiologist} cannot record how plans begin, take referrals to trials further "
        "or answer enquiries. "
        "Others in the team are reminded of that instead."
    )
    assert "letter" not in warning, (
        "nurse specialists and radiologists both make letters, but only the first check them"
    )


def test_a_cover_of_the_same_role_is_warned_of_nothing(centre, leave):
    assert services.warnings_of(leave(cover=factories.member(Role.NURSE_SPECIALIST, centre.team))) == []


def test_without_a_cover_it_is_said_where_nobody_else_has_the_role(centre, leave):
    absence = leave()
    (warning,) = services.warnings_of(absence)
    assert warning == (
        f"{centre.team} has no other clinical nurse specialist: the coordinators are reminded instead."
    )
    factories.member(Role.NURSE_SPECIALIST, centre.team)
    assert services.warnings_of(absence) == []


def save(person, by=None, digest_by_mail=True, at=time(7)):
    return services.save_settings(person=person, digest_by_mail=digest_by_mail, digest_at=at, by=by or person)


def test_ones_own_settings_are_saved_and_changed(centre):
    save(centre.nurse)
    row = save(centre.nurse, digest_by_mail=False, at=time(8, 30))
    assert (ReminderSettings.objects.get().digest_at, row.digest_by_mail) == (time(8, 30), False)
    events = Event.objects.filter(type=EventType.REMINDER_SETTINGS_CHANGED)
    assert [event.data["digest_by_mail"] for event in events.order_by("pk")] == [True, False]


def test_nobody_sets_anothers_e_mail(centre):
    with pytest.raises(PermissionDenied):
        save(centre.nurse, by=centre.coordinator)


@pytest.mark.parametrize("at", [time(4, 59), time(18, 1), time(0)])
def test_the_days_e_mail_comes_by_day(at, centre):
    with pytest.raises(ValidationError, match="from 5 am to 6 pm"):
        save(centre.nurse, at=at)


# pages


def typed(centre, person=None, first=3, last=10, cover="", **more):
    return {
        "person": (person or centre.nurse).pk,
        "from_on": day(first).isoformat(),
        "until_on": day(last).isoformat(),
        "cover": cover and cover.pk,
    } | more


AWAY = "followup:absences"


def test_one_says_that_one_is_away_and_is_told_what_the_cover_cannot_do(centre, sign_in):
    radiologist = factories.member(Role.RADIOLOGIST, centre.team)
    browser = sign_in(centre.nurse)
    page = browser.post(reverse(AWAY), typed(centre, cover=radiologist), follow=True).content.decode()
    absence = Absence.objects.get()
    assert (absence.person, absence.cover, absence.recorded_by) == (centre.nurse, radiologist, centre.nurse)
    assert f"{centre.nurse} is away {services.span(absence)}." in page
    assert f"{radiologist} cannot record how plans begin" in page
    assert radiologist.full_name in browser.get(reverse("followup:reminder_settings")).content.decode()


def test_a_coordinator_records_a_colleague_who_is_ill(centre, sign_in):
    page = sign_in(centre.coordinator).post(reverse(AWAY), typed(centre, first=-1, last=2), follow=True)
    absence = Absence.objects.get()
    assert (absence.person, absence.recorded_by) == (centre.nurse, centre.coordinator)
    assert "Away now" in page.content.decode()


def test_who_sets_nobody_elses_absence_cannot_post_one(centre, sign_in):
    response = sign_in(centre.nurse).post(reverse(AWAY), typed(centre, person=centre.surgeon))
    assert response.status_code == 400
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"from_on": ""}, "First day away is needed."),
        ({"until_on": "31/02/2027"}, "Enter a date that exists"),
        ({"until_on": "2020-01-01", "from_on": "2020-01-01"}, "has passed"),
        ({"until_on": "2020-01-01"}, "is before the first"),
        ({"cover": "999999"}, "Choose from the list"),
        ({"cover": "x"}, "Choose from the list"),
        ({"person": "0"}, "Choose from the list"),
    ],
)
def test_an_absence_that_cannot_be_meant_is_refused_and_keeps_what_was_typed(changed, words, centre, sign_in):
    sent = typed(centre) | changed
    response = sign_in(centre.coordinator).post(reverse(AWAY), sent)
    page = response.content.decode()
    assert response.status_code == 400
    assert words.casefold() in page.casefold()
    assert not Absence.objects.exists()
    if "until_on" not in changed:
        assert sent["until_on"] in page


def test_an_absence_over_another_is_refused_at_its_field(centre, leave, sign_in):
    leave(5, 6)
    response = sign_in(centre.nurse).post(reverse(AWAY), typed(centre))
    assert response.status_code == 400
    assert "There is an absence from" in response.content.decode()


def test_everyone_sees_who_of_the_team_is_away_and_for_whom_they_cover(centre, leave, sign_in):
    leave(0, 5, cover=centre.surgeon)
    leave(3, 9, person=centre.surgeon, by=centre.surgeon)
    page = sign_in(centre.surgeon).get(reverse(AWAY)).content.decode()
    assert "You cover for" in page
    assert f"{centre.surgeon.full_name}, away too" in page
    assert page.count("Withdraw<") == 1, "one's own only"
    stranger = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert centre.nurse.full_name not in stranger.get(reverse(AWAY)).content.decode()


@pytest.mark.parametrize("page", ["followup:reminders", "desk:home"])
def test_whoever_is_away_is_told_until_when_and_who_covers_and_withdraws_it_there(
    page, centre, leave, sign_in
):
    absence, browser = leave(0, 5, cover=centre.surgeon), sign_in(centre.nurse)
    shown = browser.get(reverse(page)).content.decode()
    assert f"You are away until {said(day(5))}." in shown
    assert f"{centre.surgeon.full_name} covers." in shown
    withdraw = reverse("followup:absence_withdraw", args=[absence.pk])
    assert f'action="{withdraw}"' in shown
    browser.post(withdraw)
    assert "You are away" not in browser.get(reverse(page)).content.decode()


def test_one_is_told_of_a_cover_who_is_away_too_and_of_colleagues_where_there_is_no_cover(
    centre, leave, sign_in
):
    leave(4, 9, person=centre.surgeon, by=centre.surgeon)
    absence, browser = leave(0, 5, cover=centre.surgeon), sign_in(centre.nurse)
    inbox = reverse("followup:reminders")
    assert "covers, and is away too on some of these days." in browser.get(inbox).content.decode()
    services.withdraw_absence(absence=absence, by=centre.nurse)
    leave(0, 5)
    words = "Colleagues of the same role are reminded in your place."
    assert words in browser.get(inbox).content.decode()


def test_an_absence_to_come_or_of_somebody_else_is_not_ones_own(centre, leave, sign_in):
    leave(1, 5)
    leave(0, 5, person=centre.surgeon, by=centre.surgeon)
    browser = sign_in(centre.nurse)
    for page in ("followup:reminders", "desk:home"):
        assert "You are away" not in browser.get(reverse(page)).content.decode()


def test_an_absence_is_withdrawn_by_a_button(centre, leave, sign_in):
    address = reverse("followup:absence_withdraw", args=[leave().pk])
    browser = sign_in(centre.nurse)
    assert browser.get(address).status_code == 405
    page = browser.post(address, follow=True).content.decode()
    assert "is reminded again from now on" in page
    assert "You are here, as far as is recorded." in page
    assert browser.post(address).status_code == 409


def test_anothers_absence_is_not_found(centre, leave, sign_in):
    address = reverse("followup:absence_withdraw", args=[leave().pk])
    for person in (centre.surgeon, factories.member(Role.COORDINATOR, factories.team())):
        assert sign_in(person).post(address).status_code == 404
    assert sign_in(centre.coordinator).post(address).status_code == 302


def test_the_days_e_mail_is_switched_off_and_what_comes_at_once_is_said(centre, sign_in):
    browser, address = sign_in(centre.nurse), reverse("followup:reminder_settings")
    page = browser.get(address).content.decode()
    assert 'value="07:00"' in page
    assert "cannot be switched off" in page
    assert "Patient to be told" in page
    assert "to every MDT coordinator" not in page, "what reaches only others is theirs to know"
    browser.post(address, {"digest_at": "08:15"})
    row = ReminderSettings.objects.get()
    assert (row.person, row.digest_by_mail, row.digest_at) == (centre.nurse, False, time(8, 15))
    assert 'value="08:15"' in browser.get(address).content.decode()


@pytest.mark.parametrize(
    ("at", "words"),
    [("", "At what time is needed"), ("25:00", "Enter a time"), ("23:00", "from 5 am to 6 pm")],
)
def test_a_time_that_cannot_be_meant_is_refused_and_stays_in_its_field(at, words, centre, sign_in):
    response = sign_in(centre.nurse).post(reverse("followup:reminder_settings"), {"digest_at": at})
    page = response.content.decode()
    assert response.status_code == 400
    assert words in page
    assert not at or f'value="{at}"' in page
    assert not ReminderSettings.objects.exists()


def test_the_page_of_absences_costs_a_fixed_number_of_statements(
    centre, leave, sign_in, django_assert_max_num_queries
):
    for _ in range(30):
        person = factories.member(Role.SURGEON, centre.team)
        leave(person=person, by=person, cover=centre.surgeon)
        leave(20, 21, person=person, by=person, cover=centre.coordinator)
    browser = sign_in(centre.coordinator)
    with django_assert_max_num_queries(15):
        assert browser.get(reverse(AWAY)).status_code == 200

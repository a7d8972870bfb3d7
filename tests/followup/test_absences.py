"""Being away, who covers, and a person's own settings: services and pages."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from followup.models import Absence, ReminderSettings
from followup.services import absences as services
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

    monkeypatch.setattr("followup.services.absences.audit.record", fail)
    with pytest.raises(RuntimeError):
        leave()
    assert not Absence.objects.exists()


def test_a_cover_who_is_away_too_is_warned_of(centre, leave):
    leave(8, 20, person=centre.surgeon, by=centre.surgeon)
    (warning, *_) = services.warnings_of(leave(3, 10, cover=centre.surgeon))
    assert warning.startswith(f"{centre.surgeon} is away from")


def test_what_a_cover_cannot_do_is_said_by_name(centre, leave):
    radiologist = factories.member(Role.RADIOLOGIST, centre.team)
    (warning,) = services.warnings_of(leave(cover=radiologist))
    assert f"In {centre.team.name} {radiologist} cannot do: agreed plan not started in time" in warning
    assert "letter" not in warning, (
        "nurse specialists and radiologists both make letters, but only the first check them"
    )


def test_a_cover_of_the_same_role_is_warned_of_nothing(centre, leave):
    assert services.warnings_of(leave(cover=factories.member(Role.NURSE_SPECIALIST, centre.team))) == []


def test_without_a_cover_it_is_said_where_nobody_else_has_the_role(centre, leave):
    absence = leave()
    (warning,) = services.warnings_of(absence)
    assert "Nobody else in" in warning
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

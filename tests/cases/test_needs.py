"""Needs: recorded as found on a day, shown on the case, and deciding whether the quorum needs palliative care."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion
from cases import services
from cases.models import Case, Needs
from cases.models.needs import Fertility, HolisticAssessment
from cases.services import NeedsDetails
from tests import factories
from tests.cases.pages import of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def needs(episode, nurse):
    """Records needs; any of them can be told otherwise."""

    def needs(**told):
        return services.record_needs(episode=episode, details=NeedsDetails(**{"on": TODAY} | told), by=nurse)

    return needs


def has_symptoms():
    return Case.objects.get().has_symptoms


def test_needs_are_recorded_with_their_event(needs, case, nurse):
    row = needs(interpreter=" Polish ", holistic="done", holistic_on=TODAY, fertility="referred")
    assert (row.interpreter, row.recorded_by) == ("Polish", nurse)
    event = Event.objects.get(type=EventType.NEEDS_RECORDED)
    assert (event.case_id, event.data) == (case.pk, {})


def test_the_newest_answer_says_whether_there_are_symptoms_to_control(needs):
    assert not has_symptoms()
    needs(has_symptoms=True, symptoms="Pain at night")
    assert has_symptoms()
    needs(has_symptoms=False)
    assert not has_symptoms()
    events = Event.objects.filter(type=EventType.CASE_CHANGED)
    assert [event.data for event in events] == [{"fields": ["has_symptoms"]}] * 2


def test_what_was_not_asked_leaves_the_symptoms_as_they_were(needs):
    needs(has_symptoms=True, symptoms="Pain")
    needs(interpreter="Polish")
    assert has_symptoms()


def test_a_day_entered_late_changes_nothing_found_after_it(needs, episode):
    needs(has_symptoms=True, symptoms="Pain")
    needs(on=TODAY - timedelta(days=3), has_symptoms=False)
    assert has_symptoms()


def test_symptoms_found_in_a_new_episode_count_for_the_case(needs, case, surgeon, nurse):
    needs(has_symptoms=False)
    later = services.start_episode(case=case, kind="local_recurrence", started_on=TODAY, by=surgeon)
    details = NeedsDetails(on=TODAY, has_symptoms=True, symptoms="Bleeding")
    services.record_needs(episode=later, details=details, by=nurse)
    assert has_symptoms()


def test_changing_the_case_by_hand_keeps_its_symptoms(needs, case, nurse):
    needs(has_symptoms=True, symptoms="Pain")
    case.refresh_from_db()
    details = services.CaseDetails(patient_wants="To walk")
    services.change_case(case=case, version=case.version, details=details, by=nurse)
    assert has_symptoms()


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({}, "__all__", "Nothing is entered yet"),
        ({"on": None, "note": "x"}, "on", "Date is needed"),
        ({"on": TODAY + timedelta(days=1), "note": "x"}, "on", "in the future"),
        ({"has_symptoms": True}, "symptoms", "Which symptoms is needed"),
        ({"has_symptoms": False, "symptoms": "Pain"}, "has_symptoms", "say yes"),
        ({"symptoms": "Pain"}, "has_symptoms", "say yes"),
        ({"holistic": "done"}, "holistic_on", "Date of the assessment is needed"),
        ({"holistic_on": TODAY}, "holistic", "offered, done or declined"),
        ({"holistic": "offered", "holistic_on": TODAY + timedelta(days=1)}, "holistic_on", "in the future"),
        ({"holistic": "perhaps"}, "holistic", "not a known value"),
        ({"fertility": "perhaps"}, "fertility", "not a known value"),
        ({"interpreter": "x" * 61}, "interpreter", "It may have 60"),
        ({"note": "x" * 1001}, "note", "It may have 1000"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(needs, told, field, words):
    with pytest.raises(ValidationError) as refused:
        needs(**told)
    assert words in refused.value.message_dict[field][0]
    assert not Needs.objects.exists()


def test_when_the_audit_cannot_be_written_nothing_is_recorded(needs, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("cases.services.needs.audit.record", fails)
    with pytest.raises(RuntimeError):
        needs(has_symptoms=True, symptoms="Pain")
    assert not Needs.objects.exists()
    assert not has_symptoms()


@pytest.mark.parametrize("role", [*SIX_ROLES, Role.COORDINATOR, Role.MANAGER, Role.OBSERVER])
def test_who_may_record_needs_follows_the_permission_table(role, team, episode):
    person = factories.member(role, team)
    details = NeedsDetails(on=TODAY, note="x")
    if Permission.RECORD_FACTS in ROLE_PERMISSIONS[role]:
        services.record_needs(episode=episode, details=details, by=person)
        return
    with pytest.raises(PermissionDenied):
        services.record_needs(episode=episode, details=details, by=person)


def test_the_history_of_needs_cannot_be_changed(needs):
    needs(note="x")
    with pytest.raises(ProgrammingError, match=r"Cannot update|permission denied"), transaction.atomic():
        connection.cursor().execute("UPDATE cases_needshistory SET note = 'y'")


def test_the_page_begins_with_what_was_found_last_and_shows_what_is_recorded(sign_in, nurse, case, needs):
    client = sign_in(nurse)
    summary = reverse("desk:case", args=[case.reference])
    assert "not recorded yet" in client.get(summary).text
    typed = {
        "on": str(TODAY),
        "has_symptoms": "yes",
        "symptoms": "Pain at night",
        "holistic": "done",
        "holistic_on": str(TODAY),
        "interpreter": "Polish",
        "fertility": "discussed",
        "support": "Lives alone",
        "note": "",
    }
    assert client.post(of("needs_new", case), typed).status_code == 302
    for page in (summary, of("facts", case)):
        shown = client.get(page).text
        for words in ("Pain at night", "Done, ", "Polish", "Discussed", "Lives alone", nurse.full_name):
            assert words in shown
    again = client.get(of("needs_new", case)).text
    assert 'value="Polish"' in again
    assert 'value="yes" selected' in again


def test_needs_that_somebody_recorded_meanwhile_are_shown_before_they_are_followed(
    sign_in, nurse, surgeon, case, needs, episode
):
    client = sign_in(nurse)
    first = needs(interpreter="Polish", note="x")
    assert f'name="version" value="{first.pk}"' in client.get(of("needs_new", case)).text
    details = NeedsDetails(on=TODAY, holistic="declined", support="Her son drives")
    second = services.record_needs(episode=episode, details=details, seen=first.pk, by=surgeon)
    typed = {"on": str(TODAY), "interpreter": "Polish", "support": "Lives alone", "version": first.pk}
    answer = client.post(of("needs_new", case), typed)
    assert answer.status_code == 409
    for words in (f"{surgeon.full_name} changed this", "Declined", "Her son drives", "Lives alone"):
        assert words in answer.text
    assert Needs.objects.count() == 2
    assert client.post(of("needs_new", case), typed | {"version": second.pk}).status_code == 302
    assert Needs.objects.count() == 3


def test_the_first_needs_of_a_case_are_not_recorded_by_two_who_both_saw_none(needs, episode, nurse):
    needs(note="x")
    with pytest.raises(StaleVersion):
        services.record_needs(episode=episode, details=NeedsDetails(on=TODAY, note="y"), seen=0, by=nurse)
    assert Needs.objects.count() == 1


def test_a_refused_form_keeps_what_was_typed(sign_in, nurse, case):
    typed = {"on": str(TODAY), "has_symptoms": "yes", "support": "Lives alone"}
    answer = sign_in(nurse).post(of("needs_new", case), typed)
    assert "Which symptoms is needed" in answer.text
    assert "Lives alone" in answer.text


def test_another_teams_case_is_not_found_and_an_observer_is_refused(sign_in, stranger, team, case):
    assert sign_in(stranger).get(of("needs_new", case)).status_code == 404
    assert sign_in(factories.member(Role.OBSERVER, team)).get(of("needs_new", case)).status_code == 403


def test_every_coded_answer_has_words():
    for choices in (HolisticAssessment, Fertility):
        assert all(label for _, label in choices.choices)

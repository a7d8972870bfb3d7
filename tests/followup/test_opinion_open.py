"""What is open to others ends with its reason, whatever the reason is, and what it showed stays in the log."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from cases.services import close_case, record_death
from cases.views.duplicates import ENDED_BY_DEATH
from followup import services
from followup.models import ExpertLink, OpinionAnswer, ReviewSchedule, SecondOpinion
from followup.services.opinion import asked, links, opinions, sending

pytestmark = pytest.mark.django_db


def again(opinion):
    return SecondOpinion.objects.get(pk=opinion.pk)


def sees(browser, opinion):
    status = browser.get(reverse("followup:opinion_asked", args=[opinion.pk])).status_code
    assert status in (200, 404)
    return status == 200


def ended(kind=EventType.OPINION_SHARE_ENDED):
    return Event.objects.filter(type=kind).count()


def changed(opinion, by, **fields):
    row = again(opinion)
    told = {
        "question": row.question,
        "owner": row.owner,
        "team_asked": row.team_asked,
        "is_blind": row.is_blind,
        "parts": row.parts,
    }
    return opinions.change_opinion(opinion=row, version=row.version, **told | fields, by=by)


@pytest.fixture
def link_of(centre):
    def link_of(opinion):
        told = {"expert_name": "Prof Alder", "expert_post": "Leeds", "expert_telephone": "0113 496 0000"}
        return links.make_link(opinion=opinion, **told, by=centre.nurse)[0]

    return link_of


# consent


@pytest.mark.parametrize("last", ["received", "closed"])
def test_consent_is_taken_back_after_the_answer_too_and_ends_the_share(
    last, centre, share, surgeon_there, hand_in, sign_in
):
    opinion, browser = share(), sign_in(centre.nurse)
    hand_in(opinion, way="here", by=surgeon_there)
    if last == "closed":
        services.move_opinion(opinion=opinion, version=None, to="closed", by=centre.nurse)
    address = reverse("followup:opinion_consent", args=[opinion.pk])
    assert address in browser.get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    form = browser.get(address).content.decode()
    assert "Consent is taken back" in form
    assert "The patient agreed" not in form, "none is given any more"
    typed = {"version": again(opinion).version, "consent": "", "note": "Rang today"}
    page = browser.post(address, typed, follow=True).content.decode()
    assert "Taken back: Rang today" in page
    assert (again(opinion).consent, again(opinion).shared_until, ended()) == ("", None, 1)
    assert not sees(sign_in(surgeon_there), opinion)


def test_consent_is_not_given_to_what_is_answered_already(centre, share, surgeon_there, hand_in):
    opinion = share()
    hand_in(opinion, way="here", by=surgeon_there)
    with pytest.raises(WrongState, match="nothing is sent any more"):
        sending.record_consent(
            opinion=opinion, version=None, consent="patient", on=timezone.localdate(), by=centre.nurse
        )


def test_a_part_more_ends_the_share_and_the_consent_each_with_its_event(centre, share):
    opinion = share()
    changed(opinion, centre.nurse, parts=["summary", "imaging"])
    assert ended() == 1
    assert Event.objects.get(type=EventType.OPINION_CONSENT).data == {"consent": ""}


# death, an ending, a closed case


def test_a_death_ends_the_share_at_once_and_leaves_its_event(centre, share, surgeon_there, sign_in):
    opinion = share()
    type(centre.patient).objects.update(is_dead=True)
    assert not sees(sign_in(surgeon_there), opinion), "before any event has arrived"
    with pytest.raises(WrongState, match="not shared"):
        asked.acknowledge_opinion(opinion=opinion, version=None, by=surgeon_there)
    event = Event.objects.create(
        type=EventType.PATIENT_DIED, target_type="cases.patient", target_id=centre.patient.pk, by=centre.nurse
    )
    for _ in range(2):
        services.stop_for_death(event=event)
    assert (again(opinion).shared_until, ended()) == (None, 1)
    page = sign_in(centre.nurse).get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert "no opinion is needed any more" in page


def test_a_death_that_is_recorded_ends_link_and_share(
    centre, share, link_of, django_capture_on_commit_callbacks
):
    opinion = share()
    link = link_of(opinion)
    with django_capture_on_commit_callbacks(execute=True):
        record_death(patient=centre.patient, died_on=timezone.localdate(), by=centre.surgeon)
    link.refresh_from_db()
    assert (link.ended_reason, again(opinion).shared_until) == ("not_needed", None)


def test_what_a_death_ends_is_told_to_whoever_undoes_a_merge_that_brought_it(
    centre, share, link_of, make_review
):
    opinion = share()
    link_of(opinion)
    ReviewSchedule.objects.create(
        episode=centre.episode, pathway="bone", edition="1", from_on=timezone.localdate(), phases=[]
    )
    make_review()
    event = Event.objects.create(
        type=EventType.PATIENT_DIED, target_type="cases.patient", target_id=centre.patient.pk, by=centre.nurse
    )
    services.stop_for_death(event=event)
    by_itself = Event.objects.filter(pk__gt=event.pk, case_id=centre.case.pk, by=None)
    assert len(by_itself) == 4
    assert {each.type for each in by_itself} <= set(ENDED_BY_DEATH)


@pytest.mark.parametrize("who", ["home team", "team asked"])
def test_a_declined_request_is_open_to_nobody(who, centre, share, surgeon_there, sign_in):
    opinion, browser = share(), sign_in(surgeon_there)
    if who == "home team":
        services.move_opinion(opinion=opinion, version=None, to="declined", reason="Rang", by=centre.nurse)
    else:
        address = reverse("followup:opinion_decline", args=[opinion.pk])
        page = browser.post(address, {"version": opinion.version, "reason": "No capacity"}, follow=True)
        assert page.status_code == 200
        assert "shared with you no more" in page.content.decode()
    assert not sees(browser, opinion)
    assert (again(opinion).shared_until, ended()) == (None, 1)


def test_a_case_that_closes_ends_link_and_share_and_sends_nothing_more(
    centre, share, link_of, surgeon_there, sign_in, django_capture_on_commit_callbacks
):
    opinion = share()
    link = link_of(opinion)
    with django_capture_on_commit_callbacks(execute=True):
        close_case(case=centre.case, reason="completed", by=centre.surgeon)
    link.refresh_from_db()
    assert (link.ended_reason, again(opinion).shared_until, ended()) == ("taken_back", None, 1)
    assert not sees(sign_in(surgeon_there), opinion)
    with pytest.raises(WrongState, match="case is closed"):
        sending.send_pack(opinion=opinion, by=centre.nurse)


def test_a_share_that_ran_out_before_leaves_no_event_of_an_end(centre, share):
    opinion = share()
    SecondOpinion.objects.update(shared_until=timezone.localdate() - timedelta(days=1))
    sending.end_share(opinion=opinion, version=None, by=centre.nurse)
    assert (again(opinion).shared_until, ended()) == (None, 0)


# what an open share or link shows


@pytest.mark.parametrize("way", ["share", "link"])
def test_blindness_that_is_lifted_while_it_is_open_cannot_be_put_back(
    way, centre, share, request_of, link_of
):
    told = {"is_blind": True, "parts": ["summary", "plan"]}
    opinion = share(**told) if way == "share" else request_of(**told)
    if way == "link":
        link_of(opinion)
    changed(opinion, centre.nurse, is_blind=False)
    line = opinion.sendings.first()
    assert (line.how, line.parts, line.by) == ("shown", ["summary", "plan"], centre.nurse)
    assert line.to == ("Severn Sarcoma MDT" if way == "share" else "Prof Alder, Leeds")
    with pytest.raises(ValidationError, match="went out already"):
        changed(opinion, centre.nurse, is_blind=True)


def test_blindness_may_change_while_nothing_is_open(centre, request_of):
    opinion = request_of(is_blind=True)
    changed(opinion, centre.nurse, is_blind=False)
    assert changed(opinion, centre.nurse, is_blind=True).is_blind
    assert not opinion.sendings.exists()


def test_fewer_parts_of_an_open_share_have_a_line_in_the_log(centre, share, sign_in):
    opinion = share(parts=["summary", "imaging"])
    changed(opinion, centre.nurse, parts=["summary"])
    changed(opinion, centre.nurse, question="Would you operate?")
    assert [line.parts for line in opinion.sendings.order_by("pk")] == [["summary", "imaging"], ["summary"]]
    log = sign_in(centre.nurse).get(reverse("followup:opinion_log", args=[opinion.pk])).content.decode()
    assert "Other parts chosen while it was open" in log


def test_the_form_says_that_later_reports_are_seen_too(centre, request_of, sign_in):
    opinion = request_of()
    for name in ("consent", "share"):
        page = sign_in(centre.nurse).get(reverse(f"followup:opinion_{name}", args=[opinion.pk]))
        assert "documents recorded later too" in page.content.decode()


def test_why_the_home_team_ended_it_is_not_told_to_the_team_asked(
    centre, share, surgeon_there, hand_in, sign_in
):
    opinion = share()
    hand_in(opinion, way="here", by=surgeon_there)
    services.move_opinion(opinion=opinion, version=None, to="closed", reason="We disagree", by=centre.nurse)
    page = sign_in(surgeon_there).get(reverse("followup:opinion_asked", args=[opinion.pk])).content.decode()
    assert "We disagree" not in page


def test_the_answer_and_its_link_stay_as_they_were(centre, share, hand_in):
    opinion = share()
    hand_in(opinion)
    sending.record_consent(opinion=opinion, version=None, consent="", on=None, note="Rang", by=centre.nurse)
    assert OpinionAnswer.objects.get().text == "Resectable with the limb kept"
    assert not ExpertLink.objects.exists()

"""Handing in an opinion: by link, by the team asked, or copied from a letter; fixed from then on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, InternalError, transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.clinical.vocabulary import GRADES, MODALITIES, RESECTABILITY
from followup import comparing
from followup.models import ExpertLink, OpinionAnswer, OpinionFile, OpinionView, SecondOpinion
from followup.services.opinion import links
from followup.services.opinion.answering import AnswerDetails, AnswerFile, hand_in_opinion
from tests import factories
from tests.followup.experts import PDF, asked, made, make, ready, sent, store

__all__ = ["asked", "made", "make", "ready", "sent", "store"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]

TYPED, HERE, LINK = OpinionAnswer.Way.TYPED, OpinionAnswer.Way.HERE, OpinionAnswer.Way.LINK
DETAILS = AnswerDetails(
    diagnosis="agreed",
    grade="G3",
    stage="IIIB",
    resectability="difficult",
    treatment=("surgery", "radiotherapy"),
    text="Radiotherapy before surgery.",
    given_on=date(2026, 11, 2),
    given_by_name=" Prof.  Lindqvist ",
)


def file(name="letter.pdf", content=PDF):
    return AnswerFile(name, SimpleUploadedFile(name, content))


def hand_in(opinion, *, by, **fields):
    return hand_in_opinion(**{"opinion": opinion, "details": DETAILS, "way": TYPED, "by": by} | fields)


def refused(opinion, by, **fields):
    with pytest.raises(ValidationError) as refusal:
        hand_in(opinion, by=by, **fields)
    return refusal.value.message_dict


# what is kept


def test_it_is_kept_with_both_views_of_each_item(centre, sent):
    answer = hand_in(sent(), by=centre.coordinator)
    assert (answer.text, answer.given_by_name, answer.given_by) == (
        "Radiotherapy before surgery.",
        "Prof. Lindqvist",
        None,
    )
    views = {view.item: (view.theirs, view.ours, view.agrees) for view in answer.views.all()}
    assert views == {
        "diagnosis": ("agreed", "8890/3", True),
        "grade": ("G3", "G3", True),
        "stage": ("IIIB", "", None),
        "resectability": ("difficult", "resectable", False),
        "treatment": ("radiotherapy,surgery", "", None),
    }


def test_another_diagnosis_is_kept_by_its_code_and_does_not_agree(centre, sent):
    details = replace(DETAILS, diagnosis="changed", morphology="8858/3", diagnosis_words="with MDM2")
    view = hand_in(sent(), by=centre.nurse, details=details).views.get(item="diagnosis")
    assert (view.theirs, view.theirs_text, view.agrees) == ("changed:8858/3", "with MDM2", False)


def test_what_the_expert_cannot_say_is_compared_with_nothing(centre, sent):
    details = AnswerDetails(
        diagnosis="unsaid", text="Send the slides", given_on=date(2026, 11, 2), given_by_name="X"
    )
    answer = hand_in(sent(), by=centre.nurse, details=details)
    assert {view.agrees for view in answer.views.all()} == {None}
    assert {view.theirs for view in answer.views.all()} == {""}


@pytest.mark.parametrize("grade", ["", *GRADES])
def test_every_grade_is_known(grade, centre, sent):
    assert hand_in(sent(), by=centre.nurse, details=replace(DETAILS, grade=grade))


@pytest.mark.parametrize("stage", ["", *comparing.STAGES])
def test_every_stage_is_known(stage, centre, sent):
    assert hand_in(sent(), by=centre.nurse, details=replace(DETAILS, stage=stage))


@pytest.mark.parametrize("resectability", ["", *RESECTABILITY])
def test_every_resectability_is_known(resectability, centre, sent):
    assert hand_in(sent(), by=centre.nurse, details=replace(DETAILS, resectability=resectability))


def test_every_treatment_is_known_and_all_together(centre, sent):
    details = replace(DETAILS, treatment=tuple(MODALITIES))
    assert hand_in(sent(), by=centre.nurse, details=details)


def test_it_moves_the_request_and_is_written_down(centre, sent):
    opinion = sent()
    hand_in(opinion, by=centre.coordinator, files=[file()])
    opinion.refresh_from_db()
    assert (opinion.status, opinion.opinion) == ("received", "Radiotherapy before surgery.")
    event = Event.objects.get(type=EventType.OPINION_ANSWERED)
    assert (event.by, event.case_id, event.data) == (
        centre.coordinator,
        centre.case.pk,
        {"way": "typed", "files": 1},
    )


def test_the_patients_plan_waits_no_more(centre, sent):
    plan = centre.episode.plans.create(
        number=1, intent="curative", status="proposed", proposed_by=centre.surgeon
    )
    opinion = sent()
    assert plan.holds.filter(lifted_at=None).exists()
    hand_in(opinion, by=centre.nurse)
    assert not plan.holds.filter(lifted_at=None).exists()


def test_what_was_handed_in_can_be_changed_by_nobody(centre, sent):
    answer = hand_in(sent(), by=centre.nurse, files=[file()])
    for row in (answer, OpinionView.objects.first(), OpinionFile.objects.get()):
        with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(id=row.pk)
        with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()


def test_it_is_handed_in_once(centre, sent):
    opinion = sent()
    hand_in(opinion, by=centre.nurse)
    with pytest.raises(WrongState):
        hand_in(opinion, by=centre.nurse)


@pytest.mark.parametrize("status", ["requested", "received", "closed", "withdrawn", "declined"])
def test_a_request_that_awaits_none_takes_none(status, centre, sent):
    with pytest.raises(WrongState):
        hand_in(sent(status=status), by=centre.nurse)


def test_one_on_an_old_version_is_refused(centre, sent):
    with pytest.raises(StaleVersion):
        hand_in(sent(), by=centre.nurse, version=99)


def test_blindness_is_kept_with_the_answer(centre, sent):
    assert hand_in(sent(is_blind=True), by=centre.nurse).was_blind


@pytest.mark.parametrize(("sees", "was_blind"), [(False, True), (True, False)])
def test_who_can_read_the_case_itself_does_not_answer_blind(sees, was_blind, centre, sent, asked):
    surgeon = factories.member(Role.SURGEON, asked)
    if sees:
        factories.member(Role.SURGEON, centre.team, user=surgeon)
    opinion = sent(team_asked=asked, shared_until=timezone.localdate(), is_blind=True)
    assert hand_in(opinion, way=HERE, by=surgeon).was_blind is was_blind


def test_where_the_event_cannot_be_written_neither_answer_nor_file_stays(centre, sent, monkeypatch, tmp_path):
    opinion = sent()

    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    monkeypatch.setattr("audit.services.record", broken)
    with pytest.raises(DatabaseError):
        hand_in(opinion, by=centre.nurse, files=[file()])
    assert not OpinionAnswer.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# what is refused


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"diagnosis": ""}, "diagnosis"),
        ({"diagnosis": "perhaps"}, "diagnosis"),
        ({"diagnosis": "changed"}, "morphology"),
        ({"diagnosis": "changed", "morphology": "liposarcoma"}, "morphology"),
        ({"morphology": "8858/3"}, "morphology"),
        ({"diagnosis_words": "x" * 501}, "diagnosis_words"),
        ({"grade": "4"}, "grade"),
        ({"stage": "V"}, "stage"),
        ({"resectability": "maybe"}, "resectability"),
        ({"treatment": ("magic",)}, "treatment"),
        ({"treatment_words": "x" * 501}, "treatment_words"),
        ({"text": " \n "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"given_on": None}, "given_on"),
        ({"given_on": date(1850, 1, 1)}, "given_on"),
        ({"given_on": timezone.localdate() + timedelta(days=400)}, "given_on"),
        ({"given_by_name": " "}, "given_by_name"),
        ({"given_by_name": "x" * 201}, "given_by_name"),
        ({"given_by_name": "Prof. Lindqvist 😀"}, "given_by_name"),
    ],
)
def test_what_is_wrong_is_said_by_field(change, field, centre, sent):
    assert list(refused(sent(), centre.nurse, details=replace(DETAILS, **change))) == [field]


def test_all_that_is_wrong_is_said_at_once(centre, sent):
    details = AnswerDetails(diagnosis="", text="", given_on=None, given_by_name="")
    assert set(refused(sent(), centre.nurse, details=details)) == {
        "diagnosis",
        "text",
        "given_on",
        "given_by_name",
    }


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([file("a.pdf", b"")], "“a.pdf” is empty"),
        ([file("a.pdf", b"<html>")], "“a.pdf”: This file is of another kind"),
        ([file("a.pdf"), file("b.pdf")], "“b.pdf” is attached already"),
        ([file(f"{n}.pdf", PDF + b"%d" % n) for n in range(11)], "“10.pdf” would be file 11"),
    ],
)
def test_each_file_is_judged_once_more_and_none_of_a_refused_answer_stays(
    files, words, centre, sent, tmp_path
):
    [message] = refused(sent(), centre.nurse, files=files)["files"]
    assert words in message
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not OpinionAnswer.objects.exists()


# who may


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_may_copy_a_letter_is_what_the_permission_table_says(role, centre, sent):
    person = factories.member(role, centre.team)
    opinion = sent()
    if Permission.ASK_OPINION in ROLE_PERMISSIONS[role]:
        assert hand_in(opinion, by=person)
        return
    with pytest.raises(PermissionDenied):
        hand_in(opinion, by=person)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_may_answer_for_the_team_asked_is_what_the_permission_table_says(role, sent, asked):
    person = factories.member(role, asked)
    opinion = sent(team_asked=asked, shared_until=timezone.localdate())
    if Permission.ANSWER_OPINION in ROLE_PERMISSIONS[role]:
        assert hand_in(opinion, way=HERE, by=person).given_by == person
        return
    with pytest.raises(PermissionDenied):
        hand_in(opinion, way=HERE, by=person)


def test_the_home_team_does_not_answer_for_the_team_asked(centre, sent, asked):
    with pytest.raises(PermissionDenied):
        hand_in(sent(team_asked=asked, shared_until=timezone.localdate()), way=HERE, by=centre.surgeon)
    with pytest.raises(PermissionDenied):
        hand_in(SecondOpinion.objects.get(), way=TYPED, by=factories.member(Role.SURGEON, asked))


def test_without_a_team_asked_nobody_answers_here(centre, sent):
    stranger = factories.member(Role.SURGEON, factories.team())
    with pytest.raises(PermissionDenied):
        hand_in(sent(), way=HERE, by=stranger)


def test_a_link_hands_in_for_its_own_request_only(centre, made, make, ready):
    other, *_ = make(ready(asked_of=factories.organisation(is_specialist_centre=True)))
    for link in (None, other):
        with pytest.raises(WrongState):
            hand_in(made[0].opinion, way=LINK, link=link, by=None)
    with pytest.raises(WrongState):
        hand_in(made[0].opinion, way=LINK, link=made[0], by=centre.nurse)
    answer = hand_in(made[0].opinion, way=LINK, link=made[0], by=None)
    assert answer.way == "link"
    assert ExpertLink.objects.get(pk=made[0].pk).ended_reason == "answered"
    assert ExpertLink.objects.get(pk=other.pk).ended_at is None


def test_a_link_that_was_taken_back_hands_in_nothing(centre, made):
    links.take_back_link(link=made[0], by=centre.nurse)
    with pytest.raises(WrongState):
        hand_in(made[0].opinion, way=LINK, link=made[0], by=None)


def test_copying_the_letter_ends_the_experts_link(centre, made):
    opinion = made[0].opinion
    opinion.refresh_from_db()
    hand_in(opinion, by=centre.nurse)
    assert ExpertLink.objects.get().ended_reason == "answered"

"""Handing in an opinion: by link, by the team asked, or copied from a letter; fixed from then on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event, Read
from audit.workflow import StaleVersion, WrongState
from cases.clinical.vocabulary import GRADES, MODALITIES, RESECTABILITY
from followup import comparing
from followup.models import ExpertLink, OpinionAnswer, OpinionFile, OpinionView, SecondOpinion
from followup.services import links
from followup.services.answering import AnswerDetails, AnswerFile, hand_in_opinion
from tests import factories
from tests.followup.experts import made, make, ready

__all__ = ["made", "make", "ready"]

pytestmark = pytest.mark.django_db

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
PDF = b"%PDF-1.7\n%%EOF\n"
TYPED_IN = {
    "diagnosis": "agreed",
    "text": "As the letter says",
    "given_on": "2026-11-02",
    "given_by_name": "Prof. Lindqvist",
}


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    location = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": location}


@pytest.fixture
def sent(centre, ready):
    """A request that was sent, about a leiomyosarcoma with facts."""
    centre.episode.facts = factories.FACTS
    centre.episode.save()

    def sent(**fields):
        opinion = ready()
        for name, value in ({"status": "sent"} | fields).items():
            setattr(opinion, name, value)
        opinion.save()
        return opinion

    return sent


@pytest.fixture
def asked(centre):
    """A team of the centre asked."""
    return factories.team(organisation=centre.other)


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


# the pages of the teams


@pytest.fixture
def page(sign_in):
    def page(person, opinion, data=None):
        path = reverse("followup:opinion_answer", args=[opinion.pk])
        client = sign_in(person)
        return client.get(path) if data is None else client.post(path, data)

    return page


def hidden(response):
    """The fields that the page carries."""
    import re

    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
    sent: dict[str, list[str]] = {}
    for name, value in found:
        sent.setdefault(name, []).append(value)
    return sent


def test_the_home_team_copies_a_letter_checks_it_and_records_it(centre, sent, page):
    opinion = sent()
    assert "came by letter or call" in page(centre.coordinator, opinion).content.decode()
    attached = SimpleUploadedFile("letter.pdf", PDF)
    checked = page(
        centre.coordinator,
        opinion,
        TYPED_IN | {"version": opinion.version, "treatment": ["surgery"], "files": attached, "do": "check"},
    )
    assert "As the letter says" in checked.content.decode()
    assert not OpinionAnswer.objects.exists()
    done = page(centre.coordinator, opinion, hidden(checked) | {"do": "hand in"})
    assert done.headers["Location"] == reverse("followup:opinion", args=[opinion.pk])
    answer = OpinionAnswer.objects.get()
    assert (answer.way, answer.text) == ("typed", "As the letter says")
    assert answer.views.get(item="treatment").theirs == "surgery"
    assert OpinionFile.objects.get().added_by == centre.coordinator
    assert set(Read.objects.values_list("view", flat=True)) == {"followup:opinion_answer"}


def test_what_was_checked_can_be_changed_before_it_is_recorded(centre, sent, page):
    opinion = sent()
    checked = page(
        centre.nurse, opinion, TYPED_IN | {"do": "check", "files": SimpleUploadedFile("a.pdf", PDF)}
    )
    again = page(centre.nurse, opinion, hidden(checked) | {"do": "change"})
    assert again.status_code == 200
    assert "As the letter says" in again.content.decode()
    assert "a.pdf" in again.content.decode()
    assert not OpinionAnswer.objects.exists()


def test_the_team_asked_answers_on_its_own_page(centre, sent, asked, page):
    opinion = sent(team_asked=asked, shared_until=timezone.localdate())
    surgeon = factories.member(Role.SURGEON, asked)
    shown = page(surgeon, opinion)
    assert shown.status_code == 200
    assert surgeon.full_name in shown.content.decode()
    done = page(surgeon, opinion, TYPED_IN | {"version": opinion.version, "do": "hand in"})
    assert done.headers["Location"] == reverse("followup:opinion_asked", args=[opinion.pk])
    assert (OpinionAnswer.objects.get().way, OpinionAnswer.objects.get().given_by) == ("here", surgeon)


def test_when_the_share_is_over_the_team_asked_finds_nothing(sent, asked, page):
    opinion = sent(team_asked=asked, shared_until=timezone.localdate() - timedelta(days=1))
    assert page(factories.member(Role.SURGEON, asked), opinion).status_code == 404


def test_another_teams_request_is_not_found(sent, page):
    assert page(factories.member(Role.SURGEON, factories.team()), sent()).status_code == 404


def test_a_role_that_may_not_answer_is_refused(centre, sent, asked, page):
    opinion = sent(team_asked=asked, shared_until=timezone.localdate())
    assert page(factories.member(Role.MANAGER, centre.team), opinion).status_code == 403
    assert page(factories.member(Role.MANAGER, asked), opinion).status_code == 403


def test_a_page_that_is_refused_says_why_and_keeps_what_was_typed(centre, sent, page):
    opinion = sent()
    answer = page(centre.nurse, opinion, TYPED_IN | {"text": "", "diagnosis_words": "Kept", "do": "check"})
    assert answer.status_code == 400
    assert 'href="#id_text"' in answer.content.decode()
    assert "Kept" in answer.content.decode()


def test_somebody_who_recorded_it_first_is_said_and_what_was_typed_stays(centre, sent, page):
    opinion = sent()
    hand_in(opinion, by=centre.surgeon)
    late = page(centre.nurse, opinion, TYPED_IN | {"version": 1, "do": "hand in"})
    assert late.status_code == 409
    assert "As the letter says" in late.content.decode()


def test_files_of_another_person_or_request_are_carried_by_no_forged_field(centre, sent, page):
    opinion = sent()
    checked = page(
        centre.nurse, opinion, TYPED_IN | {"do": "check", "files": SimpleUploadedFile("a.pdf", PDF)}
    )
    carried = hidden(checked)["kept"]
    taken = page(centre.surgeon, opinion, TYPED_IN | {"kept": carried, "do": "hand in"})
    assert taken.status_code == 302
    assert not OpinionFile.objects.exists()


def test_a_file_that_is_refused_does_not_lose_the_others(centre, sent, page):
    opinion = sent()
    files = [SimpleUploadedFile("good.pdf", PDF), SimpleUploadedFile("bad.pdf", b"<html>")]
    answer = page(centre.nurse, opinion, TYPED_IN | {"do": "check", "files": files})
    words = answer.content.decode()
    assert answer.status_code == 400
    assert "“bad.pdf”" in words
    assert "good.pdf" in words
    assert "As the letter says" in words


# making the link on its page


def test_the_link_is_shown_once_with_its_code(centre, ready, sign_in):
    opinion = ready()
    client = sign_in(centre.coordinator)
    path = reverse("followup:opinion_link", args=[opinion.pk])
    assert client.get(path).status_code == 200
    made = client.post(
        path, {"expert_name": "Prof. Ada Lindqvist", "expert_post": "", "expert_telephone": "+46 8 1"}
    )
    words = made.content.decode()
    assert "Read the code out by telephone" in words
    assert centre.patient.family_name not in words.split('id="mail"')[1].split("</textarea>")[0]
    assert "no-store" in made["Cache-Control"]
    assert "/second-opinion/" in words
    assert "/second-opinion/" not in client.get(path).content.decode()


def test_of_two_who_make_a_link_at_once_the_second_is_told_and_loses_nothing(centre, ready, sign_in):
    path = reverse("followup:opinion_link", args=[ready().pk])
    page = sign_in(centre.coordinator).get(path)
    sent = {"expert_name": "Dr Bruno Keller", "expert_telephone": "+41 1"}
    assert sign_in(centre.coordinator).post(path, hidden(page) | sent).status_code == 200
    late = sign_in(centre.nurse).post(path, hidden(page) | sent)
    assert late.status_code == 409
    words = late.content.decode()
    assert "Someone else changed this" in words
    assert "The link of Dr Bruno Keller ends when you make a new one" in words
    assert 'value="+41 1"' in words
    assert ExpertLink.objects.get().made_by == centre.coordinator
    assert sign_in(centre.nurse).post(path, hidden(late) | sent).status_code == 200
    assert ExpertLink.objects.filter(ended_at=None).get().made_by == centre.nurse


def test_the_page_says_what_keeps_a_link_from_being_made(centre, ask, sign_in):
    opinion = ask()
    path = reverse("followup:opinion_link", args=[opinion.pk])
    answer = sign_in(centre.coordinator).post(path, {"expert_name": "X", "expert_telephone": "1"})
    assert answer.status_code == 400
    assert not ExpertLink.objects.exists()


def test_a_link_is_taken_back_on_the_requests_page(centre, made, sign_in):
    client = sign_in(centre.coordinator)
    path = reverse("followup:opinion_link", args=[made[0].opinion_id])
    other = reverse("followup:opinion_link", args=[made[0].opinion_id + 1])
    assert client.post(other, {"do": "take back", "link": made[0].pk}).status_code == 404
    assert client.post(path, {"do": "take back", "link": made[0].pk}).status_code == 302
    assert ExpertLink.objects.get().ended_reason == "taken_back"
    assert client.post(path, {"do": "take back", "link": made[0].pk}).status_code == 409
    assert client.post(path, {"do": "take back", "link": "x"}).status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OBSERVER])
def test_who_may_not_ask_makes_no_link(role, centre, ready, sign_in):
    path = reverse("followup:opinion_link", args=[ready().pk])
    assert sign_in(factories.member(role, centre.team)).get(path).status_code == 403


def test_the_link_of_another_team_is_not_found(ready, sign_in):
    path = reverse("followup:opinion_link", args=[ready().pk])
    assert sign_in(factories.member(Role.SURGEON, factories.team())).get(path).status_code == 404

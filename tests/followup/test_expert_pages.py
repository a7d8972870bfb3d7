"""Pages of an outside expert: the request with the chosen parts, and the answer."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.events import EventType
from audit.models import Event, Read
from cases.models import Document
from followup.models import ExpertLink, OpinionAnswer, OpinionSending, SecondOpinion
from followup.services.opinion import links
from followup.services.opinion.answering import AnswerDetails, hand_in_opinion
from tests import factories
from tests.followup.experts import ANSWER, HOME, PDF, address, expert, made, make, pdf, ready, store, text

__all__ = ["expert", "made", "make", "ready", "store"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


# the request and its parts


def test_the_expert_reads_the_question_and_the_chosen_parts(centre, expert):
    page = text(expert.get(HOME))
    assert "Is limb-sparing surgery possible?" in page
    assert f'<a href="mailto:{centre.nurse.email}">' in page, "whom to ask is reached by it"
    assert centre.case.reference in page
    assert "Pathology" in page
    assert centre.patient.family_name not in page


def test_opening_is_logged_once_a_session_and_the_pack_each_time(expert, made):
    expert.get(HOME)
    expert.get(HOME)
    pack = expert.get(f"{HOME}pack/")
    assert pack["Content-Disposition"].startswith("attachment")
    assert pack.content.startswith(b"%PDF")
    how = list(OpinionSending.objects.order_by("pk").values_list("how", "by"))
    assert how == [("link", made[0].made_by_id), ("opened", None), ("pack", None)]
    assert not Read.objects.exists()


@pytest.fixture
def documents(centre):
    """A report and a clinic letter of the case, and a report of another."""

    def add(case, kind):
        file = SimpleUploadedFile("x.pdf", PDF + kind.encode(), "application/pdf")
        row = Document(case=case, kind=kind, title=f"{kind} <b>", content_type="application/pdf")
        row.size_bytes, row.sha256, row.uploaded_by = file.size, kind + str(case.pk), centre.nurse
        row.file.save("x.pdf", file, save=False)
        row.save()
        return row

    return {
        "report": add(centre.case, "report"),
        "letter": add(centre.case, "clinic_letter"),
        "other": add(factories.case(centre.team), "report"),
    }


def fetched(client, document):
    page = client.get(f"{HOME}documents/{document.pk}/")
    if page.streaming:
        b"".join(page)
    return page


def test_documents_are_there_only_where_they_were_chosen(documents, expert, made):
    assert fetched(expert, documents["report"]).status_code == 404
    SecondOpinion.objects.update(parts=["summary", "documents"])
    page = fetched(expert, documents["report"])
    assert page.status_code == 200
    assert page["Content-Disposition"].startswith("attachment")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert "&lt;b&gt;" in text(expert.get(HOME))
    assert Event.objects.filter(type=EventType.OPINION_SENDING, by=None).count() == 1


def test_a_document_of_another_case_is_not_found(documents, expert):
    SecondOpinion.objects.update(parts=["documents"])
    assert fetched(expert, documents["other"]).status_code == 404


def test_a_blind_request_keeps_back_what_tells_the_plan(documents, expert):
    SecondOpinion.objects.update(parts=["documents", "plan"], is_blind=True)
    assert fetched(expert, documents["letter"]).status_code == 404
    assert fetched(expert, documents["report"]).status_code == 200


# the answer


def test_what_is_saved_is_there_again_in_another_session(expert, made):
    half = {
        "text": "Not yet <i>done</i>",
        "treatment": ["surgery"],
        "diagnosis": "agreed",
        "given_on": "someday",
    }
    assert expert.post(HOME, half).status_code == 302
    expert.post(f"{HOME}leave/")
    again = Client()
    again.post(address(made[1]), {"code": made[2]})
    page = text(again.get(HOME))
    assert "Not yet &lt;i&gt;done&lt;/i&gt;" in page
    assert "someday" in page
    assert re.search(r'value="surgery"[^>]*checked', page)


def test_the_whole_way_by_link(centre, expert, made):
    assert expert.post(HOME, {**ANSWER, "do": "check", "files": pdf()}).status_code == 302
    page = text(expert.get(f"{HOME}check/"))
    assert "Dedifferentiated liposarcoma" in page
    assert "letter.pdf" in page
    handed = expert.post(f"{HOME}check/")
    assert handed.headers["Location"] == f"{HOME}received/"
    receipt = text(expert.get(f"{HOME}received/"))
    assert "Your opinion was handed in" in receipt
    assert centre.patient.family_name not in receipt
    opinion = SecondOpinion.objects.get()
    assert opinion.status == "received"
    assert opinion.answer.way == "link"
    assert opinion.answer.given_by is None
    assert [(row.title, row.content_type, row.added_by) for row in opinion.files.all()] == [
        ("letter.pdf", "application/pdf", None)
    ]
    link = ExpertLink.objects.get()
    assert (link.ended_reason, link.draft) == ("answered", {})
    for page in (expert.get(HOME), expert.get(f"{HOME}pack/"), expert.post(f"{HOME}check/")):
        assert page.headers["Location"] == f"{HOME}received/"
    ExpertLink.objects.update(session_until=timezone.now() - timedelta(seconds=1))
    assert expert.get(f"{HOME}received/").status_code == 403
    assert expert.get(HOME).status_code == 403
    assert Client().post(address(made[1]), {"code": made[2]}).status_code == 400
    assert Client().get(f"{HOME}received/").status_code == 403


def test_an_answer_that_says_too_little_names_the_fields_and_loses_nothing(expert):
    page = expert.post(
        HOME, {"do": "check", "text": "", "diagnosis_words": "Kept words", "given_on": "31/02/2026"}
    )
    assert page.status_code == 400
    shown = text(page)
    assert "Kept words" in shown
    assert "31/02/2026" in shown
    for field in ("diagnosis", "text", "given_by_name", "given_on"):
        assert f'href="#id_{field}' in shown
    assert expert.post(f"{HOME}check/").status_code != 302
    assert SecondOpinion.objects.get().status == "acknowledged"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"morphology": ""}, "morphology"),
        ({"diagnosis": "agreed"}, "morphology"),
        ({"given_on": "2999-01-01"}, "given_on"),
        ({"given_on": "1899-12-31"}, "given_on"),
        ({"given_by_name": "Prof. Lindqvist 😀"}, "given_by_name"),
        ({"grade": "G9"}, "grade"),
        ({"treatment": ["magic"]}, "treatment"),
        ({"text": "x" * 10_001}, "text"),
    ],
)
def test_what_the_service_refuses_stands_at_its_field(change, field, expert):
    refused = (expert.post(HOME, ANSWER | change | {"do": "check"}), expert.get(f"{HOME}check/"))
    for page in (*refused, expert.post(f"{HOME}check/")):
        assert page.status_code == 400, "before the check, on it and when it is handed in"
        assert f'href="#id_{field}' in text(page)
    assert SecondOpinion.objects.get().status == "acknowledged"


def test_an_opinion_older_than_the_request_is_asked_about_and_what_is_unsaid_keeps_its_words(expert):
    expert.post(HOME, ANSWER | {"given_on": "2000-01-01", "do": "check"})
    page = text(expert.get(f"{HOME}check/"))
    assert "Is the date right?" in page
    assert "1 Jan 2000" in page
    assert "I cannot say" in page, "of the stage, as the form calls it"
    expert.post(HOME, ANSWER | {"given_on": f"{timezone.localdate()}", "do": "check"})
    assert "Is the date right?" not in text(expert.get(f"{HOME}check/"))


def test_what_is_put_right_on_the_check_page_is_sent_to_the_requests(expert):
    expert.post(HOME, ANSWER | {"text": ""})
    page = text(expert.get(f"{HOME}check/"))
    assert f'action="{HOME}"' in page
    assert "MDM2" not in page


def test_a_letter_copied_meanwhile_is_no_receipt_for_the_expert(centre, expert, made):
    opinion = SecondOpinion.objects.get()
    hand_in_opinion(
        opinion=opinion,
        details=AnswerDetails("agreed", "As the letter says", timezone.localdate(), "Prof. Lindqvist"),
        way=OpinionAnswer.Way.TYPED,
        by=centre.nurse,
    )
    for path in ("", "check/", "received/"):
        assert expert.get(HOME + path).status_code == 403


def test_what_is_typed_as_the_session_ends_is_kept_and_shown_to_nobody_else(expert, made):
    ExpertLink.objects.update(session_until=timezone.now() - timedelta(seconds=1))
    page = expert.post(HOME, ANSWER | {"do": "check"})
    assert page.status_code == 403
    assert "What you typed is saved" in text(page)
    assert "MDM2" not in text(page)
    again = Client()
    again.post(address(made[1]), {"code": made[2]})
    assert "MDM2 should be looked at" in text(again.get(HOME))


def test_what_is_typed_after_the_link_ended_is_given_back_but_not_kept(centre, expert, made):
    links.take_back_link(link=made[0], by=centre.nurse)
    page = expert.post(HOME, ANSWER)
    assert page.status_code == 403
    assert "MDM2 should be looked at" in text(page)
    made[0].refresh_from_db()
    assert made[0].draft == {}


def test_who_was_never_in_writes_into_no_draft(made):
    stranger = Client()
    stranger.cookies["second_opinion"] = f"{made[0].pk}.x"
    assert stranger.post(HOME, ANSWER).status_code == 403
    stranger.cookies["second_opinion"] = f"{made[0].pk}."
    assert stranger.post(HOME, ANSWER).status_code == 403
    made[0].refresh_from_db()
    assert made[0].draft == {}


def test_a_nul_in_what_is_typed_does_no_harm(expert):
    assert expert.post(HOME, {"text": "one\x00two"}).status_code == 302
    assert ExpertLink.objects.get().draft["text"] == "onetwo"

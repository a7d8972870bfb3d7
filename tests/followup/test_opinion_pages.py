"""What the home team reads about a request: whom the parts name, who answers, and what is left to do after a death."""

import pytest
from django.urls import reverse

from cases.models import Document, ImageLink
from followup import services
from followup.models import SecondOpinion
from followup.services.opinion.packing import naming
from tests import factories

pytestmark = pytest.mark.django_db


# which parts name the patient


@pytest.fixture
def add(centre):
    """A document or a study of the case."""

    def document():
        return Document.objects.create(
            case=centre.case,
            kind="report",
            title="Outside report",
            file="documents/report",
            content_type="application/pdf",
            size_bytes=10,
            sha256="r" * 64,
            uploaded_by=centre.nurse,
        )

    def study():
        return ImageLink.objects.create(
            case=centre.case, study="1.2.826.0.1.3680043.2", shows="MRI thigh", added_by=centre.nurse
        )

    return {"documents": document, "images": study}


NAMING = [
    ("summary,plan", "documents,images", "No chosen part names the patient"),
    ("summary,documents", "documents", "with date of birth and NHS number: documents go with it"),
    ("summary,images", "images,documents", "links to images go with it"),
    ("documents,images", "images,documents", "documents and links to images go with it"),
    ("documents,images", "images", "NHS number: links to images go with it"),
    ("documents", "images", "there are no documents. From the first one on, it does"),
    ("documents,images", "", "there are no documents and no links to images."),
]


@pytest.mark.parametrize("page", ["opinion_send", "opinion_consent", "opinion_share", "opinion_link"])
@pytest.mark.parametrize(("parts", "there", "words"), NAMING)
def test_each_page_by_which_parts_leave_says_whether_they_name_the_patient_today(
    page, parts, there, words, add, centre, request_of, sign_in
):
    for each in filter(None, there.split(",")):
        add[each]()
    opinion = request_of(parts=parts.split(","))
    said = sign_in(centre.nurse).get(reverse(f"followup:{page}", args=[opinion.pk])).content.decode()
    assert words in said
    assert ("This names the patient" in said) == ("go with it" in words)


def test_a_letter_that_a_blind_request_keeps_back_names_nobody(add, request_of):
    letter = add["documents"]()
    Document.objects.filter(pk=letter.pk).update(kind="clinic_letter")
    assert naming(request_of(parts=["documents"])).now == ("documents",)
    SecondOpinion.objects.update(is_blind=True)
    assert naming(SecondOpinion.objects.get()).now == ()


# who answers


@pytest.fixture
def asks(centre, sign_in):
    """The nurse fills in the form; what is not typed stays as it was offered."""

    def asks(**typed):
        sent = {
            "asked_by": "patient",
            "asked_of": centre.other.pk,
            "question": "Kept question",
            "owner": centre.nurse.pk,
        }
        address = reverse("followup:opinion_new", args=[centre.case.reference])
        return sign_in(centre.nurse).post(address, sent | typed)

    return asks


def test_of_a_centre_with_a_team_here_it_is_asked_who_answers(asks, their_team):
    refused = asks()
    assert refused.status_code == 400
    said = refused.content.decode()
    assert (
        "Severn Sarcoma Centre works with this service. Choose Severn Sarcoma MDT, or “An expert out" in said
    )
    assert 'href="#id_team_asked"' in said
    assert "Kept question" in said
    assert not SecondOpinion.objects.exists()
    assert asks(team_asked=their_team.pk).status_code == 302
    assert SecondOpinion.objects.get().team_asked == their_team


def test_an_expert_outside_is_chosen_where_the_centre_has_a_team_here(asks, their_team):
    assert asks(team_asked="outside").status_code == 302
    assert SecondOpinion.objects.get().team_asked is None


def test_a_centre_without_a_team_here_is_asked_as_before(asks):
    factories.team()
    assert asks().status_code == 302
    assert SecondOpinion.objects.get().team_asked is None


def test_nobody_is_asked_who_answers_where_the_other_centre_asks(asks, their_team):
    assert asks(asked_by="centre").status_code == 302
    assert SecondOpinion.objects.get().is_of_us


def test_a_change_offers_the_expert_outside_as_chosen(centre, opinion, their_team, sign_in):
    page = sign_in(centre.nurse).get(reverse("followup:opinion_change", args=[opinion.pk])).content.decode()
    assert '<option value="outside" selected>' in page


# after a death


@pytest.fixture
def died(centre):
    def died():
        centre.patient.is_dead = True
        centre.patient.save()

    return died


def test_whoever_chases_a_request_sees_that_the_other_centre_is_to_be_told(centre, share, died, sign_in):
    opinion = share()
    died()
    browser = sign_in(centre.nurse)
    for address in (reverse("followup:opinions"), reverse("desk:home")):
        said = browser.get(address).content.decode()
        assert "The patient has died" in said, address
        assert "tell Severn Sarcoma Centre" in said, address
    page = browser.get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert f"{centre.nurse.full_name}: tell Severn Sarcoma Centre" in page
    assert "The patient has died. Severn Sarcoma Centre was told." in page, "the reason, to be confirmed"
    typed = {"version": opinion.version, "to": "withdrawn", "reason": "The patient has died. All told."}
    assert browser.post(reverse("followup:opinion", args=[opinion.pk]), typed).status_code == 302
    assert "The patient has died" not in browser.get(reverse("desk:home")).content.decode()


def test_before_anything_was_sent_there_is_nobody_to_tell(centre, opinion, died, sign_in):
    died()
    browser = sign_in(centre.nurse)
    said = browser.get(reverse("followup:opinions")).content.decode()
    assert "withdraw the request" in said
    assert "tell Severn" not in said
    page = browser.get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert "The patient has died." in page
    assert "was told" not in page


def test_an_opinion_that_is_received_asks_nobody_to_tell_of_a_death(centre, opinion, hand_in, died, sign_in):
    services.move_opinion(opinion=opinion, version=None, to="sent", by=centre.nurse)
    hand_in(opinion)
    died()
    said = sign_in(centre.nurse).get(reverse("followup:opinions")).content.decode()
    assert "The patient has died" not in said

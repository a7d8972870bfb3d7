"""Another centre asks for this team's view: it is given here, and nothing is sent."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from audit.workflow import WrongState
from followup import services
from followup.models import SecondOpinion
from followup.services.opinion import sending

pytestmark = pytest.mark.django_db


def test_another_centres_request_waits_for_our_acknowledgement_and_sends_nothing(centre, ask):
    opinion = ask(asked_by="centre", asked_of=centre.team.organisation, asking=centre.other, consent="")
    assert (opinion.status, opinion.asking) == ("sent", centre.other)
    entry = centre.case.events.get()
    assert (entry.note, entry.organisation) == ("Asked for by Severn Sarcoma Centre", centre.other)
    with pytest.raises(WrongState, match="nothing is sent"):
        sending.send_pack(opinion=opinion, by=centre.nurse)
    services.move_opinion(opinion=opinion, version=1, to="acknowledged", by=centre.nurse)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"asking": None}, "asked_of"),
        ({"asking": "own"}, "asked_of"),
        ({"parts": ["summary"]}, "parts"),
        ({"is_blind": True}, "is_blind"),
        ({"asked_by": "patient"}, "asked_of"),
    ],
)
def test_what_fits_no_request_of_another_centre_is_refused(fields, field, centre, ask):
    own = centre.team.organisation
    told = {"asked_by": "centre", "asked_of": own, "asking": centre.other} | fields
    if told["asking"] == "own":
        told["asking"] = own
    with pytest.raises(ValidationError) as refused:
        ask(**told)
    assert list(refused.value.message_dict) == [field]


def test_another_centres_request_is_recorded_and_answered_on_its_page(centre, sign_in, hand_in):
    browser = sign_in(centre.nurse)
    typed = {
        "asked_by": "centre",
        "asked_of": centre.other.pk,
        "question": "Would you operate?",
        "owner": centre.nurse.pk,
    }
    browser.post(reverse("followup:opinion_new", args=[centre.case.reference]), typed)
    opinion = SecondOpinion.objects.get()
    assert (opinion.asking, opinion.asked_of) == (centre.other, centre.team.organisation)
    page = browser.get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert "View asked for by Severn Sarcoma Centre" in page
    assert "Write our opinion" in page
    assert "What is sent" not in page
    hand_in(opinion, way="here", by=centre.surgeon, treatment=("surgery",))
    page = browser.get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert "Opinion given" in page
    assert "Our view" in page
    assert "Their view" not in page
    for query, found in (("side=of", "1 request<"), ("side=by", "0 requests"), ("side=x", "1 request<")):
        assert found in browser.get(f"{reverse('followup:opinions')}?{query}").content.decode()

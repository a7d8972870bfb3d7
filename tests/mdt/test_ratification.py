"""How a decision stands to its ratification, on every page that shows it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from cases.services.refusals import said
from mdt import services
from mdt.models import Decision, RatificationRefusal
from mdt.outcomes import outcomes_of
from mdt.ratification import LOOKS, ratification_words
from mdt.workflow import DecisionKind
from tests import factories
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


def day(days):
    return timezone.localdate() + timedelta(days=days)


def words(day):
    return f"{day:%a} {said(day)}"


@pytest.fixture
def radiologist(people):
    return people[Role.RADIOLOGIST]


@pytest.fixture
def made(episode, surgeon, radiologist):
    """A provisional decision that the radiologist is to ratify, or another one."""

    def made(**fields):
        row = {
            "kind": DecisionKind.PROVISIONAL,
            "outcome": "more_imaging",
            "present": [],
            "is_quorate": False,
            "quorum_rule": {"team_version": 1, "needed": [], "missing": [], "palliative_needed": False},
        }
        row |= {"to_ratify_by": radiologist} if "kind" not in fields else {}
        return Decision.objects.create(
            episode=episode, case=episode.case, recorded_by=surgeon, **row | fields
        )

    return made


def read(decision):
    rows = Decision.objects.with_ratification()
    return ratification_words(rows.get(pk=decision.pk))


def added(person):
    return [{"person": person.pk, "name": str(person), "role": "radiologist", "mode": "ratified"}]


class TestWords:
    @pytest.mark.parametrize(
        ("days", "state", "says"),
        [
            (3, "to_ratify", ", by {}"),
            (0, "to_ratify", ", by {}"),
            (-1, "overdue", ": overdue since {}"),
        ],
    )
    def test_who_and_until_when(self, made, radiologist, days, state, says):
        found = read(made(ratify_by_on=day(days)))
        assert found.state == state
        assert found.words == f"To be ratified by {radiologist}" + says.format(words(day(days)))

    def test_one_that_names_no_day_was_due_the_day_after(self, made):
        at = timezone.now() - timedelta(days=3)
        assert read(made(recorded_at=at)).words.endswith(f"overdue since {words(day(-2))}")

    def test_refused_by_whom_when_and_why(self, made, radiologist, surgeon):
        decision = made(ratify_by_on=day(-4))
        RatificationRefusal.objects.create(
            decision=decision, refused_by=radiologist, recorded_by=surgeon, reason="Not resectable."
        )
        found = read(decision)
        assert (found.state, found.reason) == ("refused", "Not resectable.")
        assert found.words == f"Not ratified: {radiologist} refused on {said(day(0))}"

    def test_ratified_by_the_person_named_says_so_on_both(self, made, radiologist):
        before = made()
        after = made(kind="discussed", replaces=before, ratifies=before, present=added(radiologist))
        for decision in (before, after):
            assert read(decision).state == "ratified"
            assert read(decision).words == f"Ratified by {radiologist} on {said(day(0))}"

    def test_ratified_by_a_meeting_names_nobody(self, made):
        before = made()
        after = made(kind="discussed", replaces=before, ratifies=before)
        assert read(before).words == read(after).words == f"Ratified by the MDT on {said(day(0))}"

    def test_decided_otherwise_is_not_ratified(self, made):
        before = made()
        after = made(kind="discussed", replaces=before)
        assert (read(before).state, read(after)) == ("answered", None)

    @pytest.mark.parametrize(("days", "state"), [(3, "to_ratify"), (-1, "overdue")])
    def test_an_urgent_one_waits_for_its_meeting(self, made, team, days, state):
        meeting = factories.meeting(team, days=days)
        found = read(made(kind="urgent", ratify_at=meeting))
        assert found.state == state
        assert said(meeting.day) in found.words

    @pytest.mark.parametrize("kind", ["discussed", "standard_of_care"])
    def test_nothing_of_a_decision_that_needs_none(self, made, kind):
        assert read(made(kind=kind)) is None
        assert ratification_words(None) is None

    def test_every_state_has_its_look(self):
        assert set(LOOKS) == {"to_ratify", "overdue", "ratified", "refused", "answered"}

    def test_it_costs_no_statement_of_its_own(self, made, radiologist, django_assert_num_queries):
        before = made()
        made(kind="discussed", replaces=before, ratifies=before, present=added(radiologist))
        made(ratify_by_on=day(2))
        with django_assert_num_queries(1):
            assert len([ratification_words(each) for each in Decision.objects.with_ratification()]) == 3


@pytest.fixture
def provisional(discussed, details, radiologist, surgeon):
    """Decided without the radiologist, who is named to ratify it."""
    typed = details(to_ratify_by=radiologist, ratify_by_on=day(2))
    return services.record_decision(listing=discussed(*FIVE[:4]), details=typed, by=surgeon)


@pytest.fixture
def shown(provisional, sign_in, surgeon, episode):
    """Each page that shows the decision, as text."""

    def shown():
        client, reference = sign_in(surgeon), episode.case.reference
        pages = {
            "summary": reverse("desk:case", args=[reference]),
            "discussions": reverse("desk:discussions", args=[reference]),
            "decision": reverse("mdt:decision", args=[provisional.pk]),
            "outcomes": reverse("mdt:outcomes", args=[provisional.listing.meeting_id]),
            "room": reverse("room:case", args=[provisional.listing_id]),
        }
        return {name: text_of(client.get(page)) for name, page in pages.items()}

    return shown


def test_every_page_says_who_ratifies_it_and_until_when(shown, radiologist):
    wanted = f"To be ratified by {radiologist}, by {words(day(2))}"
    assert {name for name, said in shown().items() if wanted not in said} == set()


def test_every_page_says_who_refused_and_why(shown, provisional, radiologist):
    services.refuse_to_ratify(decision=provisional, reason="Not resectable.", by=radiologist)
    wanted = f"Not ratified: {radiologist} refused on {said(day(0))}"
    pages = shown()
    assert {name for name, said in pages.items() if wanted not in said} == set()
    assert {name for name, said in pages.items() if "Not resectable." not in said} <= {"outcomes"}


def test_every_page_says_who_ratified_it(shown, provisional, radiologist):
    services.ratify_decision(decision=provisional, by=radiologist)
    wanted = f"Ratified by {radiologist} on {said(day(0))}"
    assert {name for name, said in shown().items() if wanted not in said} == set()


class TestRefusingOnThePage:
    def test_the_person_named_refuses_with_a_reason(self, provisional, radiologist, sign_in):
        client, page = sign_in(radiologist), reverse("mdt:decision", args=[provisional.pk])
        assert "I do not ratify it" in text_of(client.get(page))
        answer = client.post(reverse("mdt:refuse", args=[provisional.pk]), {"reason": "Not resectable."})
        assert answer.headers["Location"] == page
        after = text_of(client.get(page))
        assert "The case is proposed for the next meeting" in after
        assert "I do not ratify it" not in after
        assert "Ratify the decision" not in after
        assert provisional.refusal.refused_by == radiologist

    @pytest.mark.parametrize(
        ("step", "typed"), [("mdt:refuse", {"reason": "Not resectable."}), ("mdt:ratify", {"rationale": ""})]
    )
    def test_opened_from_the_inbox_either_leads_back_there(
        self, step, typed, provisional, radiologist, sign_in
    ):
        client, inbox = sign_in(radiologist), reverse("followup:reminders") + "?show=unread"
        page = client.get(reverse("mdt:decision", args=[provisional.pk]), {"next": inbox}).content.decode()
        assert page.count(f'name="next" value="{inbox}"') == 2
        answer = client.post(reverse(step, args=[provisional.pk]), typed | {"next": inbox})
        assert answer.headers["Location"] == inbox

    def test_without_a_reason_it_is_asked_for(self, provisional, radiologist, sign_in):
        answer = sign_in(radiologist).post(reverse("mdt:refuse", args=[provisional.pk]), {"reason": ""})
        said = answer.content.decode()
        assert answer.status_code == 200
        assert 'href="#id_refuse_reason"' in said
        assert not RatificationRefusal.objects.exists()

    def test_what_was_ratified_meanwhile_keeps_what_was_typed(self, provisional, radiologist, sign_in):
        services.ratify_decision(decision=provisional, by=radiologist)
        answer = sign_in(radiologist).post(
            reverse("mdt:refuse", args=[provisional.pk]), {"reason": "Not resectable."}
        )
        assert answer.status_code == 409
        assert "A later decision stands" in text_of(answer)

    def test_not_for_somebody_else_nor_another_team(self, provisional, surgeon, sign_in, radiologist):
        page = reverse("mdt:refuse", args=[provisional.pk])
        assert sign_in(surgeon).post(page, {"reason": "No."}).status_code == 403
        stranger = factories.member(Role.SURGEON, factories.team())
        assert sign_in(stranger).post(page, {"reason": "No."}).status_code == 404
        assert sign_in(radiologist).get(page).status_code == 405


def test_my_work_says_until_when_and_forgets_what_was_refused(provisional, radiologist, sign_in, episode):
    client = sign_in(radiologist)
    before = text_of(client.get(reverse("desk:home")))
    assert f"{episode.case.reference} Ratify: Agree the plan due in 2 days" in before
    services.refuse_to_ratify(decision=provisional, reason="Not resectable.", by=radiologist)
    assert "Ratify: Agree the plan" not in text_of(client.get(reverse("desk:home")))


def test_the_outcomes_name_a_refusal_among_what_is_left(provisional, radiologist):
    services.refuse_to_ratify(decision=provisional, reason="Not resectable.", by=radiologist)
    (row,) = outcomes_of(provisional.listing.meeting).rows
    assert row.lacks == [f"Not ratified: {radiologist} refused on {said(day(0))}"]

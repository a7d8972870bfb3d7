"""What the decision panel says: of another's decision, of what is wrong, and of what nobody has said."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from config.jinja import clock
from mdt import services
from mdt.models import Decision
from mdt.workflow import Outcome
from tests.mdt.test_views import text_of

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def typed(people):
    def typed(**changes):
        rows = {
            f"{row}-{form}_FORMS": "0" for row in ("actions", "dissents") for form in ("TOTAL", "INITIAL")
        }
        told = {
            "outcome": "surveillance",
            "rationale": "It does not grow.",
            "trial_considered": "not_relevant",
            "tells_patient": people[Role.NURSE_SPECIALIST].pk,
            "tell_by_on": (timezone.localdate() + timedelta(days=2)).isoformat(),
            "window": "one",
        }
        return rows | told | changes

    return typed


@pytest.fixture
def decided(discussed, details, surgeon):
    def decided(*roles, **changes):
        made = details(**{"outcome": Outcome.TRIAL, "rationale": "A trial fits"} | changes)
        return services.record_decision(listing=discussed(*roles or FIVE), details=made, by=surgeon)

    return decided


def state_of(body):
    return body[body.index('id="decide-state"') : body.index('id="decide-others"')]


class TestAnothersDecision:
    def test_rows_that_nobody_typed_in_are_not_compared(self, sign_in, decided, people, page, typed):
        decided()
        rows = {"dissents-TOTAL_FORMS": "3", "actions-TOTAL_FORMS": "3"}
        empty = {f"dissents-{row}-{name}": "" for row in range(3) for name in ("person", "reason")}
        empty |= {f"actions-{row}-{name}": "" for row in range(3) for name in ("text", "owner", "due_on")}
        answer = sign_in(people[Role.ONCOLOGIST]).post(page, typed(**rows, **empty))
        body = answer.content.decode()
        table = re.search(r'class="smdt-conflict".*?</section>', body, re.S)[0]
        assert answer.status_code == 409
        assert "A trial fits" in table
        assert not any(words in table for words in ("Nobody named yet", "Dissent", "Actions"))

    def test_an_open_panel_is_told_that_somebody_decided_meanwhile(self, sign_in, decided, people, page):
        decision, client = decided(), sign_in(people[Role.ONCOLOGIST])
        at = client.get(f"{page}?decide=1&knows=").content.decode()
        assert (
            f"{decision.recorded_by.full_name} recorded: {decision.get_outcome_display()}, "
            f"{clock(decision.recorded_at)} Saving yours becomes a correction, after both were shown."
        ) in " ".join(re.sub(r"<[^>]+>", " ", state_of(at)).split())
        knows = client.get(f"{page}?decide=1&knows={decision.pk}").content.decode()
        assert "recorded:" not in state_of(knows)
        assert f"decide=1&amp;knows={decision.pk}" in knows

    def test_the_button_says_that_it_corrects(
        self, sign_in, discussed, details, surgeon, people, page, typed
    ):
        listing, client = discussed(*FIVE), sign_in(people[Role.ONCOLOGIST])
        assert "Record as a correction" not in text_of(client.get(f"{page}?decide=1"))
        services.record_decision(listing=listing, details=details(outcome=Outcome.TRIAL), by=surgeon)
        assert "Record as a correction" in text_of(client.post(page, typed()))
        assert "Record as a correction" in text_of(client.get(f"{page}?decide=1"))

    def test_a_provisional_one_is_called_so_and_deciding_again_is_secondary(
        self, sign_in, decided, people, surgeon, page
    ):
        due = timezone.localdate() + timedelta(days=3)
        decided(*FIVE[:4], to_ratify_by=people[FIVE[4]], ratify_by_on=due)
        body = sign_in(surgeon).get(page).content.decode()
        who = body[body.index('id="room-who"') : body.index('id="room-said"')]
        assert "Provisional" in who
        assert "Decided" not in who
        assert re.search(r'nhsuk-button--secondary"[^>]*>Decide again</a>', who)


class TestQuorum:
    def test_nothing_is_left_out_where_the_plan_can_be_agreed(self, sign_in, discussed, surgeon, page):
        discussed(*FIVE)
        state = state_of(sign_in(surgeon).get(f"{page}?decide=1").content.decode())
        assert "Quorate, and the plan can be agreed" in state
        assert "for any outcome but" not in state


class TestWhatIsWrong:
    def test_everything_is_said_at_once_in_plain_words(self, sign_in, discussed, surgeon, page, typed):
        discussed(*FIVE)
        row = {"actions-TOTAL_FORMS": "2", "actions-1-text": "Book MRI"}
        sent = typed(outcome="no_decision", rationale="x" * 16_499, trial_considered="", **row)
        words = text_of(sign_in(surgeon).post(page, sent))
        for said in (
            "Why must be 4,000 characters or fewer (now 16,499).",
            "Why there is no decision is needed",
            "Choose when it is discussed again",
            "Trial considered: Choose whether a trial was considered.",
            "Action 2, “Book MRI”: name who, and by when.",
        ):
            assert said in words, said
        assert not Decision.objects.exists()

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            (("owner", "due_on"), "Action 1: say what it is."),
            (("text", "owner"), "Action 1, “Scan”: say by when."),
            (("text", "due_on"), "Action 1, “Scan”: name who."),
            (("owner",), "Action 1: say what it is, and say by when."),
        ],
    )
    def test_an_action_that_is_not_whole_says_which_and_what(
        self, sign_in, discussed, surgeon, page, typed, given, words
    ):
        discussed(*FIVE)
        whole = {"text": "Scan", "owner": surgeon.pk, "due_on": timezone.localdate().isoformat()}
        row = {f"actions-0-{name}": whole[name] for name in given} | {"actions-TOTAL_FORMS": "1"}
        assert words in text_of(sign_in(surgeon).post(page, typed(**row)))


class TestWhatNobodySaid:
    def test_a_key_worker_who_stepped_aside_is_not_named_to_tell_the_patient(
        self, sign_in, discussed, surgeon, coordinator, people, page, listing
    ):
        nurse, case = people[Role.NURSE_SPECIALIST], listing.episode.case
        case.key_worker = nurse
        case.save(update_fields=["key_worker"])
        discussed(*FIVE)
        services.recuse(listing=listing, person=nurse, interest="A relative", by=coordinator)
        body = sign_in(surgeon).get(f"{page}?decide=1").content.decode()
        field = re.search(r'<select[^>]*name="tells_patient".*?</select>', body, re.S)[0]
        assert re.search(r'value="" selected', field)
        assert f"{nurse.full_name} stepped aside from this case. Choose who tells the patient." in body

    def test_why_is_said_to_be_not_written_down(self, sign_in, decided, surgeon, page, meeting):
        decision, client = decided(rationale=""), sign_in(surgeon)
        for at in (page, reverse("mdt:decision", args=[decision.pk])):
            assert "Why: not written down" in text_of(client.get(at))
        assert "Why not written down" in text_of(client.get(reverse("room:minutes", args=[meeting.pk])))

    def test_the_minutes_say_which_decision_is_corrected(
        self, sign_in, decided, details, listing, surgeon, meeting
    ):
        first = decided()
        services.record_decision(
            listing=listing, details=details(outcome=Outcome.SURVEILLANCE), replaces=first, by=surgeon
        )
        words = text_of(sign_in(surgeon).get(reverse("room:minutes", args=[meeting.pk])))
        assert f"Corrects the decision of {clock(first.recorded_at)}" in words

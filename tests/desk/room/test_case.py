"""One case in the meeting, and its decision: what the room reads, what is told when it is refused, what is kept."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Competence, Role
from cases.models import Case
from cases.services import cases, facts, patients
from mdt import services
from mdt.models import Decision
from mdt.workflow import ListingStatus, Outcome
from tests import factories
from tests.mdt.conftest import proposed_plan
from tests.mdt.test_views import text_of
from treatments import services as treatments

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def typed(people):
    """What the decision form of a standard case sends."""

    def typed(**changes):
        told = {
            "outcome": "agree_plan",
            "rationale": "Both can be cleared in <b>one</b> operation.",
            "trial_considered": "yes",
            "tells_patient": people[Role.NURSE_SPECIALIST].pk,
            "tell_by_on": (timezone.localdate() + timedelta(days=2)).isoformat(),
            "ratify_by_on": (timezone.localdate() + timedelta(days=2)).isoformat(),
            "actions-TOTAL_FORMS": "3",
            "actions-INITIAL_FORMS": "0",
            "dissents-TOTAL_FORMS": "2",
            "dissents-INITIAL_FORMS": "0",
        }
        return told | changes

    return typed


class TestReading:
    def test_everything_that_the_room_needs(self, sign_in, discussed, surgeon, page, listing):
        case = Case.objects.get(pk=listing.episode.case_id)
        cases.change_case(
            case=case,
            version=case.version,
            details=cases.CaseDetails(patient_knows="A sarcoma", patient_wants="To keep the leg"),
            by=surgeon,
        )
        discussed(*FIVE)
        words = text_of(sign_in(surgeon).get(page))
        for shown in (
            "Case 1 of 1",
            listing.episode.case.patient.display_name,
            "Can the leg be kept?",
            "Leiomyosarcoma",
            "82 mm",
            "FNCLCC 3 + 2 + 1 = 6",
            "Biopsy",
            "MRI",
            "Plan 1, to cure",
            "Limb-sparing resection",
            "0 cautions",
            "To keep the leg",
            "A sarcoma",
            "Meeting quorate: 5 of 6 roles",
            "This plan: can be agreed",
            "Systemic:",
            "Radiotherapy:",
            "Not needed for this case’s quorum",
        ):
            assert shown in words, shown

    def test_quorate_and_the_plan_are_two_answers(self, sign_in, discussed, surgeon, people, page):
        people[Role.ONCOLOGIST].memberships.update(competences=[Competence.SYSTEMIC_TREATMENT])
        discussed(*FIVE)
        words = text_of(sign_in(surgeon).get(page))
        assert "Meeting quorate: 5 of 6 roles" in words
        assert "This plan: nobody for radiotherapy" in words
        assert "Radiotherapy: nobody" in words
        assert "The plan needs someone who gives radiotherapy." in words

    def test_the_recused_show_and_do_not_count(
        self, sign_in, discussed, surgeon, people, page, listing, coordinator
    ):
        discussed(*FIVE)
        client = sign_in(coordinator)
        form = reverse("room:recuse", args=[listing.pk])
        assert "Interest declared" in text_of(client.get(form))
        assert "Interest declared is needed" in text_of(client.post(form, {"person": surgeon.pk}))
        client.post(form, {"person": surgeon.pk, "interest": "Treats a relative"})
        words = text_of(client.get(page))
        assert "This plan: not quorate" in words
        assert f"{surgeon} has stepped aside" in words
        assert "have stepped aside" not in words
        twice = client.post(form, {"person": surgeon.pk, "interest": "Treats a relative"})
        assert "stepped aside already" in text_of(twice)

    def test_before_the_meeting_is_open_nothing_is_decided(self, sign_in, surgeon, page, plan):
        words = text_of(sign_in(surgeon).get(page + "?decide=1"))
        assert "The meeting is not open yet" in words
        assert "Record decision" not in words

    def test_neighbours(self, sign_in, team, put_on_list, surgeon):
        rows = [put_on_list(factories.episode_with_facts(team)) for _ in range(3)]
        answer = sign_in(surgeon).get(reverse("room:case", args=[rows[1].pk]))
        body = answer.content.decode()
        assert "Case 2 of 3" in text_of(answer)
        for other in (rows[0], rows[2]):
            assert f'href="{reverse("room:case", args=[other.pk])}"' in body

    def test_one_that_was_taken_off_can_still_be_read(self, sign_in, surgeon, listing, page, coordinator):
        services.withdraw_listing(listing=listing, version=None, reason="Elsewhere", by=coordinator)
        assert "Taken off the list" in text_of(sign_in(surgeon).get(page))

    def test_without_facts_reports_or_plan(self, sign_in, team, put_on_list, surgeon):
        row = put_on_list(factories.case(team).current_episode)
        words = text_of(sign_in(surgeon).get(reverse("room:case", args=[row.pk])))
        for shown in (
            "No pathology report yet",
            "No imaging report yet",
            "No plan was proposed yet",
            "Not recorded",
        ):
            assert shown in words

    def test_discussing_starts_and_ends(self, sign_in, discussed, listing, page, coordinator):
        discussed(*FIVE)
        client = sign_in(coordinator)
        mark = reverse("room:discuss", args=[listing.pk])
        assert "End the discussion" in text_of(client.get(page))
        client.post(mark, {"mark": "end"})
        listing.refresh_from_db()
        assert listing.status == ListingStatus.DISCUSSED
        assert "Outcome to record" in text_of(client.get(page))
        assert client.post(mark, {"mark": "end"}).status_code == 409
        client.post(mark, {"mark": "start"})
        assert client.post(mark, {"mark": "start"}).status_code == 409

    def test_not_before_the_meeting_is_open(self, sign_in, listing, coordinator):
        answer = sign_in(coordinator).post(reverse("room:discuss", args=[listing.pk]), {"mark": "start"})
        assert answer.status_code == 409
        assert "Open it first" in text_of(answer)


class TestDeciding:
    def test_a_standard_case(self, sign_in, discussed, surgeon, page, typed, plan, people):
        discussed(*FIVE)
        client = sign_in(surgeon)
        actions = {
            "actions-0-text": "Fertility appointment",
            "actions-0-owner": people[Role.NURSE_SPECIALIST].pk,
            "actions-0-due_on": (timezone.localdate() + timedelta(days=3)).isoformat(),
        }
        dissent = {
            "dissents-0-person": people[Role.ONCOLOGIST].pk,
            "dissents-0-reason": "Chemotherapy first",
        }
        answer = client.post(page, typed(**actions, **dissent))
        decision = Decision.objects.get()
        assert answer.url == reverse("room:screen", args=[plan.episode.listings.get().meeting_id])
        said = client.get(answer.url)
        assert "Recorded: Agree plan 1." in text_of(said)
        at = reverse("mdt:decision", args=[decision.pk])
        assert f'<a href="{at}">Open the decision</a>' in said.content.decode()
        words = text_of(client.get(at))
        for shown in (
            "Agree the plan",
            "Both can be cleared in &lt;b&gt;one&lt;/b&gt; operation.",
            "Quorate",
            "Plan 1, agreed",
            "Limb-sparing resection",
            "guidance",
            "Fertility appointment",
            "Chemotherapy first",
            str(people[Role.NURSE_SPECIALIST]),
            "nobody; this case’s quorum did not need it",
            "version 1",
        ):
            assert shown in words, shown

    def test_a_reader_may_not(self, sign_in, discussed, page, typed, people):
        discussed(*FIVE)
        assert sign_in(people[Role.NURSE_SPECIALIST]).post(page, typed()).status_code == 403
        assert "Decide" not in text_of(sign_in(people[Role.COORDINATOR]).get(page))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"outcome": ""}, "Outcome is needed"),
            ({"outcome": "cure"}, "Choose from the list"),
            ({"outcome": "no_decision"}, "Why there is no decision is needed"),
            ({"tells_patient": ""}, "Who tells the patient is needed"),
            ({"tells_patient": "0"}, "Choose from the list"),
            ({"tell_by_on": ""}, "By when the patient is told is needed"),
            ({"tell_by_on": "31/02/2027"}, "Enter a date that exists"),
            ({"tell_by_on": "2020-01-01"}, "has passed"),
            ({"rationale": "x" * 4001}, "Why must be 4,000 characters or fewer (now 4,001)"),
            ({"trial_considered": "perhaps"}, "Choose from the list"),
            ({"trial_note": "x" * 301}, "must be 300 characters or fewer (now 301)"),
            ({"dissents-0-reason": "No"}, "Say who disagrees"),
            ({"dissents-TOTAL_FORMS": "many"}, "sent incompletely"),
            ({"trial_considered": "no"}, "Say why no trial was considered"),
            ({"outcome": "more_imaging"}, "Choose when it is discussed again"),
            ({"actions-0-text": "Scan"}, "Action 1, “Scan”: name who, and by when"),
            ({"actions-TOTAL_FORMS": "many"}, "sent incompletely"),
            ({"replaces": "x"}, "whole number"),
        ],
    )
    def test_bad_input_names_its_field_and_nothing_is_lost(
        self, sign_in, discussed, surgeon, page, typed, changes, words
    ):
        discussed(*FIVE)
        answer = sign_in(surgeon).post(page, typed(**{"options_considered": "Surgery first"} | changes))
        assert answer.status_code == 200
        assert words in text_of(answer)
        body = answer.content.decode()
        assert "Surgery first" in body
        assert "rationale" in changes or "Both can be cleared in &lt;b&gt;one&lt;/b&gt; operation." in body
        assert not Decision.objects.exists()

    def test_what_stops_the_plan_is_all_said_and_what_was_typed_is_kept(
        self, sign_in, put_on_list, episode, meeting, people, surgeon, coordinator, open_meeting, typed
    ):
        amputation = (treatments.TreatmentContent("surgery", procedure="amputation"),)
        row = put_on_list(episode, plan=proposed_plan(episode, surgeon, amputation))
        open_meeting()
        services.record_attendance(meeting=meeting, person=people[Role.ONCOLOGIST], by=coordinator)
        services.start_discussion(listing=row, by=coordinator)
        answer = sign_in(people[Role.ONCOLOGIST]).post(
            reverse("room:case", args=[row.pk]), typed(to_ratify_by=surgeon.pk)
        )
        words = text_of(answer)
        assert answer.status_code == 409
        assert "A reason is owed" in words
        assert "The quorum needs a radiologist" in words
        assert str(people[Role.RADIOLOGIST]) in words
        assert "Both can be cleared" in words
        assert not Decision.objects.exists()

    def test_provisional_names_who_ratifies(self, sign_in, discussed, surgeon, page, typed, people, plan):
        discussed(*FIVE[:4])
        client = sign_in(surgeon)
        words = text_of(client.get(page + "?decide=1"))
        assert "Provisional – not quorate" in words
        assert "Save provisional" in words
        assert "Name who ratifies the decision" in text_of(client.post(page, typed()))
        client.post(page, typed(to_ratify_by=people[Role.RADIOLOGIST].pk))
        decision = Decision.objects.get()
        words = text_of(client.get(reverse("mdt:decision", args=[decision.pk])))
        assert f"To be ratified by {people[Role.RADIOLOGIST]}" in words
        assert "Not quorate" in words
        assert "Lacking for a final decision: radiologist" in words
        assert "Ratify the decision" not in words

    def test_ratifying(self, sign_in, discussed, surgeon, details, listing, people, plan):
        first = services.record_decision(
            listing=discussed(*FIVE[:4]), details=details(to_ratify_by=people[Role.RADIOLOGIST]), by=surgeon
        )
        client = sign_in(people[Role.RADIOLOGIST])
        assert "You are named to ratify it" in text_of(client.get(reverse("mdt:decision", args=[first.pk])))
        answer = client.post(reverse("mdt:ratify", args=[first.pk]), {"rationale": "Agreed"}, follow=True)
        words = text_of(answer)
        assert "The decision is ratified" in words
        assert "ratified it afterwards" in words
        assert "Plan 1, agreed" in words
        assert client.post(reverse("mdt:ratify", args=[first.pk])).status_code == 409
        old = text_of(client.get(reverse("mdt:decision", args=[first.pk])))
        assert "Replaced by" in old

    def test_a_plan_that_changed_since_is_not_ratified(
        self, sign_in, discussed, surgeon, details, people, plan, episode
    ):
        first = services.record_decision(
            listing=discussed(*FIVE[:4]), details=details(to_ratify_by=people[Role.RADIOLOGIST]), by=surgeon
        )
        facts.record_performance_status(episode=episode, value=4, on=timezone.localdate(), by=surgeon)
        answer = sign_in(people[Role.RADIOLOGIST]).post(
            reverse("mdt:ratify", args=[first.pk]), {"rationale": "I agree"}
        )
        assert answer.status_code == 409
        assert "The record changed after the plan was checked" in text_of(answer)
        assert "I agree" in text_of(answer)

    def test_two_people_deciding_the_second_sees_both(
        self, sign_in, discussed, surgeon, details, listing, page, typed, people
    ):
        services.record_decision(
            listing=discussed(*FIVE),
            details=details(outcome=Outcome.TRIAL, rationale="A trial fits"),
            by=surgeon,
        )
        client = sign_in(people[Role.ONCOLOGIST])
        answer = client.post(page, typed(replaces=""))
        words = text_of(answer)
        assert answer.status_code == 409
        assert f"{surgeon} recorded a decision on this case while you were typing" in words
        assert "A trial fits" in words
        assert "Both can be cleared" in words
        assert Decision.objects.count() == 1
        replaces = re.search(r'name="replaces" value="(\d+)"', answer.content.decode())[1]
        client.post(page, typed(replaces=replaces))
        second = Decision.objects.latest("pk")
        assert second.replaces == Decision.objects.earliest("pk")

    def test_a_correction_comes_filled_in(self, sign_in, discussed, surgeon, details, page):
        first = services.record_decision(
            listing=discussed(*FIVE), details=details(rationale="As it was"), by=surgeon
        )
        client = sign_in(surgeon)
        answer = client.get(page + "?decide=1")
        assert "Correct the decision" in text_of(answer)
        assert "As it was" in text_of(answer)
        assert f'name="replaces" value="{first.pk}"' in answer.content.decode()
        assert 'value="agree_plan" id="id_outcome" checked' in answer.content.decode()

    def test_a_newer_plan_is_looked_at_first(self, sign_in, discussed, surgeon, page, typed, plan, episode):
        discussed(*FIVE)
        newer = proposed_plan(episode, surgeon)
        answer = sign_in(surgeon).post(page, typed(plan_seen=plan.pk))
        assert "The plan is now Plan 2" in text_of(answer)
        assert sign_in(surgeon).post(page, typed(plan_seen=newer.pk)).status_code == 302

    def test_a_patient_who_died_shows(self, sign_in, discussed, surgeon, page, listing, typed):
        discussed(*FIVE)
        patients.record_death(patient=listing.episode.case.patient, died_on=None, by=surgeon)
        client = sign_in(surgeon)
        assert "died" in text_of(client.get(page))
        answer = client.post(page, typed())
        assert "The patient has died, so no plan is agreed" in text_of(answer)


class TestAfterwards:
    @pytest.fixture
    def decision(self, discussed, details, surgeon, people):
        action = services.ActionDetails("Scan", people[Role.NURSE_SPECIALIST], timezone.localdate())
        return services.record_decision(
            listing=discussed(*FIVE), details=details(actions=[action]), by=surgeon
        )

    def test_dissent(self, sign_in, decision, people):
        client = sign_in(people[Role.ONCOLOGIST])
        page = reverse("mdt:dissent", args=[decision.pk])
        assert "Reason is needed" in text_of(client.post(page, {"person": people[Role.ONCOLOGIST].pk}))
        typed = {"person": people[Role.ONCOLOGIST].pk, "reason": "<i>Chemotherapy first</i>"}
        answer = client.post(page, typed, follow=True)
        assert "<i>Chemotherapy" not in answer.content.decode()
        assert "Chemotherapy first" in text_of(answer)

    def test_an_action_is_done_once(self, sign_in, decision, people):
        client = sign_in(people[Role.NURSE_SPECIALIST])
        page = reverse("mdt:action_done", args=[decision.actions.get().pk])
        assert "The action is done" in text_of(client.post(page, follow=True))
        assert client.post(page).status_code == 409

    def test_what_was_set_before_a_correction_stays_in_sight(
        self, sign_in, decision, details, listing, surgeon, people
    ):
        second = services.record_decision(listing=listing, replaces=decision, details=details(), by=surgeon)
        words = text_of(sign_in(surgeon).get(reverse("mdt:decision", args=[second.pk])))
        assert "Scan" in words

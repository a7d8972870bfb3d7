"""The decision panel: what comes filled in, the draft in it, what is refused and how, two who decide, corrections."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.permissions import SIX_ROLES, Competence, Role
from audit.models import Read
from cases.services import facts
from desk.room.decision_panel import OUTCOME_KEYS
from desk.room.keys import KEYS
from mdt import services
from mdt.checklist import ITEMS
from mdt.models import Decision, DecisionDraft
from mdt.workflow import MeetingStatus, Outcome
from tests import factories
from tests.mdt.conftest import proposed_plan
from tests.mdt.test_views import text_of
from treatments.services import TreatmentContent

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def typed(people):
    """What the panel of a standard case sends."""

    def typed(**changes):
        rows = {
            f"{row}-{form}_FORMS": "0" for row in ("actions", "dissents") for form in ("TOTAL", "INITIAL")
        }
        told = {
            "outcome": "agree_plan",
            "rationale": "Both can be cleared in one operation.",
            "trial_considered": "yes",
            "tells_patient": people[Role.NURSE_SPECIALIST].pk,
            "tell_by_on": add_working_days(timezone.localdate(), 2).isoformat(),
            "ratify_by_on": add_working_days(timezone.localdate(), 2).isoformat(),
            "window": "one",
        }
        return rows | told | changes

    return typed


def chosen(body, name):
    """The value that a select, a field or radios of the page have."""
    field = re.search(rf'<(select|textarea)[^>]*name="{name}".*?</\1>', body, re.S)
    if field and field[1] == "textarea":
        return re.search(r">(.*?)</textarea>", field[0], re.S)[1].strip()
    if field:
        found = re.search(r'<option value="([^"]*)" selected', field[0])
        return found[1] if found else ""
    radios = re.search(rf'<input type="radio" name="{name}" value="([^"]*)"[^>]* checked', body)
    if radios or re.search(rf'type="radio" name="{name}"', body):
        return radios[1] if radios else ""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', body)
    value = re.search(r'value="([^"]*)"', found[0]) if found else None
    return value[1] if value else ""


def opened(client, page):
    return client.get(f"{page}?decide=1").content.decode()


class TestWhereOneGoesOn:
    @pytest.fixture
    def another(self, team, put_on_list, listing):
        return put_on_list(factories.episode_with_facts(team))

    def test_with_the_meeting_after_the_case_that_it_is_on(
        self, sign_in, discussed, surgeon, page, typed, meeting
    ):
        discussed(*FIVE)
        client, screen = sign_in(surgeon), reverse("room:screen", args=[meeting.pk])
        assert f'data-key="Escape" href="{screen}"' in opened(client, page)
        answer = client.post(page, typed(outcome="surveillance"))
        assert answer.url == screen
        assert "Recorded: Surveillance." in text_of(client.get(screen))

    def test_at_the_case_where_the_meeting_is_on_another(
        self, sign_in, discussed, surgeon, page, typed, another, coordinator
    ):
        discussed(*FIVE)
        services.show_case(listing=another, by=coordinator)
        client = sign_in(surgeon)
        assert f'data-key="Escape" href="{page}"' in opened(client, page)
        assert client.post(page, typed(outcome="surveillance")).url == page

    def test_at_the_case_once_the_session_has_ended(
        self, sign_in, discussed, surgeon, page, typed, meeting, coordinator
    ):
        discussed(*FIVE)
        ended = MeetingStatus.OUTCOMES_TO_FINISH
        services.move_meeting(meeting=meeting, version=None, to=ended, by=coordinator)
        assert sign_in(surgeon).post(page, typed(outcome="surveillance")).url == page

    def test_after_the_draft_was_thrown_away(self, sign_in, discussed, surgeon, meeting, listing):
        discussed(*FIVE)
        answer = sign_in(surgeon).post(reverse("room:draft_discard", args=[listing.pk]))
        assert answer.url == reverse("room:screen", args=[meeting.pk])


class TestWhereNothingCanBeDecidedYet:
    def test_before_the_discussion_it_is_said_what_comes_first(
        self, sign_in, open_meeting, listing, surgeon, page
    ):
        open_meeting()
        asked = text_of(sign_in(surgeon).get(f"{page}?decide=1"))
        assert "Start its discussion first" in asked
        assert "Start its discussion first" not in text_of(sign_in(surgeon).get(page))

    def test_whoever_stepped_aside_is_told_that_a_colleague_decides(
        self, sign_in, discussed, listing, surgeon, page
    ):
        discussed(*FIVE)
        services.recuse(listing=listing, person=surgeon, interest="A relative", by=surgeon)
        assert "a colleague decides" in text_of(sign_in(surgeon).get(f"{page}?decide=1"))

    def test_the_foot_offers_it_to_those_whose_role_decides(self, sign_in, discussed, people, surgeon, page):
        discussed(*FIVE)
        assert 'id="room-decide"' in sign_in(surgeon).get(page).content.decode()
        assert 'id="room-decide"' not in sign_in(people[Role.NURSE_SPECIALIST]).get(page).content.decode()


class TestWhatComesFilledIn:
    def test_a_standard_case_needs_its_outcome_and_whether_a_trial_was_considered(
        self, sign_in, discussed, surgeon, people, page, listing
    ):
        case = listing.episode.case
        case.key_worker = people[Role.NURSE_SPECIALIST]
        case.save(update_fields=["key_worker"])
        discussed(*FIVE)
        body = opened(sign_in(surgeon), page)
        assert chosen(body, "outcome") == ""
        assert chosen(body, "tells_patient") == str(case.key_worker_id)
        assert chosen(body, "tell_by_on") == add_working_days(timezone.localdate(), 2).isoformat()
        assert chosen(body, "trial_considered") == ""
        assert chosen(body, "responsible") == str(surgeon.pk)

    def test_a_key_worker_of_another_team_does_not_tell(self, sign_in, discussed, surgeon, page, listing):
        case = listing.episode.case
        case.key_worker = factories.member(Role.NURSE_SPECIALIST, factories.team())
        case.save(update_fields=["key_worker"])
        discussed(*FIVE)
        assert chosen(opened(sign_in(surgeon), page), "tells_patient") == ""

    def test_the_only_one_who_could_ratify_is_named_with_the_usual_day(
        self, sign_in, discussed, surgeon, people, page
    ):
        discussed(*FIVE[:4])
        body = opened(sign_in(surgeon), page)
        assert chosen(body, "to_ratify_by") == str(people[FIVE[4]].pk)
        assert chosen(body, "ratify_by_on") == add_working_days(timezone.localdate(), 2).isoformat()

    def test_each_outcome_has_its_key_and_the_table_says_it(self, sign_in, discussed, surgeon, page):
        discussed(*FIVE)
        body = opened(sign_in(surgeon), page)
        told = {each.key for each in KEYS}
        for outcome, key in OUTCOME_KEYS.items():
            assert re.search(rf'name="outcome" value="{outcome}"[^>]*data-key="{key}"', body), outcome
            assert key in told
        assert list(OUTCOME_KEYS) == list(Outcome.values)

    def test_the_teams_next_meetings_are_offered(self, sign_in, discussed, surgeon, page, team):
        later = factories.meeting(team, days=15)
        discussed(*FIVE)
        body = opened(sign_in(surgeon), page)
        assert f'<option value="{later.day.isoformat()}"' in body
        assert ", next meeting" in body

    def test_without_a_plan_agreeing_one_is_shown_as_not_possible(
        self, sign_in, team, put_on_list, open_meeting, people, meeting, coordinator, surgeon
    ):
        row = put_on_list(factories.case(team).current_episode)
        open_meeting()
        services.record_attendance(meeting=meeting, person=surgeon, by=coordinator)
        services.start_discussion(listing=row, by=coordinator)
        body = opened(sign_in(surgeon), reverse("room:case", args=[row.pk]))
        assert "Agree the plan: none is proposed" in body
        assert 'value="agree_plan"' not in body


class TestTheStateLine:
    def test_quorate_and_the_plan_can_be_agreed(self, sign_in, discussed, surgeon, page):
        discussed(*FIVE)
        assert "Quorate, and the plan can be agreed" in opened(sign_in(surgeon), page)

    def test_a_missing_competence_stands_against_the_plan_alone(
        self, sign_in, discussed, surgeon, people, page, team
    ):
        people[Role.ONCOLOGIST].memberships.update(competences=[Competence.SYSTEMIC_TREATMENT])
        marsh = factories.member(Role.ONCOLOGIST, team, competences=[Competence.RADIOTHERAPY])
        discussed(*FIVE)
        body = opened(sign_in(surgeon), page)
        state = body[body.index('id="decide-state"') : body.index('id="decide-others"')]
        agree, other = state.split("smdt-when-other")
        assert "Provisional" in agree
        assert "The plan needs someone who gives radiotherapy." in agree
        assert str(marsh) in agree
        assert "Provisional" not in other
        assert "Quorate" in other
        assert "Save provisional" in body
        assert "Record the decision" in body

    def test_what_stops_the_plan_leads_to_where_it_is_put_right(
        self, sign_in, put_on_list, episode, people, surgeon, coordinator, open_meeting, meeting
    ):
        content = (TreatmentContent("surgery", procedure="amputation"),)
        plan = proposed_plan(episode, surgeon, content)
        row = put_on_list(episode, plan=plan)
        open_meeting()
        for role in FIVE:
            services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
        services.start_discussion(listing=row, by=coordinator)
        body = opened(sign_in(surgeon), reverse("room:case", args=[row.pk]))
        assert "The plan cannot be agreed yet" in body
        assert f'href="{reverse("treatments:plan", args=[plan.pk])}#id_a-SURG-2-0-text"' in body


class TestRecording:
    def test_everything_that_was_typed_is_on_the_decision(
        self, sign_in, discussed, surgeon, people, page, typed
    ):
        discussed(*FIVE)
        oncologist, nurse = people[Role.ONCOLOGIST], people[Role.NURSE_SPECIALIST]
        by = (timezone.localdate() + timedelta(days=4)).isoformat()
        sent = typed(
            outcome="more_imaging",
            trial_considered="no",
            trial_note="Imaging first.",
            intent="palliative",
            covered=[ITEMS[0].code, ITEMS[2].code],
            relist="unknown",
            options_considered="Biopsy first",
            **{
                "dissents-TOTAL_FORMS": "3",
                "dissents-0-person": oncologist.pk,
                "dissents-0-reason": "Treat now",
                "dissents-2-person": nurse.pk,
                "dissents-2-reason": "He is frail",
                "actions-TOTAL_FORMS": "2",
                "actions-1-text": "MRI",
                "actions-1-owner": people[Role.RADIOLOGIST].pk,
                "actions-1-due_on": by,
            },
        )
        client = sign_in(surgeon)
        said = text_of(client.post(page, sent, follow=True))
        assert "Recorded: More imaging." in said
        decision = Decision.objects.get()
        assert (decision.intent, decision.covered) == ("palliative", [ITEMS[0].code, ITEMS[2].code])
        assert (decision.trial_considered, decision.trial_note) == ("no", "Imaging first.")
        assert {each.person for each in decision.dissents.all()} == {oncologist, nurse}
        assert [each.text for each in decision.actions.all()] == ["MRI"]
        words = text_of(client.get(reverse("mdt:decision", args=[decision.pk])))
        assert "To control" in words
        assert ITEMS[0].words in words
        assert "not known yet when" in words

    def test_a_plan_brings_its_intent(self, sign_in, discussed, surgeon, page, typed):
        discussed(*FIVE)
        sign_in(surgeon).post(page, typed(intent="palliative"))
        assert Decision.objects.get().intent == "curative"

    def test_the_day_of_a_meeting_is_when_it_comes_back(self, sign_in, discussed, surgeon, page, typed, team):
        later = factories.meeting(team, days=15)
        discussed(*FIVE)
        sign_in(surgeon).post(page, typed(outcome="biopsy_or_pathology", relist=later.day.isoformat()))
        assert Decision.objects.get().relist_on == later.day

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"outcome": "biopsy_or_pathology"}, "Choose when it is discussed again"),
            ({"outcome": "no_decision"}, "Why there is no decision is needed"),
            ({"outcome": "no_decision"}, "Choose when it is discussed again"),
            ({"relist": "other"}, "Enter the day from which it is discussed again"),
            ({"relist": "2020-01-01"}, "Choose from the list"),
            ({"intent": "hope"}, "Choose from the list"),
            ({"covered": "everything"}, "Choose from the list"),
            ({"trial_considered": "no"}, "Say why no trial was considered"),
        ],
    )
    def test_what_is_missing_is_said_at_its_field_and_the_draft_keeps_what_was_typed(
        self, sign_in, discussed, surgeon, page, typed, changes, words
    ):
        discussed(*FIVE)
        answer = sign_in(surgeon).post(page, typed(**changes))
        assert words in text_of(answer)
        assert not Decision.objects.exists()
        assert DecisionDraft.objects.get().typed["rationale"] == "Both can be cleared in one operation."

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"ratify_by_on": ""}, "By when it is ratified is needed"),
            ({"ratify_by_on": "2020-01-01"}, "has passed"),
            ({"to_ratify_by": ""}, "Name who ratifies the decision"),
        ],
    )
    def test_a_provisional_decision_says_who_ratifies_it_and_by_when(
        self, sign_in, discussed, surgeon, people, page, typed, changes, words
    ):
        discussed(*FIVE[:4])
        client, named = sign_in(surgeon), {"to_ratify_by": people[FIVE[4]].pk}
        assert words in text_of(client.post(page, typed(**named | changes)))
        day = timezone.localdate() + timedelta(days=5)
        said = text_of(client.post(page, typed(**named, ratify_by_on=day.isoformat()), follow=True))
        assert f"Agree plan 1, provisional until {people[FIVE[4]]} ratifies it" in said
        assert Decision.objects.get().ratify_by_on == day

    def test_a_fact_that_changes_while_the_panel_stands_stops_the_agreement(
        self, sign_in, discussed, surgeon, page, typed, plan, episode
    ):
        discussed(*FIVE)
        client = sign_in(surgeon)
        opened(client, page)
        facts.record_performance_status(episode=episode, value=4, on=timezone.localdate(), by=surgeon)
        answer = client.post(page, typed(plan_seen=plan.pk))
        assert answer.status_code == 409
        words = text_of(answer)
        assert "The record changed after the plan was checked" in words
        assert "Both can be cleared" in words
        plan.refresh_from_db()
        assert plan.status == "proposed"
        assert not Decision.objects.exists()

    def test_the_meeting_that_was_finished_meanwhile_refuses_and_shows_what_was_typed(
        self, sign_in, discussed, surgeon, page, typed, meeting
    ):
        discussed(*FIVE)
        type(meeting).objects.filter(pk=meeting.pk).update(status="finished")
        answer = sign_in(surgeon).post(page, typed())
        assert answer.status_code == 409
        assert "Both can be cleared" in text_of(answer)


class TestDrafts:
    @pytest.fixture
    def at(self, listing):
        return reverse("room:draft", args=[listing.pk])

    def keep(self, client, at, sent, version=0, **headers):
        return client.post(
            at, sent | {"draft_version": version}, headers={"Accept": "application/json"} | headers
        )

    def test_it_is_in_the_panel_when_it_is_opened_again(
        self, sign_in, discussed, surgeon, people, page, at, typed
    ):
        discussed(*FIVE)
        client = sign_in(surgeon)
        sent = typed(
            outcome="trial",
            tell_by_on="",
            covered=[ITEMS[1].code],
            **{"actions-1-text": "Scan", "dissents-0-reason": "Treat now"},
        )
        told = self.keep(client, at, sent).json()
        assert (told["version"], told["words"]) == (1, "")
        body = opened(client, page)
        assert f"Draft kept {told['kept']}" in body
        assert chosen(body, "outcome") == "trial"
        assert chosen(body, "rationale") == "Both can be cleared in one operation."
        assert chosen(body, "tell_by_on") == ""
        assert chosen(body, "actions-1-text") == "Scan" or chosen(body, "actions-0-text") == "Scan"
        assert chosen(body, "dissents-0-reason") == "Treat now"
        assert f'value="{ITEMS[1].code}" checked' in body
        assert chosen(body, "draft_version") == "1"

    def test_others_see_that_somebody_writes_and_not_what(
        self, sign_in, discussed, surgeon, people, page, at, typed
    ):
        discussed(*FIVE)
        self.keep(sign_in(surgeon), at, typed(rationale="Only mine to see"))
        for address in (page, f"{page}?decide=1"):
            body = sign_in(people[Role.ONCOLOGIST]).get(address).content.decode()
            assert f"{surgeon} is writing a decision on this case" in body
            assert body.count('id="decide-others"') == 1
            assert "Only mine to see" not in body
        assert f"{surgeon} is writing" not in sign_in(surgeon).get(page).content.decode()

    def test_one_that_rests_says_since_when(self, sign_in, discussed, surgeon, people, page, at, typed):
        discussed(*FIVE)
        self.keep(sign_in(surgeon), at, typed())
        DecisionDraft.objects.update(kept_at=timezone.now() - timedelta(minutes=20))
        said = text_of(sign_in(people[Role.ONCOLOGIST]).get(page))
        assert f"{surgeon} has a draft of a decision on this case, last kept" in said

    def test_a_second_window_is_told_of_the_first(self, sign_in, discussed, surgeon, at, typed):
        discussed(*FIVE)
        client = sign_in(surgeon)
        self.keep(client, at, typed(window="one"))
        answer = self.keep(client, at, typed(window="two", rationale="Second"))
        assert answer.status_code == 409
        assert "You typed on this case in another window at" in answer.json()["words"]
        assert answer.json()["version"] == 1

    def test_without_a_script_it_comes_back_to_the_panel(self, sign_in, discussed, surgeon, page, at, typed):
        discussed(*FIVE)
        client = sign_in(surgeon)
        answer = client.post(at, typed(draft_version="0"), follow=True)
        assert answer.redirect_chain[-1][0] == f"{page}?decide=1"
        assert "The draft is kept." in text_of(answer)
        late = client.post(at, typed(draft_version="0", window="two", rationale="Second window"))
        assert late.status_code == 409
        assert "in another window" in text_of(late)
        assert chosen(late.content.decode(), "rationale") == "Second window"
        assert chosen(late.content.decode(), "draft_version") == "1"

    @pytest.mark.parametrize("role", [Role.NURSE_SPECIALIST, Role.COORDINATOR])
    def test_who_does_not_record_decisions_keeps_none(self, sign_in, discussed, people, at, typed, role):
        discussed(*FIVE)
        assert self.keep(sign_in(people[role]), at, typed()).status_code == 403

    def test_another_teams_case_is_not_found(self, sign_in, discussed, at, typed):
        discussed(*FIVE)
        stranger = factories.member(Role.SURGEON, factories.team())
        assert self.keep(sign_in(stranger), at, typed()).status_code == 404

    def test_what_is_no_field_of_the_panel_is_not_kept(self, sign_in, discussed, surgeon, at, typed):
        discussed(*FIVE)
        strange = {"is_quorate": "yes", "actions-100-text": "Scan", "actions-0-done_at": "now"}
        rows = {"actions-19-due_on": "2040-01-02", "dissents-9-reason": "Treat now"}
        self.keep(sign_in(surgeon), at, typed(**strange, **rows))
        kept = DecisionDraft.objects.get().typed
        assert not kept.keys() & strange.keys()
        assert rows.items() <= kept.items()

    def test_one_too_long_is_told_so(self, sign_in, discussed, surgeon, at, typed):
        discussed(*FIVE)
        answer = self.keep(sign_in(surgeon), at, typed(rationale="x" * 50_000))
        assert answer.status_code == 400
        assert "Shorten it" in answer.json()["words"]

    def test_throwing_it_away_asks_first(self, sign_in, discussed, surgeon, page, at, typed, listing):
        discussed(*FIVE)
        client, away = sign_in(surgeon), reverse("room:draft_discard", args=[listing.pk])
        assert "There is no draft of yours" in text_of(client.get(away))
        self.keep(client, at, typed())
        assert "Throw the draft away?" in text_of(client.get(away))
        assert DecisionDraft.objects.exists()
        assert "The draft was thrown away." in text_of(client.post(away, follow=True))
        assert not DecisionDraft.objects.exists()

    def test_one_begun_on_an_earlier_plan_has_its_outcome_chosen_again(
        self, sign_in, discussed, surgeon, page, at, typed, plan, episode
    ):
        discussed(*FIVE)
        client = sign_in(surgeon)
        self.keep(client, at, typed(plan_seen=plan.pk))
        proposed_plan(episode, surgeon)
        body = opened(client, page)
        assert "The plan is now Plan 2; it was another when this draft was begun" in body
        assert chosen(body, "outcome") == ""

    def test_one_begun_before_somebody_decided_shows_both(
        self, sign_in, discussed, surgeon, people, details, page, at, typed, listing
    ):
        discussed(*FIVE)
        client = sign_in(people[Role.ONCOLOGIST])
        self.keep(client, at, typed(rationale="Mine"))
        services.record_decision(
            listing=listing, details=details(outcome=Outcome.TRIAL, rationale="Theirs"), by=surgeon
        )
        body = opened(client, page)
        assert f"{surgeon} recorded a decision after this draft was begun" in body
        assert "Theirs" in body
        assert chosen(body, "rationale") == "Mine"
        assert chosen(body, "replaces") == str(Decision.objects.get().pk)


class TestWhoRead:
    def test_a_refused_decision_shows_the_case_so_that_it_is_read(
        self, sign_in, discussed, surgeon, page, typed, listing, meeting
    ):
        discussed(*FIVE)
        type(meeting).objects.filter(pk=meeting.pk).update(status="finished")
        answer = sign_in(surgeon).post(page, typed())
        assert answer.status_code == 409
        assert Read.objects.filter(by=surgeon, patient_ids=[listing.episode.case.patient_id]).count() == 1

    def test_a_draft_too_long_for_a_page_without_a_script_too(
        self, sign_in, discussed, surgeon, typed, listing
    ):
        discussed(*FIVE)
        at = reverse("room:draft", args=[listing.pk])
        assert sign_in(surgeon).post(at, typed(rationale="x" * 50_000)).status_code == 400
        assert Read.objects.filter(by=surgeon).count() == 1

    def test_what_leads_to_another_page_or_names_nobody_is_no_reading(
        self, sign_in, discussed, surgeon, coordinator, page, typed, listing, meeting
    ):
        discussed(*FIVE)
        assert sign_in(surgeon).post(page, typed(outcome="surveillance")).status_code == 302
        type(meeting).objects.filter(pk=meeting.pk).update(status="finished")
        refused = sign_in(coordinator).post(reverse("room:discuss", args=[listing.pk]))
        assert refused.status_code == 409
        assert not Read.objects.exists()


class TestTwoWhoDecide:
    def test_the_second_sees_the_others_decision_with_its_actions_and_dissent(
        self, sign_in, discussed, surgeon, people, details, page, typed
    ):
        nurse, oncologist = people[Role.NURSE_SPECIALIST], people[Role.ONCOLOGIST]
        services.record_decision(
            listing=discussed(*FIVE),
            details=details(
                outcome=Outcome.TRIAL,
                rationale="A trial fits",
                actions=[services.ActionDetails("Ask the trial nurse", nurse, timezone.localdate())],
                dissents=[services.DissentDetails(nurse, "Too far to travel")],
            ),
            by=surgeon,
        )
        client = sign_in(oncologist)
        sent = typed(
            **{
                "dissents-TOTAL_FORMS": "1",
                "dissents-0-person": surgeon.pk,
                "dissents-0-reason": "Surgery first",
            }
        )
        answer = client.post(page, sent)
        assert answer.status_code == 409
        words = text_of(answer)
        for shown in (
            "A trial fits",
            "Ask the trial nurse",
            "Too far to travel",
            "Surgery first",
            f"{surgeon}",
        ):
            assert shown in words, shown
        replaces = chosen(answer.content.decode(), "replaces")
        client.post(page, sent | {"replaces": replaces})
        second = Decision.objects.latest("pk")
        assert second.replaces_id == int(replaces)
        assert second.recorded_by == oncologist

    def test_pressed_twice_it_is_recorded_once(self, sign_in, discussed, surgeon, page, typed):
        discussed(*FIVE)
        client = sign_in(surgeon)
        client.post(page, typed())
        again = client.post(page, typed(), follow=True)
        assert "You recorded this decision already" in text_of(again)
        assert Decision.objects.count() == 1

    @pytest.mark.parametrize(
        "more",
        [
            {"tell_by_on": "2040-03-05"},
            {"covered": ITEMS[0].code},
            {"options_considered": "Biopsy first"},
            {"trial_note": "None is open"},
            {"responsible": Role.ONCOLOGIST},
            {"tells_patient": Role.ONCOLOGIST},
            {"dissents-0-person": Role.ONCOLOGIST, "dissents-0-reason": "I would operate"},
            {
                "actions-0-text": "Stop the anticoagulant",
                "actions-0-owner": Role.ONCOLOGIST,
                "actions-0-due_on": "2040-03-05",
            },
        ],
    )
    def test_whatever_else_stands_in_a_second_window_is_compared_and_kept(
        self, sign_in, discussed, surgeon, people, page, typed, more
    ):
        discussed(*FIVE)
        client = sign_in(surgeon)
        client.post(page, typed(outcome="surveillance"))
        more = {name: people[text].pk if text in people else text for name, text in more.items()}
        rows = {"actions-TOTAL_FORMS": "1", "dissents-TOTAL_FORMS": "1", "window": "two"}
        answer = client.post(page, typed(outcome="surveillance", **rows | more))
        assert answer.status_code == 409
        assert "in another window" in text_of(answer)
        kept = DecisionDraft.objects.get().typed
        assert all(kept[name] == str(text) for name, text in more.items())

    def test_the_same_with_its_actions_and_dissent_is_recorded_once(
        self, sign_in, discussed, surgeon, people, page, typed
    ):
        discussed(*FIVE[:4])
        client = sign_in(surgeon)
        rows = {
            "actions-TOTAL_FORMS": "1",
            "actions-0-text": " Scan ",
            "actions-0-owner": people[Role.RADIOLOGIST].pk,
            "actions-0-due_on": timezone.localdate().isoformat(),
            "dissents-TOTAL_FORMS": "1",
            "dissents-0-person": people[Role.ONCOLOGIST].pk,
            "dissents-0-reason": "I would operate",
            "to_ratify_by": people[FIVE[4]].pk,
            "covered": [ITEMS[0].code, ITEMS[1].code],
        }
        client.post(page, typed(**rows))
        again = client.post(page, typed(**rows), follow=True)
        assert "You recorded this decision already" in text_of(again)
        assert Decision.objects.count() == 1

    def test_other_words_in_a_second_window_of_ones_own_are_compared(
        self, sign_in, discussed, surgeon, page, typed
    ):
        discussed(*FIVE)
        client = sign_in(surgeon)
        client.post(page, typed())
        answer = client.post(page, typed(rationale="Other words", window="two"))
        assert answer.status_code == 409
        assert "You recorded a decision on this case in another window" in text_of(answer)
        assert "Other words" in text_of(answer)


class TestCorrecting:
    @pytest.fixture
    def first(self, discussed, details, surgeon, people):
        nurse, today = people[Role.NURSE_SPECIALIST], timezone.localdate()
        return services.record_decision(
            listing=discussed(*FIVE),
            details=details(
                outcome=Outcome.MORE_IMAGING,
                intent="palliative",
                actions=[services.ActionDetails(text, nurse, today) for text in ("Scan", "Bloods")],
                dissents=[services.DissentDetails(people[Role.ONCOLOGIST], "Treat now")],
            ),
            by=surgeon,
        )

    def test_it_comes_with_what_was_recorded(self, sign_in, first, surgeon, people, page):
        body = opened(sign_in(surgeon), page)
        assert chosen(body, "outcome") == "more_imaging"
        assert chosen(body, "intent") == "palliative"
        assert chosen(body, "dissents-0-reason") == ""
        assert "dissent and open actions go on" in body
        assert body.count('name="still_needed"') == 2
        assert body.count('name="still_needed" value') == len(
            re.findall(r'"still_needed"[^>]* checked', body)
        )

    def test_open_actions_go_on_unless_somebody_says_otherwise(self, sign_in, first, surgeon, page, typed):
        scan, bloods = first.actions.order_by("pk")
        client = sign_in(surgeon)
        sent = typed(replaces=first.pk, offered=f"{scan.pk} {bloods.pk}", still_needed=[scan.pk])
        client.post(page, sent)
        assert Decision.objects.latest("pk").replaces == first
        for action in (scan, bloods):
            action.refresh_from_db()
        assert (scan.done_at, scan.not_needed_reason) == (None, "")
        assert bloods.not_needed_reason

    def test_what_the_page_did_not_show_is_left_alone(self, sign_in, first, surgeon, page, typed):
        sign_in(surgeon).post(page, typed(replaces=first.pk))
        assert not first.actions.exclude(not_needed_reason="").exists()


class TestWhatAColleagueSetMeanwhile:
    """An action that the page never asked about is not closed by what its page says of others."""

    @pytest.fixture
    def set_meanwhile(self, details, people, listing, plan):
        def set_meanwhile():
            oncologist = people[Role.ONCOLOGIST]
            action = services.ActionDetails("Ask for the chest CT", oncologist, timezone.localdate())
            services.record_decision(
                listing=listing,
                details=details(outcome=Outcome.SURVEILLANCE, actions=(action,)),
                plan_seen=plan,
                by=oncologist,
            )
            return Decision.objects.get().actions.get()

        return set_meanwhile

    def sends_again(self, client, page, body, sent):
        hidden = ("offered", "replaces", "draft_version", "plan_seen", "window")
        ticked = re.findall(r'name="still_needed" value="(\d+)"[^>]* checked', body)
        return client.post(
            page, sent | {name: chosen(body, name) for name in hidden} | {"still_needed": ticked}
        )

    def test_it_goes_on_after_an_old_draft_is_opened_and_saved(
        self, sign_in, discussed, surgeon, page, typed, listing, set_meanwhile
    ):
        discussed(*FIVE)
        client, sent = sign_in(surgeon), typed(outcome="surveillance", rationale="Mine")
        client.post(reverse("room:draft", args=[listing.pk]), sent | {"draft_version": "0"})
        action = set_meanwhile()
        assert self.sends_again(client, page, opened(client, page), sent).status_code == 302
        action.refresh_from_db()
        assert (action.done_at, action.not_needed_reason) == (None, "")

    def test_it_goes_on_after_a_refused_decision_is_sent_again(
        self, sign_in, discussed, surgeon, page, typed, set_meanwhile
    ):
        discussed(*FIVE)
        client, sent = sign_in(surgeon), typed(outcome="surveillance", rationale="Mine")
        action = set_meanwhile()
        refused = client.post(page, sent).content.decode()
        assert f'value="{action.pk}"' in refused
        assert f'name="offered" value="{action.pk}"' in refused
        for body in (refused, opened(client, page)):
            assert re.search(rf'name="still_needed" value="{action.pk}"[^>]* checked', body)
        assert self.sends_again(client, page, refused, sent).status_code == 302
        action.refresh_from_db()
        assert action.done_at is None

    def test_one_that_the_draft_was_asked_about_stays_unticked(
        self, sign_in, discussed, surgeon, people, page, typed, listing, set_meanwhile
    ):
        discussed(*FIVE)
        action, client = set_meanwhile(), sign_in(surgeon)
        at = reverse("room:draft", args=[listing.pk])
        client.post(at, typed(draft_version="0", offered=str(action.pk), replaces=Decision.objects.get().pk))
        body = opened(client, page)
        assert f'name="still_needed" value="{action.pk}"' in body
        assert not re.search(r'name="still_needed" value="\d+"[^>]* checked', body)


@pytest.mark.django_db(transaction=True)
def test_two_browsers_save_in_the_same_moment_and_one_decision_stands(
    discussed, surgeon, people, page, typed
):
    discussed(*FIVE)
    start = Barrier(2)

    def save(person, rationale):
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        try:
            start.wait(timeout=20)
            return client.post(page, typed(rationale=rationale, replaces=""))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        pairs = [(surgeon, "Words of the surgeon"), (people[Role.ONCOLOGIST], "Words of the oncologist")]
        answers = list(threads.map(lambda pair: save(*pair), pairs))
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    decision = Decision.objects.get()
    (refused,) = [answer for answer in answers if answer.status_code == 409]
    words = text_of(refused)
    assert decision.rationale in words
    assert "Words of the surgeon" in words
    assert "Words of the oncologist" in words
    assert "recorded a decision on this case while you were typing" in words


@pytest.mark.django_db(transaction=True)
def test_a_double_press_of_one_person_records_once(discussed, surgeon, page, typed):
    discussed(*FIVE)
    start = Barrier(2)

    def save(_):
        client = Client()
        client.force_login(surgeon, backend="allauth.account.auth_backends.AuthenticationBackend")
        try:
            start.wait(timeout=20)
            return client.post(page, typed(replaces=""))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(save, range(2)))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Decision.objects.count() == 1

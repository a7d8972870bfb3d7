"""Standard of care cases as a block in the meeting: shown together, recorded together, any one pulled out."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Event, Read
from audit.workflow import WrongState
from mdt import services
from mdt.models import Decision, Listing
from mdt.workflow import MeetingStatus, Track
from tests import factories
from tests.mdt.conftest import proposed_plan
from tests.mdt.standards import in_force
from tests.mdt.test_standard_cases import ready_case
from tests.treatments.pages import text_of
from treatments.models import Plan

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]


@pytest.fixture
def standard(team):
    return in_force(team)


@pytest.fixture
def listed(team, people, put_on_list, surgeon, standard):
    """So many cases of the meeting that fit the standard, each proposed or confirmed."""

    def listed(*states):
        rows = []
        for state in states:
            episode = ready_case(team, people)
            row = put_on_list(episode, plan=proposed_plan(episode, surgeon), gaps_reason="")
            if state == "confirmed":
                row = services.confirm_standard(listing=row, version=row.version, by=surgeon)
            rows.append(row)
        return rows

    return listed


@pytest.fixture
def page(meeting):
    return reverse("room:standards", args=[meeting.pk])


def at(name, listing):
    return reverse(f"room:{name}", args=[listing.pk])


def part(client, page, name):
    """The words of one part of the page."""
    body = client.get(page).content.decode()
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', body, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])) if found else ""


def reference(listing):
    return listing.episode.case.reference


def record(client, page, *, act=lambda: None):
    """Opens the block, lets `act` happen meanwhile, and presses the button."""
    body = client.get(page).content.decode()
    act()
    return client.post(page, {"seen": re.findall(r'name="seen" value="([^"]*)"', body)}, follow=True)


class TestThePage:
    def test_each_case_says_what_it_rests_on_and_who_confirmed_it(self, listed, page, sign_in, surgeon):
        first, second = listed("confirmed", "proposed")
        client = sign_in(surgeon)
        ready = part(client, page, "to-record")
        for words in (
            reference(first),
            "Can the leg be kept?",
            "Leiomyosarcoma",
            "82 mm",
            "Large deep sarcoma of a limb",
            "adiotherapy",
            f"Confirmed by {surgeon}",
        ):
            assert words in ready
        assert reference(second) not in ready
        unconfirmed = part(client, page, "unconfirmed")
        assert reference(second) in unconfirmed
        assert "Not confirmed: it is discussed" in unconfirmed

    def test_what_stops_a_case_is_said_beside_it(self, listed, page, sign_in, surgeon):
        (row,) = listed("confirmed")
        Plan.objects.filter(pk=row.plan_id).update(status="superseded")
        said = part(sign_in(surgeon), page, "to-record")
        assert "Cannot be recorded:" in said
        assert "1 of them cannot be recorded as it is" in text_of(sign_in(surgeon).get(page))

    def test_a_meeting_without_any_says_so(self, page, sign_in, surgeon):
        said = text_of(sign_in(surgeon).get(page))
        assert "No case of this meeting is dealt with by a standard of care." in said

    def test_the_meeting_and_the_list_to_go_to_lead_there(self, listed, meeting, page, sign_in, surgeon):
        (row,) = listed("confirmed")
        client = sign_in(surgeon)
        for there in (reverse("mdt:meeting", args=[meeting.pk]), at("case", row)):
            assert f'href="{page}"' in client.get(there).content.decode()

    def test_it_costs_the_same_however_many_cases(
        self, listed, page, sign_in, surgeon, django_assert_max_num_queries
    ):
        client = sign_in(surgeon)
        listed("confirmed", "proposed")
        client.get(page)
        with django_assert_max_num_queries(16) as few:
            client.get(page)
        listed("confirmed", "proposed", "confirmed")
        with django_assert_max_num_queries(len(few)):
            client.get(page)

    def test_every_reading_is_noted_and_an_unchanged_page_reads_nothing(self, listed, page, sign_in, surgeon):
        (row,) = listed("confirmed")
        client = sign_in(surgeon)
        body = client.get(page).content.decode()
        noted = Read.objects.filter(view="room:standards", by=surgeon)
        assert [each.patient_ids for each in noted] == [[row.episode.case.patient_id]]
        mark = re.search(r'data-seen="(\w+)"', body)[1]
        assert client.get(page, {"seen": mark}).status_code == 204
        assert noted.count() == 1
        services.pull_back(listing=row, reason="Why not operate first?", by=surgeon)
        now = client.get(page, {"seen": mark})
        assert (now.status_code, "Why not operate first?" in now.content.decode()) == (200, True)

    @pytest.mark.parametrize("where", ["patient", "case", "episode"])
    def test_any_change_of_the_record_shows_it_anew(self, listed, page, sign_in, surgeon, where):
        """Also one that leaves no event with the case, as when the register of patients says that somebody died."""
        (row,) = listed("confirmed")
        client = sign_in(surgeon)
        mark = re.search(r'data-seen="(\w+)"', client.get(page).content.decode())[1]
        changed = {"patient": row.episode.case.patient, "case": row.episode.case, "episode": row.episode}[
            where
        ]
        with transaction.atomic():
            type(changed).objects.filter(pk=changed.pk).update(id=changed.pk)
        assert client.get(page, {"seen": mark}).status_code == 200

    def test_another_teams_block_is_not_found(self, page, sign_in):
        assert sign_in(factories.member(Role.SURGEON, factories.team())).get(page).status_code == 404

    @pytest.mark.parametrize("role", TEAM_ROLES)
    def test_it_opens_for_the_roles_of_the_permission_table(self, role, team, page, sign_in):
        allowed = Permission.SEE_CASES in ROLE_PERMISSIONS[role]
        assert sign_in(factories.member(role, team)).get(page).status_code == (200 if allowed else 403)


class TestRecording:
    def test_the_block_is_recorded_at_once_with_its_count(self, listed, page, sign_in, surgeon, open_meeting):
        rows = listed("confirmed", "confirmed", "proposed")
        open_meeting()
        client = sign_in(surgeon)
        assert "Record 2 cases as one block" in text_of(client.get(page))
        said = text_of(record(client, page))
        assert "2 standard-of-care decisions recorded." in said
        assert Decision.objects.filter(kind="standard_of_care").count() == 2
        recorded = part(client, page, "recorded")
        assert [reference(row) in recorded for row in rows] == [True, True, False]

    def test_what_is_left_out_is_named_with_why(self, listed, page, sign_in, surgeon, open_meeting):
        good, bad = listed("confirmed", "confirmed")
        open_meeting()
        Plan.objects.filter(pk=bad.plan_id).update(status="superseded")
        client = sign_in(surgeon)
        said = text_of(record(client, page))
        assert "1 standard-of-care decision recorded." in said
        assert f"{reference(bad)} goes back to discussion:" in said
        assert reference(bad) in part(client, page, "pulled-out")
        assert reference(good) in part(client, page, "recorded")

    def test_only_what_the_page_showed_is_recorded(
        self, listed, page, sign_in, surgeon, people, open_meeting
    ):
        seen, changed, later = listed("confirmed", "confirmed", "proposed")
        open_meeting()

        def act():
            services.pull_back(listing=changed, reason="Let us see.", by=surgeon)
            services.put_back(listing=changed, by=surgeon)
            oncologist = people[Role.ONCOLOGIST]
            services.confirm_standard(listing=later, version=later.version, by=oncologist)

        client = sign_in(surgeon)
        later.refresh_from_db()
        said = text_of(record(client, page, act=act))
        assert "1 standard-of-care decision recorded." in said
        assert list(Decision.objects.values_list("listing", flat=True)) == [seen.pk]
        for row in (changed, later):
            words = f"{reference(row)} was confirmed or changed after the page was opened, so it was left."
            assert words in said
            assert reference(row) in part(client, page, "to-record")

    @pytest.mark.parametrize("sent", ["", "x:1", "1:x", "9" * 30 + ":1", "1", ":"])
    def test_what_is_no_case_and_version_was_not_seen(
        self, listed, page, sign_in, surgeon, open_meeting, sent
    ):
        listed("confirmed")
        open_meeting()
        assert "so it was left" in text_of(sign_in(surgeon).post(page, {"seen": sent}, follow=True))
        assert not Decision.objects.exists()

    def test_before_the_opening_nothing_is_recorded(self, listed, page, sign_in, surgeon):
        listed("confirmed")
        client = sign_in(surgeon)
        assert "Record 1 case" not in text_of(client.get(page))
        assert "Standards of care are recorded from its opening on" in text_of(client.post(page, follow=True))
        assert not Decision.objects.exists()

    def test_a_nurse_sees_the_block_and_does_not_record_it(self, listed, page, sign_in, people, open_meeting):
        listed("confirmed")
        open_meeting()
        client = sign_in(people[Role.NURSE_SPECIALIST])
        assert "as one block" not in text_of(client.get(page))
        assert client.post(page).status_code == 403

    def test_a_consultant_confirms_one_on_the_page(self, listed, page, sign_in, surgeon):
        (row,) = listed("proposed")
        sent = {"version": row.version, "from": "block"}
        answer = sign_in(surgeon).post(reverse("mdt:standard_confirm", args=[row.pk]), sent)
        assert answer.headers["Location"] == page
        row.refresh_from_db()
        assert row.track == Track.STANDARD_OF_CARE


class TestPullingOut:
    @pytest.mark.parametrize("state", ["confirmed", "proposed"])
    def test_one_press_is_enough(self, listed, page, sign_in, people, state):
        (row,) = listed(state)
        nurse = people[Role.NURSE_SPECIALIST]
        client = sign_in(nurse)
        answer = client.post(at("pull_out", row))
        assert answer.headers["Location"] == page
        row.refresh_from_db()
        assert (row.track, row.pulled_back_by) == (Track.DISCUSS, nurse)
        assert row.pulled_back_reason == "Pulled out in the meeting"
        said = part(client, page, "pulled-out")
        assert f"Pulled out by {nurse}" in said
        assert "Undo" in said

    def test_a_reason_of_ones_own_can_be_given(self, listed, sign_in, surgeon):
        (row,) = listed("confirmed")
        client = sign_in(surgeon)
        assert "Pulled out in the meeting" in text_of(client.get(at("pull_out", row)))
        client.post(at("pull_out", row), {"reason": "The patient is frail."})
        row.refresh_from_db()
        assert row.pulled_back_reason == "The patient is frail."

    @pytest.mark.parametrize("reason", ["", "x" * 301])
    def test_a_reason_that_cannot_be_is_asked_for_again(self, listed, sign_in, surgeon, reason):
        (row,) = listed("confirmed")
        assert sign_in(surgeon).post(at("pull_out", row), {"reason": reason}).status_code == 200
        row.refresh_from_db()
        assert row.track == Track.STANDARD_OF_CARE

    def test_on_the_case_on_screen_by_the_same_key(self, listed, sign_in, surgeon, open_meeting):
        (row,) = listed("confirmed")
        open_meeting()
        client = sign_in(surgeon)
        assert 'id="who-pull" type="submit" data-key="o"' in client.get(at("case", row)).content.decode()
        answer = client.post(at("pull_out", row), {"from": "case"})
        assert answer.headers["Location"] == at("case", row)
        body = client.get(at("case", row)).content.decode()
        assert "who-pull" not in body
        assert "who-put-back" in body

    def test_a_case_that_is_discussed_anyway_has_no_such_button(self, listing, sign_in, surgeon):
        assert "who-pull" not in sign_in(surgeon).get(at("case", listing)).content.decode()

    def test_who_may_not_has_no_button_and_is_refused(self, listed, page, sign_in, team):
        (row,) = listed("confirmed")
        client = sign_in(factories.member(Role.OBSERVER, team))
        assert "data-key" not in client.get(page).content.decode()
        assert client.post(at("pull_out", row)).status_code == 403
        assert client.post(at("put_back", row)).status_code == 403


class TestUndoing:
    @pytest.mark.parametrize(
        ("state", "track"), [("confirmed", Track.STANDARD_OF_CARE), ("proposed", Track.DISCUSS)]
    )
    def test_it_is_as_it_was(self, listed, page, sign_in, surgeon, state, track):
        (row,) = listed(state)
        client = sign_in(surgeon)
        client.post(at("pull_out", row))
        client.post(at("put_back", row))
        row.refresh_from_db()
        assert (row.track, row.pulled_back_by, row.pulled_back_reason) == (track, None, "")
        assert reference(row) in part(client, page, "to-record" if state == "confirmed" else "unconfirmed")
        assert Event.objects.filter(type="standard.put_back", by=surgeon, target_id=row.pk).count() == 1

    def test_a_confirmation_that_a_change_undid_does_not_come_back(
        self, listed, meeting, surgeon, open_meeting
    ):
        (row,) = listed("confirmed")
        open_meeting()
        plan = row.plan
        Plan.objects.filter(pk=plan.pk).update(status="superseded")
        services.record_standards(meeting=meeting, by=surgeon)
        Plan.objects.filter(pk=plan.pk).update(status="proposed")
        services.pull_back(listing=row, reason="No.", by=surgeon)
        assert services.put_back(listing=row, by=surgeon).track == Track.DISCUSS

    def test_only_by_who_pulled_it_out(self, listed, people, surgeon):
        (row,) = listed("confirmed")
        services.pull_back(listing=row, reason="No.", by=people[Role.NURSE_SPECIALIST])
        with pytest.raises(WrongState, match="Who did it can undo it"):
            services.put_back(listing=row, by=surgeon)

    def test_not_once_it_is_discussed(self, listed, surgeon, coordinator, open_meeting, sign_in):
        (row,) = listed("confirmed")
        open_meeting()
        services.pull_back(listing=row, reason="No.", by=surgeon)
        services.start_discussion(listing=row, by=coordinator)
        said = text_of(sign_in(surgeon).post(at("put_back", row), follow=True))
        assert "Being discussed" in said or "being discussed" in said
        assert Listing.objects.get(pk=row.pk).track == Track.DISCUSS

    def test_not_after_the_session(self, listed, meeting, surgeon):
        (row,) = listed("confirmed")
        services.pull_back(listing=row, reason="No.", by=surgeon)
        type(meeting).objects.filter(pk=meeting.pk).update(status=MeetingStatus.OUTCOMES_TO_FINISH)
        with pytest.raises(WrongState, match="settled when its session ended"):
            services.put_back(listing=row, by=surgeon)

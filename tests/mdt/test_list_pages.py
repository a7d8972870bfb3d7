"""Pages around a meeting's list: building it, late additions, order, one's own calendar, the team."""

import logging
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from accounts.services import save_record
from audit.models import Read
from config.hiding import HideSecrets
from mdt import services
from mdt.models import CalendarFeed, Listing, Meeting, SetAside
from mdt.workflow import ListingStatus, MeetingStatus
from tests import factories
from tests.mdt.conftest import proposed_plan, recorded_case
from tests.mdt.test_views import text_of

pytestmark = pytest.mark.django_db
P = Permission
TEAM_ROLES = [
    role
    for role in Role
    if role not in (Role.REFERRER, Role.HOSPITAL_SYSTEM, Role.INTEGRATION_ENGINEER, Role.ADMINISTRATOR)
]
PAGES = {
    "mdt:proposals": P.LIST_CASES,
    "mdt:arrange": P.LIST_CASES,
    "mdt:meeting_change": P.RUN_MEETING,
}


def ready_case(team, surgeon, **fields):
    """One that a meeting can hear as it is, but for its clinical facts."""
    case = factories.case(team, responsible_consultant=surgeon, patient_knows="That it is a lump.", **fields)
    case.referrals.create(
        patient=case.patient,
        team=team,
        organisation=factories.organisation(),
        referrer_name="Dr Early",
        received_on=case.opened_on,
        reason="A lump",
        question="Is it a sarcoma?",
    )
    return case


@pytest.fixture
def ready(team, surgeon):
    return ready_case(team, surgeon)


class TestWhoMayOpen:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.parametrize("role", TEAM_ROLES)
    def test_as_the_permission_table_says(self, sign_in, team, meeting, name, role):
        answer = sign_in(factories.member(role, team)).get(reverse(name, args=[meeting.pk]))
        assert answer.status_code == (200 if PAGES[name] in ROLE_PERMISSIONS[role] else 403)

    @pytest.mark.parametrize("name", PAGES)
    def test_another_teams_meeting_is_not_found(self, sign_in, meeting, name):
        client = sign_in(factories.member(Role.SURGEON, factories.team()))
        assert client.get(reverse(name, args=[meeting.pk])).status_code == 404

    def test_another_teams_listing_and_case_are_not_found(self, sign_in, listing, meeting, ready):
        stranger = sign_in(factories.member(Role.SURGEON, factories.team()))
        for name in ("listing_approve", "listing_undo", "listing_refuse", "listing_place", "listing_off"):
            assert stranger.post(reverse(f"mdt:{name}", args=[listing.pk])).status_code == 404
        row = SetAside.objects.create(meeting=meeting, episode=ready.current_episode, by=listing.listed_by)
        assert stranger.post(reverse("mdt:set_aside_undo", args=[row.pk])).status_code == 404
        own = factories.meeting(factories.team())
        member = sign_in(factories.member(Role.SURGEON, own.team))
        path = reverse("mdt:set_aside", args=[own.pk, ready.current_episode.pk])
        assert member.get(path).status_code == 404

    def test_another_teams_page_is_not_found(self, sign_in, team):
        assert (
            sign_in(factories.member(Role.SURGEON, factories.team()))
            .get(reverse("mdt:team", args=[team.pk]))
            .status_code
            == 404
        )


class TestBuildingTheList:
    def test_reasons_and_what_is_known(self, sign_in, ready, meeting, coordinator):
        words = text_of(sign_in(coordinator).get(reverse("mdt:proposals", args=[meeting.pk])))
        assert "Accepted and ready for its first discussion" in words
        assert "Is it a sarcoma?" in words
        assert Read.objects.filter(view="mdt:proposals", patient_ids__contains=[ready.patient_id]).exists()

    def test_ticked_it_is_on_the_list(self, sign_in, ready, meeting, coordinator, surgeon):
        key = ready.current_episode_id
        typed = {
            "ticked": key,
            f"question-{key}": "Is it one?",
            f"responsible-{key}": surgeon.pk,
            f"patient_knows-{key}": "That it is a lump.",
            f"urgency-{key}": "urgent",
            f"gaps_reason-{key}": "They come before Wednesday.",
        }
        answer = sign_in(coordinator).post(reverse("mdt:proposals", args=[meeting.pk]), typed, follow=True)
        assert "1 case is on the list." in text_of(answer)
        listing = Listing.objects.get()
        assert (listing.question, listing.urgency, listing.source) == ("Is it one?", "urgent", "ready")

    def test_what_is_wrong_stands_beside_it_and_nothing_typed_is_lost(
        self, sign_in, ready, meeting, coordinator
    ):
        key = ready.current_episode_id
        typed = {
            "ticked": key,
            f"question-{key}": "Typed with care",
            f"responsible-{key}": "",
            f"patient_knows-{key}": "Told by the nurse",
            f"urgency-{key}": "urgent",
            f"gaps_reason-{key}": "Because",
        }
        answer = sign_in(coordinator).post(reverse("mdt:proposals", args=[meeting.pk]), typed)
        assert answer.status_code == 400
        page = answer.content.decode()
        assert "Responsible consultant is needed." in page
        for said in ("Typed with care", "Told by the nurse", 'value="Because"'):
            assert said in page
        assert f'value="{key}" checked' in page
        assert not Listing.objects.exists()

    def test_nothing_ticked_is_said(self, sign_in, ready, meeting, coordinator):
        answer = sign_in(coordinator).post(reverse("mdt:proposals", args=[meeting.pk]), follow=True)
        assert "Tick the cases" in text_of(answer)

    def test_what_is_incomplete_is_filled_in_beside_its_tick(
        self, sign_in, team, meeting, coordinator, surgeon
    ):
        case = factories.case(team, patient_knows="Nothing yet", responsible_consultant=surgeon)
        key = case.current_episode_id
        client = sign_in(coordinator)
        path = reverse("mdt:proposals", args=[meeting.pk])
        page = client.get(path).content.decode()
        assert "Not said yet: the question" in page
        assert f'name="ticked" value="{key}"' in page
        assert '<details class="smdt-owed" open>' in page
        assert f'<option value="{surgeon.pk}" selected>' in page
        typed = {
            "ticked": key,
            f"question-{key}": "Is it a sarcoma?",
            f"responsible-{key}": surgeon.pk,
            f"patient_knows-{key}": "Nothing yet",
            f"knows_seen-{key}": "Nothing yet",
            f"urgency-{key}": "routine",
            f"gaps_reason-{key}": "First discussion: biopsy to be decided",
        }
        assert "1 case is on the list." in text_of(client.post(path, typed, follow=True))

    def test_usual_reasons_are_offered_in_both_places(self, sign_in, ready, meeting, coordinator):
        services.sync_gaps(episode=ready.current_episode, by=coordinator)
        client = sign_in(coordinator)
        for path in (
            reverse("mdt:proposals", args=[meeting.pk]),
            reverse("mdt:list_case", args=[ready.reference]),
        ):
            page = client.get(path).content.decode()
            assert '<option value="Imaging suggests a benign tumour">' in page
            assert 'list="usual-reasons"' in page

    def test_what_somebody_wrote_meanwhile_is_shown_and_replaced_only_knowingly(
        self, sign_in, ready, meeting, coordinator, surgeon
    ):
        key = ready.current_episode_id
        typed = {
            "ticked": key,
            f"question-{key}": "Is it one?",
            f"responsible-{key}": surgeon.pk,
            f"patient_knows-{key}": "That it may be a sarcoma",
            f"knows_seen-{key}": "That it is a lump.",
            f"urgency-{key}": "urgent",
            f"gaps_reason-{key}": "They come",
        }
        ready.patient_knows = "Told by the nurse"
        ready.save()
        client, path = sign_in(coordinator), reverse("mdt:proposals", args=[meeting.pk])
        page = client.post(path, typed).content.decode()
        assert "Told by the nurse" in page
        assert "That it may be a sarcoma</textarea>" in page
        assert f'name="knows_seen-{key}" value="Told by the nurse"' in page
        assert not Listing.objects.exists()
        client.post(path, typed | {f"knows_seen-{key}": "Told by the nurse"})
        ready.refresh_from_db()
        assert ready.patient_knows == "That it may be a sarcoma"

    def test_so_does_the_form_of_one_case(self, sign_in, ready, meeting, coordinator, surgeon):
        path = reverse("mdt:list_case", args=[ready.reference])
        typed = {
            "meeting": meeting.pk,
            "question": "Is it one?",
            "responsible": surgeon.pk,
            "patient_knows": "That it may be a sarcoma",
            "knows_seen": "That it is a lump.",
            "urgency": "routine",
            "gaps_reason": "They come",
        }
        ready.patient_knows = "Told by the nurse"
        ready.save()
        client = sign_in(coordinator)
        answer = client.post(path, typed)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Told by the nurse" in text_of(answer)
        assert "That it may be a sarcoma</textarea>" in page
        assert 'name="knows_seen" value="Told by the nurse"' in page
        assert not Listing.objects.exists()
        client.post(path, typed | {"knows_seen": "Told by the nurse"})
        ready.refresh_from_db()
        assert ready.patient_knows == "That it may be a sarcoma"

    def test_a_case_on_another_list_says_which_and_leads_there(
        self, sign_in, listing, team, coordinator, surgeon
    ):
        later = factories.meeting(team, days=11)
        path = reverse("mdt:list_case", args=[listing.episode.case.reference])
        client = sign_in(coordinator)
        assert reverse("mdt:listing_off", args=[listing.pk]) in client.get(path).content.decode()
        typed = {
            "meeting": later.pk,
            "question": "Again?",
            "responsible": surgeon.pk,
            "patient_knows": "A sarcoma",
            "urgency": "routine",
        }
        assert "Put it off there first" in text_of(client.post(path, typed))

    def test_those_left_off_count_as_read(self, sign_in, ready, meeting, coordinator):
        SetAside.objects.create(meeting=meeting, episode=ready.current_episode, by=coordinator)
        sign_in(coordinator).get(reverse("mdt:proposals", args=[meeting.pk]))
        assert Read.objects.filter(view="mdt:proposals", patient_ids__contains=[ready.patient_id]).exists()

    def test_left_off_and_taken_back(self, sign_in, ready, meeting, coordinator):
        client = sign_in(coordinator)
        path = reverse("mdt:set_aside", args=[meeting.pk, ready.current_episode_id])
        assert "Reason is needed" in text_of(client.post(path, {"reason": ""}))
        words = text_of(client.post(path, {"reason": "On holiday"}, follow=True))
        assert "Nothing is proposed for this meeting" in words
        assert "On holiday" in words
        undo = reverse("mdt:set_aside_undo", args=[SetAside.objects.get().pk])
        assert "Is it a sarcoma?" in text_of(client.post(undo, follow=True))

    def test_sixty_cost_as_much_as_one(
        self, sign_in, team, surgeon, meeting, coordinator, django_assert_max_num_queries
    ):
        for _ in range(60):
            ready_case(team, surgeon)
        client = sign_in(coordinator)
        with django_assert_max_num_queries(15):
            client.get(reverse("mdt:proposals", args=[meeting.pk]))


class TestLateAdditions:
    @pytest.fixture
    def late(self, meeting, surgeon, put_on_list, episode):
        meeting.chair, meeting.cut_off_at = surgeon, timezone.now() - timedelta(minutes=1)
        meeting.save()
        return put_on_list(episode, late_reason="The biopsy came today.")

    def test_the_chair_approves_on_the_meetings_page(self, sign_in, late, meeting, surgeon):
        client = sign_in(surgeon)
        words = text_of(client.get(reverse("mdt:meeting", args=[meeting.pk])))
        assert "Waiting for the chair" in words
        assert "The biopsy came today." in words
        client.post(reverse("mdt:listing_approve", args=[late.pk]), {"version": late.version})
        late.refresh_from_db()
        assert late.status == ListingStatus.LISTED

    def test_others_see_who_decides_and_may_not(self, sign_in, late, meeting, surgeon, coordinator):
        client = sign_in(coordinator)
        assert f"{surgeon} decides" in text_of(client.get(reverse("mdt:meeting", args=[meeting.pk])))
        assert client.post(reverse("mdt:listing_approve", args=[late.pk])).status_code == 403
        assert client.post(reverse("mdt:listing_refuse", args=[late.pk]), {"reason": "x"}).status_code == 403

    def test_a_meeting_without_a_chair_says_so(self, sign_in, late, meeting, coordinator):
        Meeting.objects.filter(pk=meeting.pk).update(chair=None)
        words = text_of(sign_in(coordinator).get(reverse("mdt:meeting", args=[meeting.pk])))
        assert "Nobody is named as chair" in words

    def test_the_form_asks_why_so_late(self, sign_in, meeting, surgeon, ready, coordinator):
        meeting.chair, meeting.cut_off_at = surgeon, timezone.now()
        meeting.save()
        path = reverse("mdt:list_case", args=[ready.reference])
        typed = {
            "meeting": meeting.pk,
            "question": "Is it one?",
            "responsible": surgeon.pk,
            "patient_knows": "A lump",
            "urgency": "routine",
            "gaps_reason": "They come",
        }
        client = sign_in(coordinator)
        assert "after the cut-off" in text_of(client.post(path, typed))
        words = text_of(client.post(path, typed | {"late_reason": "Today"}, follow=True))
        assert f"waits for {surgeon}, who chairs the meeting" in words

    def test_what_waits_is_taken_off_and_not_put_off(self, sign_in, late, coordinator):
        path = reverse("mdt:listing_off", args=[late.pk])
        client = sign_in(coordinator)
        assert "Put off to the next meeting" not in text_of(client.get(path))
        client.post(path, {"to": "withdrawn", "note": "Not now"})
        late.refresh_from_db()
        assert late.status == ListingStatus.WITHDRAWN

    def test_whoever_asked_and_became_chair_has_no_button(self, sign_in, late, meeting, coordinator):
        Meeting.objects.filter(pk=meeting.pk).update(chair=coordinator)
        words = text_of(sign_in(coordinator).get(reverse("mdt:meeting", args=[meeting.pk])))
        assert "somebody else approves it" in words
        assert "Approve" not in words


class TestTheOrder:
    def test_previewed_then_done(self, sign_in, put_on_list, team, people, meeting, coordinator):
        put_on_list(recorded_case(team, people))
        guest = put_on_list(recorded_case(team, people), guest="Mr Sims")
        client = sign_in(coordinator)
        page = client.get(reverse("mdt:arrange", args=[meeting.pk]))
        assert "2 cases move" in text_of(page)
        seen = re.search(r'name="seen" value="([\d,]+)"', page.content.decode())[1]
        client.post(reverse("mdt:arrange", args=[meeting.pk]), {"seen": seen})
        guest.refresh_from_db()
        assert guest.position == 1
        assert client.post(reverse("mdt:arrange", args=[meeting.pk]), {"seen": seen}).status_code == 409

    def test_to_a_place_typed(self, sign_in, put_on_list, team, people, coordinator):
        first, second = (put_on_list(recorded_case(team, people)) for _ in range(2))
        client = sign_in(coordinator)
        client.post(reverse("mdt:listing_place", args=[second.pk]), {"to": "1"})
        first.refresh_from_db()
        assert first.position == 2
        for wrong, words in (("x", "whole number"), ("9", "from 1 to 2")):
            answer = client.post(reverse("mdt:listing_place", args=[second.pk]), {"to": wrong}, follow=True)
            assert words in text_of(answer)


class TestPuttingOff:
    def test_to_the_next_meeting_and_undone(self, sign_in, listing, meeting, team, coordinator):
        later = factories.meeting(team, days=11)
        client = sign_in(coordinator)
        path = reverse("mdt:listing_off", args=[listing.pk])
        assert "Choose why it is put off" in text_of(client.post(path, {"to": "next"}))
        words = text_of(client.post(path, {"to": "next", "reason": "radiology"}, follow=True))
        assert "postponed, radiology" in words
        assert Listing.objects.get(meeting=later).status == ListingStatus.LISTED
        client.post(reverse("mdt:listing_undo", args=[listing.pk]))
        listing.refresh_from_db()
        assert listing.status == ListingStatus.LISTED


class TestTheMeeting:
    def test_sixty_cases_in_twelve_statements(
        self, sign_in, put_on_list, team, people, surgeon, coordinator, meeting, django_assert_max_num_queries
    ):
        for number in range(60):
            episode = factories.episode_with_facts(team)
            plan = proposed_plan(episode, surgeon) if number % 10 == 0 else None
            put_on_list(episode, plan=plan, urgency="urgent" if number % 2 else "routine")
        client = sign_in(coordinator)
        with django_assert_max_num_queries(12):
            page = client.get(reverse("mdt:meeting", args=[meeting.pk]))
        words = text_of(page)
        assert "180 of 120 minutes filled" in words
        assert "60 min over" in words
        narrowed = text_of(client.get(f"{reverse('mdt:meeting', args=[meeting.pk])}?show=urgent"))
        assert "Urgent 30" in narrowed
        assert narrowed.count("Can the leg be kept?") == 30

    def test_time_and_place_change_and_a_stale_change_shows_both(self, sign_in, meeting, coordinator):
        client = sign_in(coordinator)
        path = reverse("mdt:meeting_change", args=[meeting.pk])
        day = (timezone.localdate() + timedelta(days=9)).isoformat()
        typed = {"day": day, "starts": "10:15", "place": "Room 7", "version": meeting.version}
        client.post(path, typed)
        meeting.refresh_from_db()
        assert (meeting.place, meeting.day.isoformat()) == ("Room 7", day)
        answer = client.post(path, typed | {"place": "Room 8"})
        assert answer.status_code == 409
        assert "Room 7" in text_of(answer)

    @pytest.mark.parametrize(("role", "sees"), [(Role.COORDINATOR, True), (Role.OBSERVER, False)])
    def test_one_that_nobody_opened_waits_for_its_coordinator(self, sign_in, meeting, team, role, sees):
        Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now() - timedelta(days=2))
        words = text_of(sign_in(factories.member(role, team)).get(reverse("mdt:meeting_list")))
        assert ("To open or cancel" in words) is sees

    def test_cancelling_is_asked_first(self, sign_in, meeting, listing, coordinator):
        answer = sign_in(coordinator).get(reverse("mdt:meeting_move", args=[meeting.pk]) + "?to=cancelled")
        assert "1 case is put off to another meeting" in text_of(answer)
        meeting.refresh_from_db()
        assert meeting.status == MeetingStatus.PLANNED


class TestTheTeam:
    def test_it_says_how_the_team_works(self, sign_in, team, people, surgeon):
        words = text_of(sign_in(surgeon).get(reverse("mdt:team", args=[team.pk])))
        assert "Wednesdays at 8:30 am" in words
        assert "2 working days before, at 5 pm" in words
        assert "systemic treatment, radiotherapy" in words
        assert "Change the team" not in words

    def test_what_changed_and_by_whom(self, sign_in, team, surgeon):
        admin = factories.member(Role.ADMINISTRATOR, organisation=team.organisation)
        save_record(row=team, changed=["capacity_minutes"], by=admin)
        words = text_of(sign_in(surgeon).get(reverse("mdt:team", args=[team.pk])))
        assert "capacity minutes" in words
        assert str(admin) in words


class TestTheCalendarAddress:
    @pytest.fixture
    def secret(self, coordinator):
        return services.open_feed(by=coordinator)[1]

    def fetch(self, client, secret, **headers):
        return client.get(reverse("mdt:feed_file", args=[secret]), headers=headers)

    def test_made_on_its_page_and_shown_once(self, sign_in, client, coordinator):
        signed_in = sign_in(coordinator)
        page = signed_in.post(reverse("mdt:feed"), {"do": "make"}).content.decode()
        secret = re.search(r"/meetings/calendar/([\w-]{40,})\.ics", page)[1]
        assert secret not in signed_in.get(reverse("mdt:feed")).content.decode()
        feed = CalendarFeed.objects.get()
        assert secret not in feed.secret_sha256
        client.logout()
        assert self.fetch(client, secret).status_code == 200

    def test_it_tells_when_where_and_how_many_and_nothing_of_patients(self, client, secret, listing, meeting):
        meeting.place = "Seminar room, level 2"
        meeting.save()
        answer = self.fetch(client, secret)
        text = answer.content.decode()
        assert answer.headers["Content-Type"].startswith("text/calendar")
        for said in ("SUMMARY:Sarcoma MDT", "LOCATION:Seminar room\\, level 2", "1 case on the list"):
            assert said in text
        case = listing.episode.case
        patient = case.patient
        for secret_word in (case.reference, patient.family_name, patient.nhs_number, listing.question):
            assert secret_word not in text
        assert answer.headers["Referrer-Policy"] == "no-referrer"

    def test_unchanged_it_is_not_sent_again(self, client, secret, meeting):
        first = self.fetch(client, secret)
        assert self.fetch(client, secret, if_none_match=first.headers["ETag"]).status_code == 304
        Meeting.objects.filter(pk=meeting.pk).update(place="Elsewhere")
        assert self.fetch(client, secret, if_none_match=first.headers["ETag"]).status_code == 200

    def test_a_cancelled_meeting_says_so(self, client, secret, meeting, coordinator):
        services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.CANCELLED, by=coordinator)
        assert "STATUS:CANCELLED" in self.fetch(client, secret).content.decode()

    def test_only_meetings_of_the_persons_own_teams(self, client, secret, meeting):
        factories.meeting(factories.team(), place="Far away")
        text = self.fetch(client, secret).content.decode()
        assert text.count("BEGIN:VEVENT") == 1
        assert "Far away" not in text

    def test_withdrawn_it_is_not_found(self, sign_in, client, secret, coordinator):
        sign_in(coordinator).post(reverse("mdt:feed"), {"do": "withdraw"})
        assert self.fetch(client, secret).status_code == 404

    def test_a_new_one_ends_the_one_before(self, client, secret, coordinator):
        _, newer = services.open_feed(by=coordinator)
        assert self.fetch(client, secret).status_code == 404
        assert self.fetch(client, newer).status_code == 200

    def test_it_dies_with_the_account(self, client, secret, coordinator):
        coordinator.is_active = False
        coordinator.save()
        assert self.fetch(client, secret).status_code == 404

    def test_and_with_the_last_membership(self, client, secret, coordinator):
        coordinator.memberships.update(is_active=False)
        assert self.fetch(client, secret).status_code == 404

    @pytest.mark.parametrize("secret", ["x", "A" * 43, "../../admin"])
    def test_a_guess_is_not_found(self, client, secret):
        assert client.get(f"/meetings/calendar/{secret}.ics").status_code == 404

    def test_the_secret_stays_out_of_the_log(self):
        record = logging.LogRecord(
            "django.request", 40, "", 1, "Error: %s", ("/meetings/calendar/" + "s" * 43 + ".ics",), None
        )
        assert HideSecrets().filter(record)
        assert "ssss" not in record.getMessage()
        assert "/calendar/…" in record.getMessage()

    def test_a_referrer_has_none(self, sign_in, team):
        referrer = factories.member(Role.REFERRER, organisation=team.organisation)
        assert sign_in(referrer).get(reverse("mdt:feed")).status_code == 403

    def test_sixty_meetings_cost_as_much_as_one(self, client, secret, team, django_assert_max_num_queries):
        for days in range(1, 60):
            factories.meeting(team, days=days)
        with django_assert_max_num_queries(6):
            self.fetch(client, secret)


def test_a_case_put_off_on_the_screen_leads_back_to_the_screen(sign_in, listing, meeting, coordinator):
    address = reverse("mdt:listing_off", args=[listing.pk])
    told = {"version": listing.version, "to": "postponed", "reason": "radiology"}
    answer = sign_in(coordinator).post(f"{address}?back=screen", told)
    assert answer.url == reverse("room:screen", args=[meeting.pk])

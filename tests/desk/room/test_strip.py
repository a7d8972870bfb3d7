"""The strip of the meeting screen: two answers, six tiles, what is lacking and who could give it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Competence, Role
from mdt import services
from mdt.models import Attendance, Discussion
from mdt.workflow import MeetingStatus
from tests import factories
from tests.mdt.conftest import proposed_plan, recorded_case
from tests.mdt.test_views import text_of
from treatments.services import TreatmentContent

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def strip(sign_in, surgeon, listing):
    """What the strip says, to the surgeon unless told otherwise."""

    def strip(by=surgeon):
        answer = sign_in(by).get(reverse("room:case", args=[listing.pk]))
        body = answer.content.decode()
        return body[body.index('id="there"') : body.index("</section>", body.index('id="there"'))]

    return strip


def words_of(markup):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", "<" + markup)).replace("&#39;", "'")


def tile(markup, role):
    start = markup.index(f'id="there-{role}"')
    return words_of(markup[start : markup.index("</li>", start)])


class TestTwoAnswers:
    def test_before_it_is_open(self, strip):
        words = words_of(strip())
        assert "The meeting is not open yet" in words
        assert "This plan" not in words

    def test_quorate_and_agreeable(self, strip, discussed):
        discussed(*FIVE)
        words = words_of(strip())
        assert "Meeting quorate: 5 of 6 roles" in words
        assert "This plan: can be agreed" in words

    def test_quorate_but_nobody_for_radiotherapy(self, strip, discussed, people, team):
        people[Role.ONCOLOGIST].memberships.update(competences=[Competence.SYSTEMIC_TREATMENT])
        other = factories.member(Role.ONCOLOGIST, team, competences=[Competence.RADIOTHERAPY])
        discussed(*FIVE)
        markup = strip()
        words = words_of(markup)
        assert "Meeting quorate: 5 of 6 roles" in words
        assert "This plan: nobody for radiotherapy" in words
        assert "The plan needs someone who gives radiotherapy." in words
        assert f"Could give it: {other} (not here)" in words
        assert "Radiotherapy: nobody" in tile(markup, "oncologist")
        assert "Systemic:" in tile(markup, "oncologist")
        assert "smdt-quorum__role--part" in markup

    def test_a_meeting_that_is_quorate_and_a_case_that_is_not(
        self, strip, discussed, people, coordinator, listing
    ):
        discussed(*SIX_ROLES)
        services.recuse(listing=listing, person=people[Role.RADIOLOGIST], interest="A cousin", by=coordinator)
        markup = strip()
        words = words_of(markup)
        assert "Meeting quorate: 6 of 6 roles" in words
        assert "This plan: not quorate" in words
        assert "recused" in tile(markup, "radiologist")
        assert "nobody" in tile(markup, "radiologist")
        assert "has stepped aside : A cousin" in words
        assert "Nobody else of this team: ask for cover" in words

    def test_without_a_plan_it_is_about_the_case(self, sign_in, put_on_list, team, people, open_meeting):
        row = put_on_list(recorded_case(team, people))
        open_meeting()
        words = text_of(sign_in(people[Role.SURGEON]).get(reverse("room:case", args=[row.pk])))
        assert "This case: not quorate" in words
        assert "This plan" not in words

    def test_after_the_session(self, strip, discussed, meeting, coordinator):
        discussed(*FIVE)
        services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        words = words_of(strip())
        assert "The session has ended" in words
        assert "This plan: can be agreed" in words

    def test_support_may_be_given_by_a_nurse(self, sign_in, put_on_list, team, people, open_meeting, surgeon):
        episode = recorded_case(team, people)
        plan = proposed_plan(episode, surgeon, (TreatmentContent("best_supportive_care"),))
        row = put_on_list(episode, plan=plan)
        open_meeting()
        words = text_of(sign_in(surgeon).get(reverse("room:case", args=[row.pk])))
        nurse, palliative = people[Role.NURSE_SPECIALIST], people[Role.PALLIATIVE_CARE]
        needs = words[words.index("The plan needs a palliative care doctor or") :]
        assert str(nurse) in needs
        assert str(palliative) in needs


class TestOfWhichTime:
    def test_now_then_while_it_was_discussed(
        self, strip, meeting, listing, people, coordinator, open_meeting
    ):
        open_meeting()
        row = services.record_attendance(meeting=meeting, person=people[Role.RADIOLOGIST], by=coordinator)
        markup = strip()
        assert "Shown: who is here now" in words_of(markup)
        assert "nobody" not in tile(markup, "radiologist")
        services.record_leaving(attendance=row, by=coordinator)
        assert "nobody" in tile(strip(), "radiologist")
        services.start_discussion(listing=listing, by=coordinator)
        assert "Shown: who has been here while it is discussed" in words_of(strip())
        services.end_discussion(listing=listing, by=coordinator)
        late = services.record_attendance(meeting=meeting, person=people[Role.PATHOLOGIST], by=coordinator)
        began = timezone.now() - timedelta(hours=1)
        Attendance.objects.filter(pk=row.pk).update(
            arrived_at=began - timedelta(hours=1), left_at=began - timedelta(minutes=30)
        )
        Discussion.objects.update(started_at=began, ended_at=began + timedelta(minutes=4))
        markup = strip()
        assert "Shown: who was here while it was discussed, " in words_of(markup)
        assert "nobody" in tile(markup, "pathologist")
        assert f"{late.person} (here now, not while it was discussed)" in words_of(markup)
        assert f"{row.person} (has left)" in words_of(markup)


class TestTiles:
    def test_the_sixth_is_not_needed_and_says_so(self, strip, discussed):
        discussed(*SIX_ROLES)
        assert "Not needed for this case’s quorum" in tile(strip(), "palliative_care")

    def test_names_of_one_kind_share_a_line(self, strip, meeting, team, coordinator, open_meeting):
        open_meeting()
        for name in ("Miss Ada Stone", "Mr Ben Hale", "Dr Cy Moss", "Dr Di Wren", "Dr Ed Lark"):
            person = factories.member(Role.SURGEON, team, user=factories.user(full_name=name))
            services.record_attendance(meeting=meeting, person=person, by=coordinator)
        remote = factories.member(Role.SURGEON, team, user=factories.user(full_name="Mr Flo Finch"))
        services.record_attendance(meeting=meeting, person=remote, mode="remote", by=coordinator)
        words = tile(strip(), "surgeon")
        assert "Stone, Hale, 3 more" in words
        assert "Finch, remote" in words

    def test_a_deputy_for_whom(self, strip, meeting, team, people, coordinator, open_meeting):
        open_meeting()
        deputy = factories.member(Role.RADIOLOGIST, team, user=factories.user(full_name="Dr Jo Lark"))
        services.record_attendance(
            meeting=meeting,
            person=deputy,
            mode="remote",
            deputises_for=people[Role.RADIOLOGIST],
            by=coordinator,
        )
        absent = people[Role.RADIOLOGIST].full_name.split()[-1]
        assert f"Lark for {absent}, remote" in tile(strip(), "radiologist")

    def test_who_fills_another_seat_is_said(self, strip, meeting, team, coordinator, open_meeting):
        open_meeting()
        both = factories.member(Role.SURGEON, team)
        factories.member(Role.ONCOLOGIST, team, user=both)
        early = timezone.now() - timedelta(minutes=9)
        services.record_attendance(
            meeting=meeting,
            person=both,
            role=Role.SURGEON,
            at=early,
            until=early + timedelta(minutes=3),
            by=coordinator,
        )
        services.record_attendance(meeting=meeting, person=both, role=Role.ONCOLOGIST, by=coordinator)
        listing = meeting.listings.get()
        Discussion.objects.create(
            listing=listing, started_at=early, ended_at=timezone.now(), marked_by=coordinator
        )
        markup = strip()
        assert "Counts in another role" in tile(markup, "surgeon") + tile(markup, "oncologist")

    def test_whoever_is_observing_gives_nothing(self, strip, meeting, team, coordinator, open_meeting):
        open_meeting()
        observer = factories.member(Role.OBSERVER, team, competences=[Competence.RADIOTHERAPY])
        services.record_attendance(meeting=meeting, person=observer, by=coordinator)
        assert observer.full_name.split()[-1] not in tile(strip(), "oncologist")


class TestFromTheScreen:
    def test_i_am_here_until_it_is_recorded(self, strip, people, open_meeting):
        nurse = people[Role.NURSE_SPECIALIST]
        assert "I am here" not in strip(nurse)
        open_meeting()
        assert "I am here in person" in words_of(strip(nurse))
        services.record_attendance(meeting=Attendance.meeting.get_queryset().get(), person=nurse, by=nurse)
        assert "I am here" not in strip(nurse)

    def test_who_may_not_attend_is_not_asked(self, strip, team, open_meeting):
        open_meeting()
        markup = strip(factories.member(Role.MANAGER, team))
        assert "I am here" not in markup
        assert "steps aside" not in markup
        assert "Who is present" in markup

    def test_who_stepped_aside_is_not_offered_the_decision(self, sign_in, surgeon, discussed, listing, strip):
        discussed(*FIVE)
        page = reverse("room:case", args=[listing.pk])
        assert f"{page}?decide=1" in sign_in(surgeon).get(page).content.decode()
        services.recuse(listing=listing, person=surgeon, interest="A cousin", by=surgeon)
        answer = sign_in(surgeon).get(f"{page}?decide=1")
        assert "Record decision" not in text_of(answer)
        assert f"{page}?decide=1" not in answer.content.decode()
        assert "You have stepped aside" in words_of(strip())

    def test_what_is_read_out_is_one_sentence_for_each_answer_and_role(
        self, sign_in, surgeon, discussed, listing
    ):
        discussed(*FIVE)
        body = sign_in(surgeon).get(reverse("room:case", args=[listing.pk])).content.decode()
        said = re.search(r'data-said="([^"]*)"', body)[1].split("|")
        assert "Meeting quorate: 5 of 6 roles." in said
        assert "This plan: can be agreed." in said
        assert "Palliative care doctor: nobody." in said

    def test_every_part_that_changes_can_be_replaced_by_its_id(self, strip, discussed):
        discussed(*FIVE)
        markup = strip()
        live = re.findall(r'id="([\w-]+)" data-live', markup)
        parts = {"there-answers", "there-me", "there-aside", "there-when"}
        assert {f"there-{role}" for role in SIX_ROLES} | parts == set(live)
        assert 'data-key="p"' in markup

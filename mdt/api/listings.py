"""Places on meetings' lists for hospital systems: put there, changed, taken off, prepared, discussed."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission, Role
from config.api import (
    NUMBER,
    Body,
    Endpoint,
    ListFilters,
    PatientReads,
    ReadMany,
    ReadOne,
    Text,
    Whole,
    act,
    makes,
)
from config.api.fields import OPTIONAL, an_id, of_row, text
from mdt import services
from mdt.api.bodies import ListingReasonBody, episode_of, meeting_of, one_of, plan_of
from mdt.api.rows import ListingDetail, ListingRow
from mdt.models import Decision, Discussion, Listing, Preparation, Recusal
from mdt.services.listings import LONGEST_MINUTES
from mdt.workflow import ListingStatus, ListingUrgency, NotNow, PostponeReason, Track

PATIENT = "episode__case__patient_id"
BY_HAND = [each for each in PostponeReason.choices if each[0] != PostponeReason.CANCELLED]


class ListingChangeBody(Body):
    """What is asked of the MDT, who answers for it, how urgent it is and who joins."""

    question = Text(max_length=2000)
    responsible = an_id("Id of the consultant who answers for the case")
    urgency = serializers.ChoiceField(ListingUrgency.choices)
    plan = an_id("A plan's id; null: the one that is proposed by the meeting", **OPTIONAL)
    guest = text(200, "Who joins for this case")
    minutes = Whole(min_value=1, max_value=LONGEST_MINUTES, **OPTIONAL)


class ListingBody(ListingChangeBody):
    """A case for a meeting's list."""

    case = Text(max_length=20, help_text="Its reference; the current episode is listed")
    meeting = an_id("A meeting's id; null: the team's next one", **OPTIONAL)
    patient_knows = Text(max_length=2000, help_text="It is kept on the case")
    gaps_reason = text(300, "Why it is listed with facts missing")
    late_reason = text(300, "Why it is added after the cut-off")


class ListingPostponeBody(Body):
    """Why it is put off, and onto which list straight away."""

    reason = serializers.ChoiceField(BY_HAND)
    note = text(300)
    to = an_id("Id of a later meeting; null: it is proposed again for the next", **OPTIONAL)


class ListingPlaceBody(Body):
    """The place to which it goes."""

    to = Whole(min_value=1, max_value=1000)


class PreparedRoleBody(Body):
    """For which role."""

    role = serializers.ChoiceField(Role.choices, help_text="One of the six of a team")


class PrepareBody(PreparedRoleBody):
    """For which role, and what to say of it."""

    note = text(500)


class RecuseBody(Body):
    """Who steps aside, and why."""

    person = an_id("Id of a member of the team")
    interest = Text(max_length=300)


class AsideBody(Body):
    """Who."""

    person = an_id("Id of a member of the team")


class ListingFilters(ListFilters):
    """How a list of listings may be narrowed."""

    changes_with = ("meeting", "preparations", "recusals")
    meeting = of_row("meeting_id")
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    status = filters.ChoiceFilter(choices=ListingStatus.choices)
    track = filters.ChoiceFilter(choices=Track.choices)
    team = filters.CharFilter(
        field_name="meeting__team__reference_prefix",
        max_length=5,
        help_text="Code of the team, as in its references",
    )


LISTS = (Permission.LIST_CASES,)
RUNS = (Permission.RUN_MEETING,)
STEPS_ASIDE = (Permission.ATTEND, Permission.RUN_MEETING)


@extend_schema_view(
    list=extend_schema(summary="List the cases on meetings' lists, newest first"),
    retrieve=extend_schema(summary="Read one place on a list", responses=ListingDetail),
)
class Listings(PatientReads, ReadMany, ReadOne, Endpoint):
    """Cases on the lists of meetings of the account's teams."""

    queryset = Listing.objects.none()
    serializer_class = ListingRow
    whole = ListingDetail
    area = "meetings"
    filterset_class = ListingFilters
    lookup_value_regex = NUMBER
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[Listing]:
        rows = Listing.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *ListingRow.columns())
        people = ("responsible", "listed_by", "late_approved_by", "standard_confirmed_by", "pulled_back_by")
        return (
            rows.select_related("meeting", "episode__case__patient", *people)
            .defer("episode__facts", "episode__fact_sources")
            .prefetch_related(
                Prefetch("decisions", Decision.objects.only("id", "listing").order_by("id")),
                Prefetch("discussions", Discussion.objects.order_by("id")),
                Prefetch("recusals", Recusal.objects.select_related("person").order_by("id")),
                Prefetch("preparations", Preparation.objects.select_related("by").order_by("id")),
            )
        )

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]

    @makes("Put a case on a meeting's list", ListingBody, by=LISTS)
    def create(self, told: dict[str, Any]) -> Listing:
        by = self.request.user
        episode = episode_of(by, told.pop("case"))
        named = told.pop("meeting")
        responsible = one_of(episode.case.team_id, told.pop("responsible"), "responsible")
        plan = plan_of(episode.pk, told.pop("plan"))
        told |= {"episode": episode, "responsible": responsible, "plan": plan, "by": by}
        if named:
            return services.list_case(meeting=meeting_of(by, named), **told)
        return services.list_for_next(**told)

    @act("Change what is asked of the MDT", ListingChangeBody, by=LISTS)
    def change(self, listing: Listing, told: dict[str, Any]) -> None:
        responsible = one_of(listing.meeting.team_id, told.pop("responsible"), "responsible")
        plan = plan_of(listing.episode_id, told.pop("plan"))
        services.change_listing(
            listing=listing, responsible=responsible, plan=plan, by=self.request.user, **told
        )

    @act("Take a case off a list", ListingReasonBody, by=LISTS)
    def withdraw(self, listing: Listing, told: dict[str, Any]) -> None:
        services.withdraw_listing(listing=listing, by=self.request.user, **told)

    @act("Put a case off, also straight onto a later list", ListingPostponeBody, by=LISTS)
    def postpone(self, listing: Listing, told: dict[str, Any]) -> None:
        named = told.pop("to")
        to = meeting_of(self.request.user, named, "to") if named else None
        services.postpone_listing(listing=listing, to=to, by=self.request.user, **told)

    @act("Put a case back on the list from which it was taken", by=LISTS)
    def undo(self, listing: Listing, told: dict[str, Any]) -> None:
        services.undo_taking_off(listing=listing, by=self.request.user, **told)

    @act("Approve a late addition as the meeting's chair", by=(Permission.SEE_CASES,))
    def approve(self, listing: Listing, told: dict[str, Any]) -> None:
        services.approve_listing(listing=listing, by=self.request.user, **told)

    @act(
        "Leave a late addition to another meeting as the chair", ListingReasonBody, by=(Permission.SEE_CASES,)
    )
    def refuse(self, listing: Listing, told: dict[str, Any]) -> None:
        services.refuse_listing(listing=listing, by=self.request.user, **told)

    @act("Move a case to a place of its list", ListingPlaceBody, by=LISTS, versioned=False)
    def place(self, listing: Listing, told: dict[str, Any]) -> None:
        services.move_listing(listing=listing, by=self.request.user, **told)

    @act("Mark a case as prepared for a role", PrepareBody, by=(Permission.PREPARE,), versioned=False)
    def prepare(self, listing: Listing, told: dict[str, Any]) -> None:
        services.prepare_case(listing=listing, by=self.request.user, **told)

    @act("Take the mark of preparation back", PreparedRoleBody, by=(Permission.PREPARE,), versioned=False)
    def unprepare(self, listing: Listing, told: dict[str, Any]) -> None:
        services.undo_preparation(listing=listing, by=self.request.user, **told)

    @act("Record that someone steps aside from a case", RecuseBody, by=STEPS_ASIDE, versioned=False)
    def recuse(self, listing: Listing, told: dict[str, Any]) -> None:
        person = one_of(listing.meeting.team_id, told.pop("person"), "person")
        services.recuse(listing=listing, person=person, by=self.request.user, **told)

    @act("Take back that someone stepped aside", AsideBody, by=STEPS_ASIDE, versioned=False)
    def withdraw_recusal(self, listing: Listing, told: dict[str, Any]) -> None:
        found = listing.recusals.filter(person=told["person"]).first()
        if found is None:
            raise NotNow("Nobody of this id has stepped aside from the case.")
        services.withdraw_recusal(recusal=found, by=self.request.user)

    @act("Mark a case as being discussed", by=RUNS)
    def discuss(self, listing: Listing, told: dict[str, Any]) -> None:
        services.start_discussion(listing=listing, by=self.request.user, **told)

    @act("End a case's discussion", by=RUNS)
    def end_discussion(self, listing: Listing, told: dict[str, Any]) -> None:
        services.end_discussion(listing=listing, by=self.request.user, **told)

    @act(
        "Confirm that a standard of care meets a case's need",
        by=(Permission.CONFIRM_STANDARD,),
    )
    def confirm_standard(self, listing: Listing, told: dict[str, Any]) -> None:
        services.confirm_standard(listing=listing, by=self.request.user, **told)

    @act("Pull a case back to discussion", ListingReasonBody, by=(Permission.PULL_BACK,), versioned=False)
    def pull_back(self, listing: Listing, told: dict[str, Any]) -> None:
        services.pull_back(listing=listing, by=self.request.user, **told)

    @act("Undo that one pulled a case back oneself", by=(Permission.PULL_BACK,), versioned=False)
    def put_back(self, listing: Listing, told: dict[str, Any]) -> None:
        services.put_back(listing=listing, by=self.request.user)

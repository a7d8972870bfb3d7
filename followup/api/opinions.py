"""Second opinions for hospital systems: asked for, chased and received by the services that the pages use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.models import Organisation, Team, User
from accounts.permissions import Permission
from config.api import NUMBER, Endpoint, ListFilters, PatientReads, ReadMany, ReadOne, act, makes
from followup.api import named
from followup.api.opinion_shapes import (
    ChangeOpinionBody,
    ConsentBody,
    HandInBody,
    OpinionBody,
    OpinionDetail,
    OpinionReasonBody,
    OpinionRow,
    WhyNotBody,
)
from followup.models import OpinionAnswer, OpinionFile, OpinionView, SecondOpinion
from followup.services.opinion import following, opinions, sending
from followup.services.opinion.answering import AnswerDetails, hand_in_opinion
from followup.workflow import OpinionStatus

PATIENT = "episode__case__patient_id"
CHASES = "asks for second opinions"
S = OpinionStatus


class OpinionFilters(ListFilters):
    """How a list of second opinions may be narrowed."""

    status = filters.ChoiceFilter(choices=OpinionStatus.choices)
    asked_by = filters.ChoiceFilter(choices=SecondOpinion.AskedBy.choices)
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    due_until = filters.DateFilter(field_name="step_due_on", lookup_expr="lte")


ASKS = (Permission.ASK_OPINION,)


@extend_schema_view(
    list=extend_schema(summary="List second opinions, newest first"),
    retrieve=extend_schema(summary="Read one second opinion with what was answered", responses=OpinionDetail),
)
class SecondOpinions(PatientReads, ReadMany, ReadOne, Endpoint):
    """Second opinions on the cases of the account's teams."""

    queryset = SecondOpinion.objects.none()
    serializer_class = OpinionRow
    whole = OpinionDetail
    area = "opinions"
    filterset_class = OpinionFilters
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[SecondOpinion]:
        rows = SecondOpinion.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *OpinionRow.columns())
        people = ("owner", "created_by", "consent_recorded_by", "asked_of", "asking", "team_asked")
        return rows.select_related("episode__case__patient", "answer", *people).prefetch_related(
            Prefetch("answer__views", OpinionView.objects.order_by("id")),
            Prefetch("files", OpinionFile.objects.order_by("id")),
        )

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]

    @makes("Ask another centre for its view, or note that one asks for ours", OpinionBody, by=ASKS)
    def create(self, told: dict[str, Any]) -> SecondOpinion:
        return _requested(told, self.request.user)

    @act("Change what is asked", ChangeOpinionBody, by=ASKS)
    def change(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        owner = _owner(row.episode.case.team_id, told.pop("owner"))
        team = _team(told.pop("team_asked"))
        opinions.change_opinion(opinion=row, owner=owner, team_asked=team, by=self.request.user, **told)

    @act("Record consent, or that it was taken back", ConsentBody, by=ASKS)
    def record_consent(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        told["consent"] = told["consent"] or ""
        sending.record_consent(opinion=row, by=self.request.user, **told)

    @act("Record that the request was sent, in another way than from here", by=ASKS)
    def send(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        self._move(row, S.SENT, told)

    @act("Record that the other centre has it", by=ASKS)
    def acknowledge(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        self._move(row, S.ACKNOWLEDGED, told)

    @act("Record that nobody answers, and why", OpinionReasonBody, by=ASKS)
    def decline(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        self._move(row, S.DECLINED, told)

    @act("Withdraw the request", OpinionReasonBody, by=ASKS)
    def withdraw(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        self._move(row, S.WITHDRAWN, told)

    @act("Hand in the opinion", HandInBody, by=(Permission.ASK_OPINION, Permission.ANSWER_OPINION))
    def hand_in(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        version = told.pop("version")
        empty = {name: value or "" for name, value in told.items() if name in HandInBody.CODED}
        details = AnswerDetails(**told | empty | {"treatment": tuple(told["treatment"])})
        way = OpinionAnswer.Way.HERE if row.is_of_us else OpinionAnswer.Way.TYPED
        hand_in_opinion(opinion=row, version=version, details=details, way=way, by=self.request.user)

    @act("Say why an opinion that differs is not discussed again", WhyNotBody, by=ASKS)
    def not_listed(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        following.say_why_not_listed(opinion=row, by=self.request.user, **told)

    @act("Close a second opinion that was received", by=ASKS)
    def close(self, row: SecondOpinion, told: dict[str, Any]) -> None:
        self._move(row, S.CLOSED, told)

    def _move(self, row: SecondOpinion, to: OpinionStatus, told: dict[str, Any]) -> None:
        opinions.move_opinion(opinion=row, to=to, by=self.request.user, **told)


def _requested(told: dict[str, Any], by: User) -> SecondOpinion:
    """Of another centre's request, the centre is the one that asks."""
    episode = named.episode_of(told.pop("case"), by)
    owner = _owner(episode.case.team_id, told.pop("owner"))
    team = _team(told.pop("team_asked"))
    centre = Organisation.objects.filter(is_specialist_centre=True, code=told.pop("centre")).first()
    if centre is None:
        raise ValidationError({"centre": ["No specialist centre has this ODS code."]})
    centres: dict[str, Organisation] = {"asked_of": centre}
    if told["asked_by"] == SecondOpinion.AskedBy.ANOTHER_CENTRE:
        centres = {"asking": centre, "asked_of": episode.case.team.organisation}
    with _of_the_centre():
        return opinions.request_opinion(
            episode=episode, owner=owner, team_asked=team, by=by, **told, **centres
        )


@contextmanager
def _of_the_centre() -> Iterator[None]:
    """What the service says of either centre, at the one field that names the other one."""
    try:
        yield
    except ValidationError as error:
        found = {
            "centre" if name in ("asked_of", "asking") else name: texts
            for name, texts in error.message_dict.items()
        }
        raise ValidationError(found) from error


def _owner(team: int, pk: int) -> User:
    return named.person_of(team, pk, Permission.ASK_OPINION, "owner", CHASES)


def _team(code: str | None) -> Team | None:
    if code is None:
        return None
    team = Team.objects.filter(reference_prefix=code).first()
    if team is None:
        raise ValidationError({"team_asked": ["No team has this code."]})
    return team

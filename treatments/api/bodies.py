"""What a request may say of a plan and of its treatments, and what the services are told of it."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.models import Membership, Team, User
from cases.clinical.vocabulary import INTENTS, KINDS, MODALITIES, PROCEDURES, TIMINGS
from config.api import Body, Text, Whole
from config.api.fields import OPTIONAL, an_id, day, text
from treatments.api.rows import TECHNIQUE_NAMES
from treatments.models import Complication, Hold, Margin, NotDelivered, Plan, ReasonCode, Response, Treatment
from treatments.services import (
    BEGUN,
    ENDED,
    Answer,
    Delivered,
    DeliveryDetails,
    Omitted,
    PlanContent,
    TreatmentContent,
)
from treatments.services.answers import MOST_TEXT
from treatments.services.content import MOST_TREATMENTS, TREATMENT_FIELDS
from treatments.workflow import DeliveryStatus

OF_A_TREATMENT = TREATMENT_FIELDS
TOLD = [each for each in DeliveryStatus.choices if each[0] in BEGUN | ENDED]


def _choice(choices: Any, words: str = "") -> Any:
    """One of a list that may be left out."""
    return serializers.ChoiceField(choices, **OPTIONAL, help_text=words)


def _place() -> Whole:
    return Whole(min_value=0, max_value=MOST_TREATMENTS - 1, help_text="Its place in the plan, from 0")


class TreatmentBody(Body):
    """One treatment, in the words of the guidance check."""

    modality = serializers.ChoiceField(list(MODALITIES))
    procedure = _choice(list(PROCEDURES))
    timing = _choice(list(TIMINGS))
    technique = _choice(TECHNIQUE_NAMES)
    kind = _choice(list(KINDS))
    drugs = serializers.ListField(child=Text(max_length=80), max_length=20, required=False, default=list)
    text = text(300)


class PlanContentBody(Body):
    """The whole content of a plan: what is left out is empty."""

    intent = serializers.ChoiceField(list(INTENTS))
    treatments = TreatmentBody(many=True, max_length=MOST_TREATMENTS)
    trial = text(200)
    palliative_care_referral = serializers.BooleanField(required=False, allow_null=True, default=None)
    named_surgeon = an_id("Id of the operating specialist of a metastasectomy", **OPTIONAL)


class PlanBody(PlanContentBody):
    """A plan of the current episode of a case, or the next version of a plan whose content is fixed."""

    case = Text(max_length=20, help_text="Its reference")
    replaces = an_id("Id of the plan of this case that it replaces", **OPTIONAL)


class FindingAnswerBody(Body):
    """A reason for a deviation, or the acknowledgement of a caution."""

    rule = Text(max_length=20)
    treatment = Whole(
        min_value=0,
        max_value=MOST_TREATMENTS - 1,
        required=False,
        allow_null=True,
        default=None,
        help_text="As the finding has it: a place in the plan, from 0; null: the plan as a whole",
    )
    kind = serializers.ChoiceField(Response.Kind.choices)
    reason_code = _choice(ReasonCode.choices, "Of a reason")
    text = Text(max_length=MOST_TEXT)
    given_by = an_id(
        "Id of the person of the team who gave the reason; an acknowledgement is the account's own",
        **OPTIONAL,
    )


class FindingAnswersBody(Body):
    """Several answers, saved together or not at all."""

    answers = FindingAnswerBody(many=True, allow_empty=False, max_length=100)


class PlanStartBody(Body):
    """The day on which treatment began, and which of the plan it was."""

    on = serializers.DateField()
    treatment = Whole(
        min_value=0,
        max_value=MOST_TREATMENTS - 1,
        required=False,
        allow_null=True,
        default=None,
        help_text="Its place in the plan, from 0; null: the one that is due first",
    )


class GivenBody(Body):
    """A treatment that was given."""

    treatment = _place()
    started_on = day()
    ended_on = day()


class OmittedBody(Body):
    """A treatment that was not given, or not to its end."""

    treatment = _place()
    reason_code = serializers.ChoiceField(NotDelivered.choices)
    note = text(300, "Needed where the reason is `other`")


class PlanCompleteBody(Body):
    """The day on which the plan ended, what of it was given, and why the rest was not."""

    on = serializers.DateField()
    given = GivenBody(many=True, required=False, default=list, max_length=MOST_TREATMENTS)
    omitted = OmittedBody(many=True, required=False, default=list, max_length=MOST_TREATMENTS)


class PlanDeclineBody(Body):
    """Why the patient declined, in their words."""

    reason = Text(max_length=300)


class NotDeliveredBody(Body):
    """Why the plan was not carried out, and what was given by then."""

    reason_code = serializers.ChoiceField(NotDelivered.choices)
    reason = text(300, "Needed where the reason is `other`")
    given = GivenBody(many=True, required=False, default=list, max_length=MOST_TREATMENTS)


class TreatmentDateBody(Body):
    """The date of a treatment; null: it has none for now."""

    treatment = _place()
    on = serializers.DateField(allow_null=True)
    note = text(300)


class InsteadBody(TreatmentBody):
    """What was given in the place of what was agreed."""


class DeliverBody(Body):
    """What became of one treatment."""

    treatment = _place()
    status = serializers.ChoiceField(TOLD)
    started_on = day()
    ended_on = day()
    margin = _choice(Margin.choices)
    complications = _choice(Complication.choices, "The worst, by Clavien and Dindo")
    instead = InsteadBody(required=False, allow_null=True, default=None)
    reason_code = _choice(NotDelivered.choices, "Where it was stopped, changed or not given")
    note = text(300, "Needed where the reason is `other`")


class OperationResultBody(Body):
    """The margin and the complications of an operation, known only later."""

    treatment = _place()
    margin = _choice(Margin.choices)
    complications = _choice(Complication.choices, "The worst, by Clavien and Dindo")


class HoldBody(Body):
    """Why the patient has not been told yet."""

    note = text(300)


class LiftBody(Body):
    """Which hold is lifted."""

    kind = serializers.ChoiceField(Hold.Kind.choices)


def content(told: dict[str, Any], team: Team) -> PlanContent:
    """What a request says of a whole plan of a team."""
    return PlanContent(
        intent=told["intent"],
        treatments=tuple(TreatmentContent(**treatment(each)) for each in told["treatments"]),
        trial=told["trial"],
        palliative_care_referral=told["palliative_care_referral"],
        named_surgeon=_surgeon(told["named_surgeon"], team),
    )


def treatment(told: dict[str, Any]) -> dict[str, Any]:
    """With an empty text for what was not said, as the services have it."""
    return {name: value or "" for name, value in told.items()} | {"drugs": tuple(told["drugs"])}


def _surgeon(pk: int | None, team: Team) -> User | None:
    if pk is None:
        return None
    member = Membership.objects.surgeons_for(team).filter(user=pk).first()
    if member is None:
        raise ValidationError({"named_surgeon": ["No specialist surgeon of any team here has this id."]})
    return member.user


def answer(told: dict[str, Any], team: int, by: User) -> Answer:
    """An acknowledgement is the account's own; a reason may be somebody else's of the team."""
    giver = told["given_by"] or by.pk
    person = by
    if giver != by.pk:
        if told["kind"] == Response.Kind.ACKNOWLEDGEMENT:
            raise ValidationError({"given_by": ["Leave this out: an acknowledgement is the account's own."]})
        member = Membership.objects.in_team(team).filter(user=giver).first()
        if member is None:
            raise ValidationError({"given_by": ["This person is not a member of the team."]})
        person = member.user
    code = told["reason_code"] or ""
    return Answer(told["rule"], told["treatment"], told["kind"], told["text"], person, code)


def answers(told: dict[str, Any], team: int, by: User) -> list[Answer]:
    """Each with its errors under its place: `0.given_by`."""
    found, refused = [], {}
    for place, each in enumerate(told["answers"]):
        try:
            found.append(answer(each, team, by))
        except ValidationError as error:
            refused |= {f"{place}.{name}": texts for name, texts in error.message_dict.items()}
    if refused:
        raise ValidationError(refused)
    return found


def line(plan: Plan, place: int) -> Treatment:
    """The treatment in that place."""
    lines = list(plan.treatments.all())
    if place >= len(lines):
        raise ValidationError({"treatment": [f"The plan has {len(lines)} treatments: count from 0."]})
    return lines[place]


def delivered(told: dict[str, Any]) -> DeliveryDetails:
    """What became of a treatment, with an empty text for what was not said."""
    instead = told.pop("instead")
    values = {name: told[name] or "" for name in ("margin", "complications", "reason_code")}
    return DeliveryDetails(**told | values, instead=_spoken(instead) if instead else {})


def _spoken(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value}


def given(told: dict[str, Any]) -> list[Delivered]:
    return [Delivered(**each) for each in told["given"]]


def omitted(told: dict[str, Any]) -> list[Omitted]:
    return [Omitted(**each) for each in told["omitted"]]

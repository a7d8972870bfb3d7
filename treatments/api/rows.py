"""What the API shows of plans and of their checks."""

from typing import Any

from rest_framework import serializers

from cases.api import PatientRow
from cases.clinical.vocabulary import INTENTS, KINDS, MODALITIES, PROCEDURES, TECHNIQUES, TIMINGS
from config.api import Person, Row
from treatments.guidance.vocabulary import VERDICTS
from treatments.models import Complication, Hold, Margin, NotDelivered, Plan, ReasonCode, Response
from treatments.workflow import DeliveryStatus, PlanStatus

TECHNIQUE_NAMES = [name for table in TECHNIQUES.values() for name in table]


class TreatmentRow(Row):
    """One line of a plan, in the words of the guidance check."""

    modality = serializers.ChoiceField(list(MODALITIES))
    procedure = serializers.ChoiceField(list(PROCEDURES), allow_null=True)
    timing = serializers.ChoiceField(list(TIMINGS), allow_null=True)
    technique = serializers.ChoiceField(TECHNIQUE_NAMES, allow_null=True)
    kind = serializers.ChoiceField(list(KINDS), allow_null=True)
    drugs = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField(allow_blank=True)


class PlanRow(Row):
    """A plan as a list shows it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    number = serializers.IntegerField()
    patient = PatientRow(source="episode.case.patient")
    status = serializers.ChoiceField(PlanStatus.choices)
    intent = serializers.ChoiceField(list(INTENTS))
    treatments = TreatmentRow(many=True)
    proposed_by = Person()
    proposed_at = serializers.DateTimeField(allow_null=True)
    agreed_at = serializers.DateTimeField(allow_null=True)


class CheckRow(Row):
    """A check of the plan as it stood then; `result` is the answer of the guidance check."""

    id = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    guidance_version = serializers.CharField()
    verdict = serializers.ChoiceField(list(VERDICTS))
    result = serializers.DictField()


class ResponseRow(Row):
    """A reason or an acknowledgement given to a finding; `treatment` is a place in the plan, from 0."""

    check_made = serializers.IntegerField(source="check_made_id")
    rule = serializers.CharField()
    treatment = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(Response.Kind.choices)
    reason_code = serializers.ChoiceField(ReasonCode.choices, allow_null=True)
    text = serializers.CharField()
    local_rule = serializers.CharField(
        allow_blank=True, help_text="Where it is a standing reason of the team: `LOCAL-3 v2`"
    )
    given_by = Person()
    at = serializers.DateTimeField()


class HoldRow(Row):
    """Why the plan may not start, or might not until it was lifted."""

    kind = serializers.ChoiceField(Hold.Kind.choices)
    note = serializers.CharField(allow_blank=True)
    placed_at = serializers.DateTimeField()
    lifted_at = serializers.DateTimeField(allow_null=True)


class DeliveryRow(Row):
    """What became of one treatment; `treatment` is its place in the plan, from 0."""

    treatment = serializers.IntegerField(source="treatment.position")
    status = serializers.ChoiceField(DeliveryStatus.choices)
    scheduled_on = serializers.DateField(allow_null=True)
    started_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    margin = serializers.ChoiceField(Margin.choices, allow_null=True)
    complications = serializers.ChoiceField(
        Complication.choices, allow_null=True, help_text="The worst, by Clavien and Dindo"
    )
    instead = serializers.DictField(
        help_text="What was given in its place, in the words of the guidance check"
    )
    reason_code = serializers.ChoiceField(NotDelivered.choices, allow_null=True)
    note = serializers.CharField(allow_blank=True)


class PlanDetail(PlanRow):
    """The whole of a plan, with its newest check and the answers given to findings."""

    status_reason = serializers.CharField(allow_blank=True)
    not_delivered_reason = serializers.ChoiceField(NotDelivered.choices, allow_null=True)
    trial = serializers.CharField(allow_blank=True)
    palliative_care_referral = serializers.BooleanField(allow_null=True)
    named_surgeon = Person(allow_null=True)
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    check_made = CheckRow(source="newest", allow_null=True)
    responses = ResponseRow(many=True)
    holds = HoldRow(many=True)
    deliveries = DeliveryRow(many=True)

    def to_representation(self, instance: Plan) -> dict[str, Any]:
        instance.newest = next(iter(instance.newest_checks), None)
        return super().to_representation(instance)


class CheckListRow(Row):
    """A check as a list shows it."""

    id = serializers.IntegerField()
    plan = serializers.IntegerField(source="plan_id")
    case = serializers.CharField(source="plan.episode.case.reference")
    made_at = serializers.DateTimeField()
    guidance_version = serializers.CharField()
    local_rules = serializers.ListField(
        child=serializers.CharField(), help_text="The team's own rules that were in force: `LOCAL-3 v2`"
    )
    verdict = serializers.ChoiceField(list(VERDICTS))


class CheckDetail(CheckListRow):
    """A check whole: what was asked, as it stood then, and what the guidance said of it."""

    case_facts = serializers.DictField()
    plan_content = serializers.DictField()
    result = serializers.DictField(help_text="The answer of the guidance check, with its findings")

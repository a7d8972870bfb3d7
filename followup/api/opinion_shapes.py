"""What the API shows of second opinions, and what a request may say of one."""

from typing import Any

from rest_framework import serializers

from cases.api import PatientRow
from cases.clinical.vocabulary import GRADES, MODALITIES, RESECTABILITY
from config.api import Body, OrganisationRow, Person, Row, TeamRow, Text
from config.api.fields import day, text
from followup.api import named
from followup.comparing import STAGES
from followup.models import OpinionAnswer, OpinionItem, OpinionPart, SecondOpinion
from followup.services.opinion.answering import DIAGNOSES, NAME, WORDS
from followup.services.opinion.following import NOTE as WHY_NOT
from followup.services.opinion.opinion_request import QUESTION
from followup.services.opinion.opinions import OPINION_TEXT, REASON
from followup.services.opinion.sending import NOTE
from followup.workflow import OpinionStatus

CHASES = "asks for second opinions"


class OpinionRow(Row):
    """A request to another centre for its view, or another centre's for ours."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    patient = PatientRow(source="episode.case.patient")
    asked_by = serializers.ChoiceField(SecondOpinion.AskedBy.choices)
    asked_of = OrganisationRow(help_text="The centre asked")
    asking = OrganisationRow(allow_null=True, help_text="The centre that asks, where it asks for our view")
    status = serializers.ChoiceField(OpinionStatus.choices)
    requested_on = serializers.DateField()
    step_due_on = serializers.DateField(allow_null=True, help_text="When the next step is expected")
    owner = Person(help_text="Who chases it")


class OpinionViewRow(Row):
    """One item of an answer beside the home team's view of that moment, in codes."""

    item = serializers.ChoiceField(OpinionItem.choices)
    theirs = serializers.CharField(
        allow_blank=True,
        help_text="`agreed`, or `changed:8858/3`, of a diagnosis; several treatments with commas; empty: no view",
    )
    theirs_text = serializers.CharField(allow_blank=True)
    ours = serializers.CharField(allow_blank=True, help_text="Empty: the home team had none yet")
    agrees = serializers.BooleanField(allow_null=True, help_text="Null: nothing to compare")


class OpinionAnswerRow(Row):
    """What the other centre said; fixed when it was handed in."""

    way = serializers.ChoiceField(OpinionAnswer.Way.choices)
    given_on = serializers.DateField()
    given_by_name = serializers.CharField()
    text = serializers.CharField()
    was_blind = serializers.BooleanField()
    received_at = serializers.DateTimeField()
    views = OpinionViewRow(many=True)


class OpinionFileRow(Row):
    """A file that came with it; it is read on the page of the second opinion."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class OpinionDetail(OpinionRow):
    """The whole of a second opinion."""

    question = serializers.CharField()
    parts = serializers.ListField(
        child=serializers.ChoiceField(OpinionPart.choices), help_text="What of the case is sent"
    )
    is_blind = serializers.BooleanField(help_text="Our plan is kept from them until their opinion is in")
    team_asked = TeamRow(allow_null=True, help_text="A team that works here; null: an expert outside")
    consent = serializers.ChoiceField(SecondOpinion.Consent.choices, allow_null=True)
    consent_on = serializers.DateField(allow_null=True)
    consent_note = serializers.CharField(allow_blank=True)
    consent_recorded_by = Person(allow_null=True)
    shared_until = serializers.DateField(allow_null=True)
    status_reason = serializers.CharField(allow_blank=True)
    relisting_note = serializers.CharField(allow_blank=True, help_text="Why it is not discussed again")
    relisting_noted_at = serializers.DateTimeField(allow_null=True)
    answer = OpinionAnswerRow(source="its_answer", allow_null=True)
    files = OpinionFileRow(many=True)
    created_by = Person()
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        instance.its_answer = getattr(instance, "answer", None)
        return super().to_representation(instance)


def _parts() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField(OpinionPart.choices),
        max_length=len(OpinionPart),
        required=False,
        default=list,
        help_text="What of the case is sent; none where another centre asks for our view",
    )


class ChangeOpinionBody(Body):
    """The whole of what is asked: what is left out is empty."""

    question = Text(max_length=QUESTION)
    owner = named.person_field(CHASES)
    team_asked = Text(
        max_length=5, allow_null=True, help_text="Code of the team that answers here; null: an expert outside"
    )
    parts = _parts()
    is_blind = serializers.BooleanField(required=False, default=False)


class OpinionBody(ChangeOpinionBody):
    """A request on the current episode of a case."""

    case = named.case_field()
    asked_by = serializers.ChoiceField(SecondOpinion.AskedBy.choices)
    centre = Text(
        max_length=10,
        help_text="ODS code of the other centre: the one asked; or the one that asks, where `asked_by` is `centre`",
    )


class ConsentBody(Body):
    """On whose word parts of the case may leave; null: it is taken back, and what is open ends."""

    consent = serializers.ChoiceField(SecondOpinion.Consent.choices, allow_null=True)
    on = day()
    note = text(NOTE, "Needed for best interests, and when it is taken back: why")


class OpinionReasonBody(Body):
    """Why."""

    reason = Text(max_length=REASON)


class WhyNotBody(Body):
    """Why it needs no new discussion."""

    note = Text(max_length=WHY_NOT)


def _coded(choices: Any) -> Any:
    return serializers.ChoiceField(
        list(choices), required=False, allow_null=True, default=None, help_text="Null: cannot say"
    )


class HandInBody(Body):
    """What the other centre said, item by item and in its own words; it cannot be changed afterwards."""

    CODED = ("grade", "stage", "resectability")

    diagnosis = serializers.ChoiceField(list(DIAGNOSES), help_text="Whether they agree with the team's")
    morphology = text(10, "Their diagnosis where they do not: an ICD-O-3 code such as 8890/3")
    diagnosis_words = text(WORDS)
    grade = _coded(GRADES)
    stage = _coded(STAGES)
    resectability = _coded(RESECTABILITY)
    treatment = serializers.ListField(
        child=serializers.ChoiceField(list(MODALITIES)),
        max_length=len(MODALITIES),
        required=False,
        default=list,
    )
    treatment_words = text(WORDS)
    text = Text(max_length=OPINION_TEXT)
    given_on = serializers.DateField()
    given_by_name = Text(max_length=NAME, help_text="Name and post of whoever gave it")

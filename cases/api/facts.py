"""Facts that no report carries, for hospital systems: each is recorded as found on a day, and none is overwritten."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission
from cases import services
from cases.api.of_case import FactRow, OfCaseBody, OfEpisode, OfEpisodeRow, episode_of
from cases.clinical import vocabulary as words
from cases.models import Biomarker, Diagnosis, Needs, NotKnown, PerformanceStatus, TreatmentGiven
from cases.models.clinical import Certainty, Laterality
from cases.models.needs import Fertility, HolisticAssessment
from config.api import Person, Text, Whole, makes
from config.api.fields import Code, code, day, text, whole, yes_no

RECORDS = (Permission.RECORD_FACTS,)
MOST_DRUGS = 20
TECHNIQUES = sorted({*words.RADIOTHERAPY_TECHNIQUES, *words.CHEMOTHERAPY_TECHNIQUES})


class DiagnosisRow(FactRow):
    """Type and site (ICD-O-3) as held from that day."""

    morphology = serializers.CharField(allow_blank=True)
    topography = serializers.CharField(allow_blank=True)
    laterality = serializers.CharField(allow_blank=True)
    certainty = serializers.CharField()


class DiagnosisBody(OfCaseBody):
    """The type or the site, or both."""

    morphology = text(6, "ICD-O-3: 8890/3")
    topography = text(5, "ICD-O-3: C49.2")
    laterality = code(Laterality.choices)
    certainty = Code(Certainty.choices, required=False, default=Certainty.PROVISIONAL)
    on = serializers.DateField()


class PerformanceStatusRow(FactRow):
    """ECOG performance status."""

    value = serializers.IntegerField()


class PerformanceStatusBody(OfCaseBody):
    """ECOG performance status, 0 to 4."""

    value = Whole(min_value=0, max_value=4)
    on = serializers.DateField()


class BiomarkerRow(FactRow):
    """A test's result."""

    name = serializers.CharField()
    result = serializers.CharField()
    percent = serializers.IntegerField(allow_null=True, help_text="Of the tumour cells")


class BiomarkerBody(OfCaseBody):
    """A test's result; that of NY-ESO-1 is positive or negative."""

    name = Text(max_length=40)
    result = Text(max_length=60)
    percent = whole(0, 100, "Of the tumour cells, where the test counts them")
    on = serializers.DateField()


class NotKnownRow(FactRow):
    """A fact that cannot be known, and why."""

    fact = serializers.CharField()
    reason = serializers.CharField()


class NotKnownBody(OfCaseBody):
    """A fact that cannot be known, and why; nobody is asked for it any more."""

    fact = Code(list(words.MAY_BE_UNKNOWN))
    reason = Text(max_length=300)
    on = serializers.DateField()


class NeedsRow(FactRow):
    """What a patient needs beside treatment; what is empty was not asked."""

    has_symptoms = serializers.BooleanField(allow_null=True)
    symptoms = serializers.CharField(allow_blank=True)
    holistic = serializers.CharField(allow_blank=True)
    holistic_on = serializers.DateField(allow_null=True)
    interpreter = serializers.CharField(allow_blank=True)
    fertility = serializers.CharField(allow_blank=True)
    support = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class NeedsBody(OfCaseBody):
    """What was found; what is left out was not asked. With symptoms, palliative care counts towards quorum."""

    on = serializers.DateField()
    has_symptoms = yes_no("Symptoms to control")
    symptoms = text(1000, "Which")
    holistic = code(HolisticAssessment.choices, "Holistic needs assessment")
    holistic_on = day("Of the assessment, or of the offer")
    interpreter = text(60, "Language")
    fertility = code(Fertility.choices)
    support = text(1000)
    note = text(1000)


class TreatmentGivenRow(OfEpisodeRow):
    """A treatment that was given."""

    modality = serializers.CharField()
    procedure = serializers.CharField(allow_blank=True)
    timing = serializers.CharField(allow_blank=True)
    technique = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(allow_blank=True)
    drugs = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField(allow_blank=True)
    source = serializers.CharField(help_text="imported, told or delivered")
    started_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    recorded_by = Person(allow_null=True)
    recorded_at = serializers.DateTimeField(source="created_at")


class TreatmentGivenBody(OfCaseBody):
    """A treatment that was given before, in the shape of the guidance check, with its dates where they are known."""

    modality = Code(list(words.MODALITIES))
    procedure = code(list(words.PROCEDURES), "Of surgery")
    timing = code(list(words.TIMINGS), "Beside surgery")
    technique = code(TECHNIQUES, "Of radiotherapy and chemotherapy")
    kind = code(list(words.KINDS), "Of immunotherapy")
    drugs = serializers.ListField(
        child=Text(max_length=80),
        required=False,
        default=list,
        max_length=MOST_DRUGS,
        help_text="Generic names",
    )
    text = text(300)
    started_on = day()
    ended_on = day()


@extend_schema_view(
    list=extend_schema(summary="List diagnoses, newest first"),
    retrieve=extend_schema(summary="Read one diagnosis"),
)
class Diagnoses(OfEpisode):
    """Type and site as they were held; the newest holds."""

    queryset = Diagnosis.objects.none()
    serializer_class = DiagnosisRow

    @makes("Record a diagnosis", DiagnosisBody, by=RECORDS)
    def create(self, told: dict[str, Any]) -> Diagnosis:
        episode = episode_of(self.request.user, told, *RECORDS)
        return services.record_diagnosis(episode=episode, by=self.request.user, **told)


@extend_schema_view(
    list=extend_schema(summary="List performance statuses, newest first"),
    retrieve=extend_schema(summary="Read one performance status"),
)
class PerformanceStatuses(OfEpisode):
    """General health as it was found."""

    queryset = PerformanceStatus.objects.none()
    serializer_class = PerformanceStatusRow

    @makes("Record a performance status", PerformanceStatusBody, by=RECORDS)
    def create(self, told: dict[str, Any]) -> PerformanceStatus:
        episode = episode_of(self.request.user, told, *RECORDS)
        return services.record_performance_status(episode=episode, by=self.request.user, **told)


@extend_schema_view(
    list=extend_schema(summary="List biomarkers, newest first"),
    retrieve=extend_schema(summary="Read one biomarker"),
)
class Biomarkers(OfEpisode):
    """Tests with their results."""

    queryset = Biomarker.objects.none()
    serializer_class = BiomarkerRow

    @makes("Record a biomarker", BiomarkerBody, by=RECORDS)
    def create(self, told: dict[str, Any]) -> Biomarker:
        episode = episode_of(self.request.user, told, *RECORDS)
        return services.record_biomarker(episode=episode, by=self.request.user, **told)


@extend_schema_view(
    list=extend_schema(summary="List facts that cannot be known, newest first"),
    retrieve=extend_schema(summary="Read why one fact cannot be known"),
)
class NotKnownFacts(OfEpisode):
    """Facts that nobody can find out any more."""

    queryset = NotKnown.objects.none()
    serializer_class = NotKnownRow

    @makes("Say that a fact cannot be known", NotKnownBody, by=RECORDS)
    def create(self, told: dict[str, Any]) -> NotKnown:
        episode = episode_of(self.request.user, told, *RECORDS)
        return services.record_not_known(episode=episode, by=self.request.user, **told)


@extend_schema_view(
    list=extend_schema(summary="List what patients need beside treatment, newest first"),
    retrieve=extend_schema(summary="Read what a patient needed on one day"),
)
class NeedsFound(OfEpisode):
    """What patients need beside treatment; the newest holds."""

    queryset = Needs.objects.none()
    serializer_class = NeedsRow

    @makes("Record what a patient needs beside treatment", NeedsBody, by=RECORDS)
    def create(self, told: dict[str, Any]) -> Needs:
        episode = episode_of(self.request.user, told, *RECORDS)
        details = services.NeedsDetails(**told)
        return services.record_needs(episode=episode, details=details, by=self.request.user)


@extend_schema_view(
    list=extend_schema(summary="List treatments given, newest first"),
    retrieve=extend_schema(summary="Read one treatment given"),
)
class TreatmentsGiven(OfEpisode):
    """Treatments that were given: imported, told, or delivered under a plan."""

    queryset = TreatmentGiven.objects.none()
    serializer_class = TreatmentGivenRow

    @makes("Record a treatment that was given before", TreatmentGivenBody, by=RECORDS)
    def create(self, told: dict[str, Any]) -> TreatmentGiven:
        episode = episode_of(self.request.user, told, *RECORDS)
        return services.record_treatment_given(
            episode=episode, treatment=told, source=TreatmentGiven.Source.TOLD, by=self.request.user
        )

"""What was done, decided and wished, as it is packed for another centre."""

from collections.abc import Iterable

from django.utils import timezone

from cases.clinical import vocabulary
from cases.models import Document, ImageLink, TreatmentGiven
from cases.presenting import treatment_words
from followup.models import OpinionPart, SecondOpinion
from followup.services.opinion.comparing import home_plan
from followup.services.opinion.packed import Row, Section, given, said_day
from mdt.models import Decision


def treatments(opinion: SecondOpinion) -> list[Section]:
    """Of this episode and those before it, oldest first."""
    episode = opinion.episode
    so_far = TreatmentGiven.objects.filter(
        episode__case=episode.case_id, episode__number__lte=episode.number
    ).order_by("started_on", "pk")
    return [Section(OpinionPart.TREATMENTS, "Treatments given", tuple(map(_treatment, so_far)))]


def _treatment(row: TreatmentGiven) -> Row:
    days = " to ".join(dict.fromkeys(filter(None, (said_day(row.started_on), said_day(row.ended_on)))))
    return Row(
        "treatment_given", days or "Date not held", treatment_words(row), row.modality, "treatment modality"
    )


def discussions(opinion: SecondOpinion) -> list[Section]:
    """The decisions of the episode that stand, newest first."""
    rows = Decision.objects.filter(episode=opinion.episode_id).standing().order_by("-recorded_at", "-pk")
    return [
        Section(
            OpinionPart.DISCUSSIONS,
            f"Decision of {said_day(timezone.localtime(row.recorded_at).date())}",
            given(
                Row("kind", "Kind", row.get_kind_display(), row.kind, "decision kind"),
                Row("outcome", "Outcome", row.get_outcome_display(), row.outcome, "decision outcome"),
                Row("rationale", "Why", row.rationale),
                Row("options_considered", "Options considered", row.options_considered),
                Row("no_decision_reason", "Why none was taken", row.no_decision_reason),
            ),
        )
        for row in rows
    ] or [Section(OpinionPart.DISCUSSIONS, "What the MDT decided so far", nothing="Nothing was decided yet.")]


def plan(opinion: SecondOpinion) -> list[Section]:
    """The newest plan of the home team that was proposed and stands."""
    row = home_plan(opinion)
    if row is None:
        return [Section(OpinionPart.PLAN, "The home team’s plan", nothing="No plan is proposed yet.")]
    lines = [
        Row("treatment", f"Treatment {place}", treatment_words(line), line.modality, "treatment modality")
        for place, line in enumerate(row.treatments.all(), 1)
    ]
    intent = Row("intent", "Intent", vocabulary.INTENTS.get(row.intent, row.intent), row.intent, "intent")
    state = Row("status", "State", row.get_status_display(), row.status, "plan state")
    rows = given(intent, *lines, Row("trial", "Trial", row.trial), state)
    return [Section(OpinionPart.PLAN, f"The home team’s plan {row.number}", rows)]


def wishes(opinion: SecondOpinion) -> list[Section]:
    case = opinion.episode.case
    rows = given(
        Row("patient_knows", "What the patient knows", case.patient_knows),
        Row("patient_wants", "What the patient wants", case.patient_wants),
    )
    return [Section(OpinionPart.WISHES, "What the patient knows and wants", rows)]


def images(opinion: SecondOpinion) -> list[Section]:
    """Studies in the home hospital's archive, to be asked for by their identifier."""
    linked = ImageLink.objects.filter(case=opinion.episode.case_id).shown()
    rows = tuple(
        Row(
            "study",
            " ".join(filter(None, (link.shows, said_day(link.studied_on)))),
            link.study,
            link.study,
            "DICOM",
        )
        for link in linked
    )
    return [Section(OpinionPart.IMAGES, "Images", rows, "No study is linked.")]


def documents(rows: Iterable[Document]) -> Section:
    """The files that go with the request; each is told by its checksum."""
    found = tuple(
        Row(
            "document",
            f"{row.title}, {said_day(timezone.localtime(row.uploaded_at).date())}",
            row.get_kind_display(),
            row.sha256,
            "SHA-256",
        )
        for row in rows
    )
    return Section(OpinionPart.DOCUMENTS, "Documents", found, "No document is kept.")

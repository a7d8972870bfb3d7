"""The rows that a draft becomes: unsaved, with their keys given beforehand, so that a batch is one insert per table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, cast

from accounts.models import User
from cases.clinical import icdo3, vocabulary
from cases.importing.drafts import Draft
from cases.importing.mapping import RegistryMapping
from cases.models import (
    Case,
    CaseEvent,
    Diagnosis,
    Episode,
    ImagingReport,
    ImportedText,
    PathologyReport,
    Patient,
    PerformanceStatus,
    Staging,
    TreatmentGiven,
)
from cases.models.case import CaseEventType
from cases.models.clinical import Certainty
from cases.services.bases import records
from cases.services.gathering import Rows
from cases.services.refreshing import pinned, put_together, staging_row
from cases.workflow import CaseStatus, ClosedReason

MAX_NOTE: Final = 300
ONLY_YEAR: Final = "Of the date of diagnosis only the year is known."
NO_DATE: Final = "The date of diagnosis is not held; the day of the import stands for it."


@dataclass(slots=True)
class Keys:
    """Primary keys taken from the sequences in one statement a table."""

    patients: Iterator[int]
    cases: Iterator[int]
    episodes: Iterator[int]
    diagnoses: Iterator[int]
    pathology: Iterator[int]
    imaging: Iterator[int]


@dataclass(slots=True)
class Built:
    """Everything that hangs on one imported case."""

    case: Case
    episode: Episode
    diagnosis: Diagnosis
    pathology: PathologyReport | None
    imaging: ImagingReport | None
    performance_status: PerformanceStatus | None
    treatments: list[TreatmentGiven]
    stagings: list[Staging] = field(default_factory=list)
    events: list[CaseEvent] = field(default_factory=list)
    texts: list[ImportedText] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds with what is the same for a whole run."""

    mapping: RegistryMapping
    by: User
    today: date
    edition: str
    run_id: int
    keys: Keys

    def patient(self, draft: Draft) -> Patient:
        patient = Patient(pk=next(self.keys.patients))
        self.fill_patient(patient, draft)
        return patient

    def fill_patient(self, patient: Patient, draft: Draft) -> None:
        """What the source says of the person; it never takes a name or a number away."""
        told = draft.patient
        patient.nhs_number = told.nhs_number or patient.nhs_number
        patient.family_name = told.family_name or patient.family_name
        patient.given_name = told.given_name or patient.given_name
        patient.birth_on = told.birth_on or patient.birth_on
        patient.sex = told.sex
        patient.is_dead, patient.died_on = told.is_dead, told.died_on

    def case(self, draft: Draft, patient: Patient, reference: str, team_id: int) -> Case:
        case = Case(
            pk=next(self.keys.cases),
            reference=reference,
            patient=patient,
            team_id=team_id,
            source=self.mapping.source,
            source_id=draft.source_id,
        )
        case.current_episode = Episode(pk=next(self.keys.episodes), case=case, number=1)
        return case

    def build(self, draft: Draft, case: Case, standing: Mapping[str, Staging] | None = None) -> Built:
        """Fill the case and its episode, and make the rows below them; `standing` are the stages that it has."""
        episode = cast(Episode, case.current_episode)
        day = draft.diagnosed_on or self.today
        self._fill(case, episode, draft, day)
        built = Built(
            case=case,
            episode=episode,
            diagnosis=self._diagnosis(draft, episode, day),
            pathology=self._pathology(draft, episode, day),
            imaging=self._imaging(draft, episode, day),
            performance_status=self._performance_status(draft, episode, day),
            treatments=[self._treatment(given, episode) for given in draft.treatments],
        )
        self._put_together(built, standing or {})
        built.events = list(self._events(draft, built, day))
        built.texts = [
            ImportedText(case=case, run_id=self.run_id, column=column, value=value)
            for column, value in draft.texts
        ]
        return built

    def _fill(self, case: Case, episode: Episode, draft: Draft, day: date) -> None:
        is_dead = case.patient.is_dead
        case.opened_on = day
        case.status = CaseStatus.CLOSED if is_dead else CaseStatus.FOLLOW_UP
        case.closed_reason = ClosedReason.DIED if is_dead else ""
        case.closed_on = (case.patient.died_on or self.today) if is_dead else None
        episode.kind, episode.started_on = draft.kind, day
        episode.age_at_diagnosis = draft.age_at_diagnosis

    def _diagnosis(self, draft: Draft, episode: Episode, day: date) -> Diagnosis:
        certainty = Certainty.CONFIRMED if self.mapping.is_confirmed else Certainty.PROVISIONAL
        return Diagnosis(
            pk=next(self.keys.diagnoses),
            episode=episode,
            on=day,
            certainty=certainty,
            recorded_by=self.by,
            **draft.diagnosis,
        )

    def _report(self, draft: Draft, episode: Episode, day: date) -> dict[str, Any]:
        summary = f"Imported from {self.mapping.source}. {_date_note(draft)}".strip()
        return {
            "episode": episode,
            "reported_on": day,
            "author_name": "",
            "summary": summary,
            "source": self.mapping.source,
        }

    def _pathology(self, draft: Draft, episode: Episode, day: date) -> PathologyReport | None:
        if not draft.pathology:
            return None
        return PathologyReport(
            pk=next(self.keys.pathology),
            kind=self.mapping.pathology_kind,
            **self._report(draft, episode, day),
            **draft.pathology,
        )

    def _imaging(self, draft: Draft, episode: Episode, day: date) -> ImagingReport | None:
        if not draft.imaging:
            return None
        return ImagingReport(
            pk=next(self.keys.imaging),
            modality=self.mapping.imaging_modality,
            **self._report(draft, episode, day),
            **draft.imaging,
        )

    def _performance_status(self, draft: Draft, episode: Episode, day: date) -> PerformanceStatus | None:
        if draft.performance_status is None:
            return None
        return PerformanceStatus(episode=episode, value=draft.performance_status, on=day, recorded_by=self.by)

    def _treatment(self, given: dict[str, Any], episode: Episode) -> TreatmentGiven:
        source = TreatmentGiven.Source.IMPORTED
        return TreatmentGiven(episode=episode, source=source, recorded_by=self.by, **given)

    def _put_together(self, built: Built, standing: Mapping[str, Staging]) -> None:
        """Facts and stages by the same functions as for every other case; a stage keeps the edition it follows."""
        episode = built.episode
        rows = Rows(
            episode=episode,
            birth_on=built.case.patient.birth_on,
            edition=self.edition,
            diagnoses=[built.diagnosis],
            pathology=[built.pathology] if built.pathology else [],
            imaging=[built.imaging] if built.imaging else [],
            performance_statuses=[built.performance_status] if built.performance_status else [],
            treatments=built.treatments,
        )
        found = put_together(rows, standing)
        episode.facts, episode.fact_sources = found.facts, found.sources
        built.stagings = [row for row in self._staged(rows, standing) if row.status != "not_determined"]

    def _staged(self, rows: Rows, standing: Mapping[str, Staging]) -> Iterator[Staging]:
        for record in records(rows):
            held = pinned(record.basis, standing)
            yield staging_row(rows.episode, record, held.edition if held else self.edition, self.by)

    def _events(self, draft: Draft, built: Built, day: date) -> Iterator[CaseEvent]:
        facts, case = built.episode.facts, built.case
        morphology = facts.get("morphology")
        name = icdo3.morphology_name(morphology, facts.get("topography")) if morphology else "Type not held"
        yield self._event(case, CaseEventType.DIAGNOSED, day, f"{name}. {_date_note(draft)}".strip())
        for row in built.stagings:
            if row.group:
                words = f"Stage {row.group}, {vocabulary.EDITIONS[row.edition]}, {row.get_basis_display().lower()}"
                yield self._event(case, CaseEventType.STAGED, self.today, words)
        if case.patient.died_on:
            yield self._event(case, CaseEventType.DIED, case.patient.died_on, "")
        if case.closed_on:
            words = "Died" if case.patient.died_on else "Died; the date of death is not held"
            yield self._event(case, CaseEventType.CLOSED, case.closed_on, words)

    def _event(self, case: Case, type: CaseEventType, on: date, note: str) -> CaseEvent:
        return CaseEvent(case=case, type=type, on=on, note=note[:MAX_NOTE], by=self.by)


def _date_note(draft: Draft) -> str:
    if draft.diagnosed_on is None:
        return NO_DATE
    return ONLY_YEAR if draft.is_year_only else ""

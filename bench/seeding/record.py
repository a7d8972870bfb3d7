"""Everything that one case has, as the services would have written it, in rows that are not saved yet."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Role
from audit.events import EventType
from audit.models import Event, Read
from bench.seeding import people
from bench.seeding.centre import Centre
from bench.seeding.copying import Batch
from bench.seeding.profiles import Profile
from bench.seeding.story import S, Story
from cases.models import (
    Case,
    CaseEvent,
    Diagnosis,
    Episode,
    HospitalNumber,
    ImagingReport,
    PathologyReport,
    Patient,
    PerformanceStatus,
    Referral,
    ReportRequest,
    Staging,
)
from cases.models.case import CaseEventType
from cases.models.report import ReportKind
from cases.services.bases import records
from cases.services.gathering import Rows, gather
from cases.services.refreshing import staging_row
from cases.workflow import ClosedReason, ReferralStatus
from treatments.models import Check

QUESTION = "Which treatment, and in which order?"


@cache
def moment(day: date, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


@dataclass
class Record:
    """One case being written; `add` puts a row into the batch, the others put together what belongs together."""

    batch: Batch
    centre: Centre
    story: Story
    chance: random.Random
    case: Case = field(init=False)
    episode: Episode = field(init=False)
    agreed_check: Check | None = None

    def add(self, row: models.Model) -> Any:
        return self.batch.add(row)

    def by(self, role: str) -> User:
        return self.centre.people[role]

    def did(self, type: EventType, target: models.Model, role: str, day: date) -> None:
        event = Event(
            type=type,
            by_id=self.by(role).pk,
            at=moment(day),
            target_type=target._meta.label_lower,
            target_id=target.pk,
            case_id=self.case.pk,
        )
        self.add(event)

    def note(self, type: CaseEventType, day: date, note: str = "", role: str = Role.COORDINATOR) -> None:
        event = CaseEvent(
            case_id=self.case.pk,
            type=type,
            on=day,
            note=note,
            by_id=self.by(role).pk,
            created_at=moment(day),
        )
        self.add(event)

    def begin(self, patient: Patient, reference: str) -> None:
        """Referral, case, episode, and the readings that are asked for."""
        day = self.story.opened_on
        self.case = Case(reference=reference, patient=patient, team=self.centre.team, opened_on=day)
        self.case.key_worker = self.by(Role.NURSE_SPECIALIST)
        self.case.responsible_consultant = self.by(Role.SURGEON)
        self.case.patient_knows = "That it is a sarcoma, and that the team will meet about it."
        self.case.created_at = moment(day)
        self.add(self.case)
        self.episode = self.add(Episode(case=self.case, number=1, started_on=day))
        self.case.current_episode = self.episode
        self._state()
        self._referral(day)
        for kind in ReportKind:
            self._request(kind, day)

    def _state(self) -> None:
        self.case.status = self.story.status
        if self.story.status != S.CLOSED:
            return
        self.case.closed_on = self.story.day(110)
        patient = self.case.patient
        died = patient.is_dead or self.chance.random() < 0.3
        self.case.closed_reason = ClosedReason.DIED if died else ClosedReason.COMPLETED
        if died and not patient.is_dead:
            patient.is_dead, patient.died_on = True, self.case.closed_on

    def _referral(self, day: date) -> None:
        referral = Referral(
            patient=self.case.patient,
            team=self.centre.team,
            organisation=self.centre.sender,
            referred_by=self.centre.referrer,
            referrer_name=self.centre.referrer.full_name,
            specialty="Orthopaedic surgery",
            received_on=day,
            reason="Deep mass, growing for some months, seen on MRI.",
            question=QUESTION,
            status=ReferralStatus.ACCEPTED,
            case=self.case,
            created_at=moment(day, 9),
        )
        self.add(referral)
        self.note(CaseEventType.REFERRED, day, f"{referral.referrer_name}, urgent suspected cancer")
        self.note(CaseEventType.ACCEPTED, day)
        for type in (EventType.REFERRAL_RECEIVED, EventType.REFERRAL_ACCEPTED):
            self.did(type, referral, Role.COORDINATOR, day)
        self.did(EventType.EPISODE_STARTED, self.episode, Role.COORDINATOR, day)

    def _request(self, kind: ReportKind, day: date) -> None:
        request = ReportRequest(
            episode=self.episode,
            kind=kind,
            question=QUESTION,
            asked_by=self.by(Role.COORDINATOR),
            asked_at=moment(day),
            due_on=day + timedelta(days=7),
            answered_at=moment(self.story.day(8)) if self.story.has_reports else None,
        )
        self.add(request)
        self.did(EventType.REPORT_REQUESTED, request, Role.COORDINATOR, day)

    def facts(self, profile: Profile) -> None:
        """Diagnosis and performance status; reports, once they are there; what they say together, and the stage."""
        day = self.story.day(9)
        diagnosis = Diagnosis(
            episode=self.episode,
            morphology=profile.morphology,
            topography=profile.topography,
            laterality=self.chance.choice("LR"),
            on=day,
            recorded_by=self.by(Role.SURGEON),
        )
        status = PerformanceStatus(
            episode=self.episode,
            value=self.chance.randint(0, 2),
            on=day,
            recorded_by=self.by(Role.NURSE_SPECIALIST),
        )
        imaging, pathology = self._reports(profile) if self.story.has_reports else ((), ())
        self.did(EventType.DIAGNOSIS_RECORDED, self.add(diagnosis), Role.SURGEON, day)
        self.did(EventType.FACT_RECORDED, self.add(status), Role.NURSE_SPECIALIST, day)
        rows = Rows(
            episode=self.episode,
            birth_on=self.case.patient.birth_on,
            edition=self.centre.team.staging_edition,
            diagnoses=[diagnosis],
            imaging=imaging,
            pathology=pathology,
            performance_statuses=[status],
        )
        found = gather(rows)
        self.episode.facts, self.episode.fact_sources = found.facts, found.sources
        self.note(CaseEventType.DIAGNOSED, day, "Sarcoma", Role.SURGEON)
        self._stage(rows, day)

    def _reports(self, profile: Profile) -> tuple[Iterable[ImagingReport], Iterable[PathologyReport]]:
        day = self.story.day(8)
        shared = {"episode": self.episode, "reported_on": day, "created_at": moment(day)}
        radiologist, pathologist = self.by(Role.RADIOLOGIST), self.by(Role.PATHOLOGIST)
        seen = ImagingReport(**shared, reported_by=radiologist, **profile.imaging(self.chance))
        seen.examined_on = self.story.day(5)
        read = PathologyReport(**shared, reported_by=pathologist, **profile.pathology(self.chance))
        self.did(EventType.IMAGING_REPORTED, self.add(seen), Role.RADIOLOGIST, day)
        self.did(EventType.PATHOLOGY_REPORTED, self.add(read), Role.PATHOLOGIST, day)
        self.note(CaseEventType.IMAGING, day, str(seen), Role.RADIOLOGIST)
        self.note(CaseEventType.PATHOLOGY, day, str(read), Role.PATHOLOGIST)
        return [seen], [read]

    def _stage(self, rows: Rows, day: date) -> None:
        row: Staging = staging_row(self.episode, records(rows)[-1], rows.edition, self.by(Role.SURGEON))
        if row.status == "not_determined":
            return
        row.computed_at = moment(day)
        self.did(EventType.STAGE_COMPUTED, self.add(row), Role.SURGEON, day)
        if row.group:
            self.note(CaseEventType.STAGED, day, f"Stage {row.group}", Role.SURGEON)

    def reads(self) -> None:
        """Who looked at it, on a few days."""
        for after in (0, 8, 30)[: self.chance.randint(1, 3)]:
            role = self.chance.choice([Role.COORDINATOR, Role.SURGEON, Role.NURSE_SPECIALIST])
            read = Read(
                by=self.by(role),
                at=moment(self.story.day(after), 11),
                surface="page",
                view="desk:case",
                patient_ids=[self.case.patient_id],
            )
            self.add(read)


def new_patient(
    batch: Batch, chance: random.Random, number: str | None, centre: Centre, today: date
) -> Patient:
    """A person with a hospital number at the team's hospital."""
    patient = batch.add(people.patient(chance, number, today))
    hospital = centre.team.organisation
    batch.add(HospitalNumber(patient=patient, organisation=hospital, number=f"H{patient.pk:07d}"))
    registered = Event(
        type=EventType.PATIENT_REGISTERED, by=centre.people[Role.COORDINATOR], at=moment(today)
    )
    registered.target_type, registered.target_id = "cases.patient", patient.pk
    batch.add(registered)
    return patient

"""What an import writes, kept together and written in few statements however many studies there are."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils import timezone

from accounts.models import User
from audit import services as audit
from audit.events import EventType
from trials.models import Arm, ImportedStudy, ProposedChange, RegisterImport, Trial, TrialSite
from trials.registry.record import Read, Record
from trials.workflow import ImportOutcome, TrialStatus

SOURCE: Final = "ClinicalTrials.gov"
AT_ONCE: Final = 500


def as_of(version: date | None) -> date | None:
    """The day on which the registry still said so; a record that is dated ahead is of today at the latest."""
    return min(version, timezone.localdate()) if version else None


class Batch:
    """Rows of one import, in the order in which they need each other."""

    def __init__(self, run: RegisterImport, by: User | None) -> None:
        self.run, self.by = run, by
        self.added: list[tuple[Trial, Mapping[str, Any]]] = []
        self.studies: list[ImportedStudy] = []
        self.changes: list[ProposedChange] = []
        self.updated: dict[int, Trial] = {}

    def note(
        self,
        read: Read,
        outcome: ImportOutcome,
        left: list[str],
        *,
        trial: Trial | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> ImportedStudy:
        """What became of a study."""
        study = ImportedStudy(
            run=self.run,
            place=read.place,
            file=read.file,
            nct=read.nct,
            title=read.title,
            outcome=outcome,
            left=left,
            trial=trial,
            posted_on=read.record.posted_on if read.record else None,
            version_on=read.record.version if read.record else None,
            record=record,
        )
        self.studies.append(study)
        return study

    def add(self, record: Record, fields: Mapping[str, Any]) -> Trial:
        """A new trial; its arms and sites follow when it is written."""
        columns = {name: value for name, value in fields.items() if name not in ("arms", "sites")}
        day = as_of(record.version)
        trial = Trial(
            **({"status": TrialStatus.UNKNOWN} | columns),
            short_name=record.acronym or record.nct,
            status_on=record.posted_on or day,
            source=SOURCE,
            posted_on=record.posted_on,
            verified_on=day,
            verified_by=self.by if day else None,
            owner=self.by,
            created_by=self.by,
        )
        self.added.append((trial, fields))
        return trial

    def write_trials(self) -> None:
        """The new trials with their arms, sites and events."""
        added, self.added = self.added, []
        Trial.objects.bulk_create([trial for trial, _ in added], batch_size=AT_ONCE)
        Arm.objects.bulk_create(
            [Arm(trial=trial, **arm) for trial, fields in added for arm in fields.get("arms", ())],
            batch_size=AT_ONCE,
        )
        sites = [
            TrialSite(trial=trial, is_imported=True, **site)
            for trial, fields in added
            for site in fields.get("sites", ())
        ]
        TrialSite.objects.bulk_create(sites, batch_size=AT_ONCE)
        for trial, _ in added:
            audit.record(EventType.TRIAL_ADDED, target=trial, by=self.by, data={"import": self.run.pk})

    def write(self) -> None:
        """Everything that was kept together."""
        self.write_trials()
        ImportedStudy.objects.bulk_create(self.studies, batch_size=AT_ONCE)
        ProposedChange.objects.bulk_create(self.changes, batch_size=AT_ONCE)
        columns = ["posted_on", "verified_on", "verified_by"]
        Trial.objects.bulk_update(self.updated.values(), columns, batch_size=AT_ONCE)


def verify_as_of(trial: Trial, day: date | None, by: User | None) -> bool:
    """Whether the entry is verified by a record of that day: not where a person verified it later. Not saved."""
    if day is None or (trial.verified_on and trial.verified_on >= day):
        return False
    trial.verified_on, trial.verified_by = day, by
    audit.record(
        EventType.TRIAL_VERIFIED, target=trial, by=by, data={"on": day.isoformat(), "source": SOURCE}
    )
    return True

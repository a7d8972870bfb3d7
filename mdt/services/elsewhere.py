"""Discussions of a case at the MDT of another trust, recorded here as they were told."""

from datetime import date

from django.db import transaction

from accounts.models import Organisation, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.models import Episode
from cases.models.case import CaseEventType
from cases.services import events
from cases.services.refusals import Refusals
from mdt.models import OutsideDiscussion


@transaction.atomic
def record_outside_discussion(
    *,
    episode: Episode,
    organisation: Organisation | None,
    name: str = "",
    on: date | None,
    outcome: str,
    by: User,
) -> OutsideDiscussion:
    """That another trust's MDT discussed the episode, and what came of it; it decides nothing here.

    `name` is the hospital's, where it is not among the organisations.
    """
    episode = Episode.objects.select_related("case__patient", "case__team").get(pk=episode.pk)
    case = episode.case
    by.must(Permission.RECORD_FACTS, case.team_id)
    name = organisation.name if organisation else name.strip()
    refusals = Refusals()
    refusals.need("organisation", "Which hospital's MDT", name)
    refusals.length("name", "Hospital", name, 200)
    if organisation and organisation.pk == case.team.organisation_id:
        refusals.add(
            "organisation",
            f"{organisation} hosts this team. Its own discussions are recorded at its meetings.",
        )
    refusals.need("on", "Date of the discussion", on)
    refusals.past("on", "Date of the discussion", on, born=case.patient.birth_on)
    refusals.need("outcome", "Outcome", outcome.strip())
    refusals.length("outcome", "Outcome", outcome, 4000)
    refusals.settle()
    assert on is not None
    row = OutsideDiscussion.objects.create(
        episode=episode,
        organisation=organisation,
        organisation_name=name,
        on=on,
        outcome=outcome.strip(),
        recorded_by=by,
    )
    note = f"At another trust’s MDT, {name}: {row.outcome}"
    events.note(case=case, type=CaseEventType.DISCUSSED, on=on, note=note, organisation=organisation, by=by)
    audit.record(EventType.DISCUSSED_ELSEWHERE, target=row, by=by, case_id=case.pk)
    return row

"""What another centre gets to see of a case: the chosen parts and no more, as plain data for paper, bundle and page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone

from cases.clinical import nhs_number
from cases.models import Case, Document
from cases.models.document import DocumentKind
from followup.models import HOME_PLAN, OpinionPart, SecondOpinion
from followup.services.opinion import packed_facts, packed_record
from followup.services.opinion.packed import DAY, Row, Section, said_day
from followup.workflow import OpinionStatus

NAMES_THE_PATIENT: Final = (OpinionPart.DOCUMENTS, OpinionPart.IMAGES)
"""Files and studies carry the patient's name anyway, and must be matched to the person: where there are any, and
for no other part."""

TELLS_NO_PLAN: Final = (DocumentKind.REFERRAL_LETTER, DocumentKind.REPORT, DocumentKind.PHOTOGRAPH)
"""Documents that go with a blind request: a clinic letter or another paper may tell the home team's plan."""

IS_IN: Final = (OpinionStatus.RECEIVED, OpinionStatus.CLOSED)


@dataclass(frozen=True)
class OpinionPack:
    """The parts of a case that go with a request; `held_back` are chosen ones that wait until a blind opinion is in."""

    reference: str
    asks: str
    asks_person: str
    asks_email: str
    asked: str
    question: str
    requested_on: date
    made_on: date
    is_blind: bool
    held_back: tuple[str, ...]
    patient: tuple[Row, ...]
    sections: tuple[Section, ...]
    documents: tuple[Document, ...]


@dataclass(frozen=True)
class Naming:
    """Which chosen parts name the patient: `now`, and from their first file or study on, of which there is none."""

    now: tuple[OpinionPart, ...]
    later: tuple[OpinionPart, ...]


Maker = Callable[[SecondOpinion], list[Section]]

MAKERS: Final[Mapping[str, Maker]] = {
    OpinionPart.SUMMARY: packed_facts.summary,
    OpinionPart.PATHOLOGY: packed_facts.pathology,
    OpinionPart.IMAGING: packed_facts.imaging,
    OpinionPart.STAGING: packed_facts.staging,
    OpinionPart.TREATMENTS: packed_record.treatments,
    OpinionPart.DISCUSSIONS: packed_record.discussions,
    OpinionPart.PLAN: packed_record.plan,
    OpinionPart.WISHES: packed_record.wishes,
    OpinionPart.IMAGES: packed_record.images,
}


def parts_of(opinion: SecondOpinion, *, for_expert: bool) -> OpinionPack:
    """The chosen parts as they are now. For the expert of a blind request without the home plan, until it is in.

    The same number of statements whatever the case holds: at most one for each part.
    """
    case = opinion.episode.case
    parts = shown_parts(opinion) if for_expert else chosen_parts(opinion)
    documents = documents_of(opinion, for_expert=for_expert) if OpinionPart.DOCUMENTS in parts else []
    sections = [section for part in parts if part in MAKERS for section in MAKERS[part](opinion)]
    if OpinionPart.DOCUMENTS in parts:
        sections.append(packed_record.documents(documents))
    return OpinionPack(
        reference=case.reference,
        asks=_asks(opinion),
        asks_person=opinion.owner.full_name,
        asks_email=opinion.owner.email,
        asked=_asked(opinion),
        question=opinion.question,
        requested_on=opinion.requested_on,
        made_on=timezone.localdate(),
        is_blind=is_blind_now(opinion),
        held_back=tuple(part.label for part in chosen_parts(opinion) if part not in parts),
        patient=_patient(case, parts, sections),
        sections=tuple(sections),
        documents=tuple(documents),
    )


def naming(opinion: SecondOpinion) -> Naming:
    """Of what somebody outside the home team may see now; a statement for each such part."""
    chosen = [part for part in shown_parts(opinion) if part in NAMES_THE_PATIENT]
    is_there = {part: _has_some(opinion, part) for part in chosen}
    return Naming(
        now=tuple(part for part in chosen if is_there[part]),
        later=tuple(part for part in chosen if not is_there[part]),
    )


def _has_some(opinion: SecondOpinion, part: OpinionPart) -> bool:
    if part == OpinionPart.DOCUMENTS:
        return bool(documents_of(opinion, for_expert=True))
    return any(section.rows for section in MAKERS[part](opinion))


def chosen_parts(opinion: SecondOpinion) -> list[OpinionPart]:
    """In the order of the list of parts."""
    return [part for part in OpinionPart if part in opinion.parts]


def shown_parts(opinion: SecondOpinion) -> list[OpinionPart]:
    """Those that somebody outside the home team may see now."""
    hidden = HOME_PLAN if is_blind_now(opinion) else ()
    return [part for part in chosen_parts(opinion) if part not in hidden]


def is_blind_now(opinion: SecondOpinion) -> bool:
    """Whether the home team's plan is kept from the expert: asked for blind, and the opinion is not in."""
    return opinion.is_blind and opinion.status not in IS_IN


def documents_of(opinion: SecondOpinion, *, for_expert: bool) -> list[Document]:
    """The case's files, newest first; of a blind request the kinds that tell no plan, without their titles."""
    rows = Document.objects.filter(case=opinion.episode.case_id).shown().exclude(kind=DocumentKind.CONSENT)
    if not (for_expert and is_blind_now(opinion)):
        return list(rows)
    found = list(rows.filter(kind__in=TELLS_NO_PLAN))
    for each in found:
        each.title = each.get_kind_display()  # whoever added it wrote the title freely: it may tell the plan
    return found


def _asks(opinion: SecondOpinion) -> str:
    team = opinion.episode.case.team
    return opinion.asking.name if opinion.asking else f"{team.name}, {team.organisation.name}"


def _asked(opinion: SecondOpinion) -> str:
    team = opinion.team_asked
    return f"{team.name}, {opinion.asked_of.name}" if team else opinion.asked_of.name


def _patient(case: Case, parts: list[OpinionPart], sections: list[Section]) -> tuple[Row, ...]:
    """Who it is only where a part carries the name anyway; age and sex with the summary."""
    patient = case.patient
    rows = [Row("case_reference", "Case reference", case.reference)]
    if any(section.part in NAMES_THE_PATIENT and section.rows for section in sections):
        number = nhs_number.display(patient.nhs_number) if patient.nhs_number else "not held"
        born = said_day(patient.birth_on) or "not held"
        rows += [
            Row("name", "Name", patient.display_name),
            Row("born_on", "Born", born, str(patient.birth_on or ""), DAY),
            Row(
                "nhs_number",
                "NHS number",
                number,
                patient.nhs_number or "",
                "https://fhir.nhs.uk/Id/nhs-number",
            ),
        ]
    if OpinionPart.SUMMARY in parts:
        age = patient.age_on(timezone.localdate())
        rows.append(Row("age", "Age", f"{age} years" if age is not None else "not held"))
        rows.append(Row("sex", "Sex", patient.get_sex_display(), patient.sex, "sex"))
    return tuple(rows)

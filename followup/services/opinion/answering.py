"""The one way in which a second opinion is handed in: by link, by the team asked, or copied from a letter."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState, check_version
from cases.clinical import icdo3
from cases.models.document import ContentType
from cases.services.documents import EXTENSIONS
from cases.services.refusals import Refusals
from followup import comparing
from followup.models import ExpertLink, OpinionAnswer, OpinionFile, OpinionItem, OpinionView, SecondOpinion
from followup.services.opinion import kept_files, links
from followup.services.opinion.comparing import home_views
from followup.services.opinion.ending_links import end_links
from followup.services.opinion.ending_shares import is_shared
from followup.services.opinion.opinions import OPINION_TEXT, locked_opinion, received
from followup.services.opinion.typed_names import refuse_pictures
from followup.workflow import OPINION, OpinionStatus

WORDS: Final = 500
NAME: Final = 200
UNSAID: Final = "unsaid"
DIAGNOSES: Final = {"agreed": "Yes, I agree", "changed": "No, another diagnosis", UNSAID: "I cannot say"}


SAY_WHETHER: Final = "Say whether you agree with the team’s diagnosis."


@dataclass(frozen=True)
class AnswerDetails:
    """What the expert says: codes of `followup.comparing`, empty where nothing is said, and their own words."""

    diagnosis: str
    text: str
    given_on: date | None
    given_by_name: str
    morphology: str = ""
    diagnosis_words: str = ""
    grade: str = ""
    stage: str = ""
    resectability: str = ""
    treatment: tuple[str, ...] = ()
    treatment_words: str = ""


@dataclass(frozen=True)
class AnswerFile:
    """A file that comes with it, by the name that its sender gave."""

    title: str
    file: "File[bytes]"


@transaction.atomic
def hand_in_opinion(
    *,
    opinion: SecondOpinion,
    version: int | None = None,
    details: AnswerDetails,
    files: Sequence[AnswerFile] = (),
    way: OpinionAnswer.Way,
    link: ExpertLink | None = None,
    by: User | None,
) -> OpinionAnswer:
    """Fix the opinion, with the home team's view of the same moment; the link ends, and a plan may wait no more.

    `by` is None for an outside expert, whose `link` is asked for in their place. On a refusal no file stays.
    """
    opinion = locked_opinion(opinion)
    _must(opinion, way, link, by)
    OPINION.check(opinion.status, OpinionStatus.RECEIVED)
    check_version(opinion, version)
    given_on = refuse_answer(opinion, details)
    kinds = _judged(files)
    answer = OpinionAnswer.objects.create(
        opinion=opinion,
        way=way,
        given_on=given_on,
        given_by_name=" ".join(details.given_by_name.split()),
        given_by=by if way == OpinionAnswer.Way.HERE else None,
        text=details.text.strip(),
        was_blind=opinion.is_blind and not _sees_the_case(opinion, way, by),
    )
    _write_views(answer, details, home_views(opinion))
    with ExitStack() as undo:
        for each, kind in zip(files, kinds, strict=True):
            _write_file(opinion, each, kind, by, undo)
        received(opinion, text=answer.text, by=by)
        end_links(opinion=opinion, reason=ExpertLink.Ended.ANSWERED, by=by)
        data = {"way": answer.way, "files": len(files)}
        case_id = opinion.episode.case_id
        audit.record(EventType.OPINION_ANSWERED, target=opinion, by=by, case_id=case_id, data=data)
        undo.pop_all()
    return answer


def said_by(details: AnswerDetails) -> dict[OpinionItem, str]:
    """Their view of each item, as a code."""
    diagnosis = {"agreed": comparing.AGREED, "changed": f"{comparing.CHANGED}{details.morphology}"}
    return {
        OpinionItem.DIAGNOSIS: diagnosis.get(details.diagnosis, ""),
        OpinionItem.GRADE: details.grade,
        OpinionItem.STAGE: details.stage,
        OpinionItem.RESECTABILITY: details.resectability,
        OpinionItem.TREATMENT: comparing.treatment_code(list(details.treatment)),
    }


def _must(opinion: SecondOpinion, way: OpinionAnswer.Way, link: ExpertLink | None, by: User | None) -> None:
    if way == OpinionAnswer.Way.LINK:
        of_this = links.usable().select_for_update(of=("self",)).filter(opinion=opinion)
        if by is not None or link is None or of_this.filter(pk=link.pk).first() is None:
            raise WrongState("link", "ended", "used")
        return
    assert by is not None
    if way == OpinionAnswer.Way.TYPED:
        by.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
        return
    team = answering_team(opinion)
    if team is None or not (opinion.is_of_us or is_shared(opinion)):
        raise PermissionDenied("This request is not shared with a team of yours.")
    by.must(Permission.ANSWER_OPINION, team)


def answering_team(opinion: SecondOpinion) -> int | None:
    """Whose people answer here: the team asked, or the case's own where another centre asked for its view."""
    if opinion.asked_by == SecondOpinion.AskedBy.ANOTHER_CENTRE:
        return opinion.episode.case.team_id
    return opinion.team_asked_id


def _sees_the_case(opinion: SecondOpinion, way: OpinionAnswer.Way, by: User | None) -> bool:
    """Whether who gives the opinion here can read the home team's plan on the case itself."""
    return way == OpinionAnswer.Way.HERE and by is not None and opinion.episode.case.team_id in by.team_ids()


def refuse_answer(opinion: SecondOpinion, details: AnswerDetails) -> date:
    """The day of the opinion, where nothing is refused; to be asked before an answer is shown for a last check, too."""
    refused = Refusals()
    _refuse_diagnosis(details, refused)
    for item in OpinionItem:
        said = said_by(details)[item]
        if item != OpinionItem.DIAGNOSIS and not comparing.is_known(item, said):
            refused.add(item.value, f"{item.label}: “{said[:40]}” is not in the list. Choose from the list.")
    refused.length("diagnosis_words", "The diagnosis in words", details.diagnosis_words, WORDS)
    refused.length("treatment_words", "Treatment in words", details.treatment_words, WORDS)
    refused.need("text", "The opinion", details.text.strip())
    refused.length("text", "The opinion", details.text, OPINION_TEXT)
    refused.need("given_by_name", "Name", details.given_by_name.strip())
    refused.length("given_by_name", "Name", details.given_by_name, NAME)
    refuse_pictures(refused, "given_by_name", "Name", " ".join(details.given_by_name.split()))
    refused.need("given_on", "Date of the opinion", details.given_on)
    refused.past(
        "given_on", "Date of the opinion", details.given_on, born=opinion.episode.case.patient.birth_on
    )
    refused.settle()
    return details.given_on or timezone.localdate()


def _refuse_diagnosis(details: AnswerDetails, refused: Refusals) -> None:
    if not details.diagnosis:
        refused.add("diagnosis", SAY_WHETHER)
    refused.choice("diagnosis", "The team’s diagnosis", details.diagnosis, DIAGNOSES)
    if details.diagnosis == "changed":
        refused.need("morphology", "Your diagnosis", details.morphology)
        refused.morphology("morphology", details.morphology)
    elif details.morphology:
        words = icdo3.morphology_name(details.morphology)
        refused.add(
            "morphology",
            f"Your diagnosis is {words}, but “{DIAGNOSES.get(details.diagnosis, 'nothing')}” is chosen above. "
            "Choose “No, another diagnosis”, or leave this empty.",
        )


def _judged(files: Sequence[AnswerFile]) -> list[ContentType]:
    kinds: list[ContentType] = []
    sizes: list[int] = []
    checksums: list[str] = []
    for each in files:
        kinds.append(kept_files.judged(each.file, each.title))
        sizes.append(each.file.size)
        checksums.append(kept_files.checksum(each.file))
        kept_files.check_together(sizes, checksums, each.title)
    return kinds


def _write_views(answer: OpinionAnswer, details: AnswerDetails, ours: dict[OpinionItem, str]) -> None:
    words = {
        OpinionItem.DIAGNOSIS: details.diagnosis_words.strip(),
        OpinionItem.TREATMENT: details.treatment_words.strip(),
    }
    OpinionView.objects.bulk_create(
        OpinionView(
            answer=answer,
            item=item,
            theirs=theirs,
            theirs_text=words.get(item, ""),
            ours=ours[item],
            agrees=comparing.agree(item, theirs, ours[item]),
        )
        for item, theirs in said_by(details).items()
    )


def _write_file(
    opinion: SecondOpinion, each: AnswerFile, kind: ContentType, by: User | None, undo: ExitStack
) -> None:
    row = OpinionFile(
        opinion=opinion,
        title=kept_files.title_of(each.title),
        content_type=kind,
        size_bytes=each.file.size,
        sha256=kept_files.checksum(each.file),
        added_by=by,
    )
    row.file.save(f"{uuid4().hex}.{EXTENSIONS[kind]}", each.file, save=False)
    undo.callback(row.file.delete, save=False)
    row.save()

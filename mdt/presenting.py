"""How pages say a meeting: the six role tiles, the competences there, and each listed plan with its check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.models import Membership
from accounts.permissions import Competence, Role
from mdt.models import Attendance, Gap, Listing
from mdt.proposing import Proposal
from mdt.quorum import ROLES, Quorum
from mdt.services import plan_or_newer
from mdt.services.proposals import Confirmation
from treatments import services as treatments
from treatments.guidance.local import LocalGuidance
from treatments.models import Check, Plan, Response
from treatments.presenting import VERDICT_SEVERITY, VERDICT_WORDS, tallies
from treatments.services.checking import OPEN

SHORT_ROLES = {Role.NURSE_SPECIALIST: "Nurse specialist", Role.PALLIATIVE_CARE: "Palliative care doctor"}
SHORT_COMPETENCES = {Competence.SYSTEMIC_TREATMENT: "Systemic", Competence.RADIOTHERAPY: "Radiotherapy"}
NOBODY = {"text": "nobody", "state": "absent"}


def tiles(
    quorum: Quorum,
    attendances: Sequence[Attendance],
    recused: set[int],
    *,
    lacking: Iterable[str] = (),
    short: bool = False,
) -> list[dict[str, Any]]:
    """Items of the quorum meter, all six roles always; `lacking` are competences that a plan needs and nobody has."""
    names = (
        _short_names(attendances) if short else {row.person_id: row.person.full_name for row in attendances}
    )
    rows = {role: [row for row in attendances if row.role == role] for role in ROLES}
    made = []
    for seat in quorum.seats:
        people = [{"text": _words(row, names), "state": _how(row, recused)} for row in rows[seat.role]]
        tile = {
            "role": SHORT_ROLES.get(Role(seat.role), Role(seat.role).label)
            if short
            else Role(seat.role).label,
            "state": "present" if seat.filled_by else "absent" if seat.is_needed else "none",
            "people": people or ([NOBODY] if seat.is_needed else []),
            "note": "" if seat.is_needed else "Not needed for this case’s quorum",
        }
        if seat.role == Role.ONCOLOGIST and people:
            tile |= _competences(attendances, names, recused, set(lacking), seat.filled_by is not None)
        made.append(tile)
    return made


def _competences(
    attendances: Sequence[Attendance],
    names: Mapping[int, str],
    recused: set[int],
    lacking: set[str],
    is_filled: bool,
) -> dict[str, Any]:
    """The oncologists by what they give; a competence that nobody there has is said."""
    people = []
    for competence, label in SHORT_COMPETENCES.items():
        givers = [row for row in attendances if competence in row.competences]
        people += [{"text": f"{label}: {_words(row, names)}", "state": _how(row, recused)} for row in givers]
        if competence in lacking:
            people.append({"text": f"{label}: nobody", "state": "absent"})
    others = [row for row in attendances if row.role == Role.ONCOLOGIST and not row.competences]
    people += [{"text": _words(row, names), "state": _how(row, recused)} for row in others]
    state = "part" if lacking else "present" if is_filled else "absent"
    return {"people": people, "state": state}


def _short_names(attendances: Sequence[Attendance]) -> dict[int, str]:
    """Family names for the screen at the front; two people of one name keep their whole names."""
    whole = {row.person_id: row.person.full_name for row in attendances}
    last = {person: name.split()[-1] for person, name in whole.items()}
    return {
        person: name if list(last.values()).count(name) == 1 else whole[person]
        for person, name in last.items()
    }


def _words(row: Attendance, names: Mapping[int, str]) -> str:
    name = names[row.person_id]
    if row.deputises_for_id:
        return f"{name} for {row.deputises_for}"
    return f"{name}, remote" if row.mode == Attendance.Mode.REMOTE else name


def _how(row: Attendance, recused: set[int]) -> str:
    if row.person_id in recused:
        return "recused"
    if row.deputises_for_id:
        return "deputy"
    return "remote" if row.mode == Attendance.Mode.REMOTE else "present"


def newest_each(attendances: Iterable[Attendance]) -> list[Attendance]:
    """One row a person and role: the latest interval."""
    return list({(row.person_id, row.role): row for row in attendances}.values())


@dataclass
class RoleTile:
    """One role on the meeting's page: who of the team is there, who left, and who has not come."""

    role: str
    label: str
    state: str
    there: list[Attendance] = field(default_factory=list)
    to_come: list[Membership] = field(default_factory=list)


def role_tiles(quorum: Quorum, there: Sequence[Attendance], members: Sequence[Membership]) -> list[RoleTile]:
    here = {row.person_id for row in there}
    return [
        RoleTile(
            seat.role,
            Role(seat.role).label,
            "present" if seat.filled_by else "absent" if seat.is_needed else "none",
            [row for row in there if row.role == seat.role],
            [each for each in members if each.role == seat.role and each.user_id not in here],
        )
        for seat in quorum.seats
    ]


@dataclass
class PlanLine:
    """A listed plan with what its newest check found and what is answered of it."""

    plan: Plan | None = None
    check: Check | None = None
    standing: list[treatments.Standing] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    @property
    def severity(self) -> str:
        """Of the worst finding that is not answered; "" when nothing is owed."""
        return VERDICT_SEVERITY.get(self.check.verdict, "") if self.check and self.owes else ""

    @cached_property
    def owes(self) -> bool:
        return any(
            each.is_owed or each.finding["severity"] in ("contradiction", "missing") for each in self.standing
        )

    @property
    def words(self) -> str:
        if self.check is None:
            return "Not checked yet"
        if self.owes or not self.standing:
            return VERDICT_WORDS[self.check.verdict].capitalize()
        return "Every finding is answered"

    @cached_property
    def counts(self) -> dict[str, int]:
        return tallies(self.standing)[0]

    @cached_property
    def answered(self) -> dict[str, int]:
        return tallies(self.standing)[1]


def plan_lines(listings: Sequence[Listing], local: LocalGuidance) -> dict[int, PlanLine]:
    """By listing: its plan with the newest check and the answers; three statements, however many listings.

    `local`: what the team added to the guidance, whose standing reasons answer too.
    """
    plans = plan_or_newer(listings)
    chosen = [plan.pk for plan in plans.values() if plan]
    checks = Check.objects.filter(plan__in=chosen).order_by("plan_id", "-id").distinct("plan_id")
    newest = {check.plan_id: check for check in checks}
    answers: dict[int, list[Response]] = {}
    rows = Response.objects.filter(plan__in=chosen).select_related("check_made", "given_by")
    for response in rows.order_by("-id"):
        answers.setdefault(response.plan_id, []).append(response)
    return {listing.pk: _line(plans[listing.pk], newest, answers, local) for listing in listings}


def _line(
    plan: Plan | None,
    checks: Mapping[int, Check],
    answers: Mapping[int, list[Response]],
    local: LocalGuidance,
) -> PlanLine:
    check = checks.get(plan.pk) if plan else None
    if plan is None or check is None:
        return PlanLine(plan)
    given = answers.get(plan.pk, [])
    reasons = treatments.reasons_of(check, local) if plan.status in OPEN else treatments.NO_REASONS
    return PlanLine(plan, check, treatments.standing(check, given, reasons), given)


@dataclass(frozen=True)
class ProposalRow:
    """A proposed case as its row shows it: what is known, what was typed, and what was wrong with it."""

    proposal: Proposal
    typed: Mapping[str, str]
    gaps: Sequence[Gap]
    errors: Mapping[str, Sequence[str]]

    @property
    def lacks(self) -> str:
        """What nobody has said yet, in words."""
        each = self.proposal
        said = {
            "the question": each.question,
            "the consultant": self.typed["responsible"],
            "what the patient knows": each.patient_knows,
        }
        return ", ".join(words for words, value in said.items() if not value)


def proposal_row(
    shown: tuple[Proposal, Mapping[str, str]],
    gaps: Mapping[int, Sequence[Gap]],
    done: Confirmation,
) -> ProposalRow:
    proposal, typed = shown
    key = proposal.episode.pk
    return ProposalRow(proposal, typed, gaps.get(key, ()), done.refused.get(key, {}))

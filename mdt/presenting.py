"""How pages say a meeting: the six role tiles, the competences there, and each listed plan with its check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from accounts.permissions import SIX_ROLES, Competence, Role
from mdt.models import Attendance, Gap, Listing
from mdt.proposing import Proposal
from mdt.quorum import Quorum, Seat
from mdt.services import plan_or_newer
from mdt.services.proposals import Confirmation
from treatments import services as treatments
from treatments.guidance.local import LocalGuidance
from treatments.models import Check, Plan, Response
from treatments.presenting import VERDICT_SEVERITY, VERDICT_WORDS, tallies
from treatments.services.checking import OPEN

SHORT_ROLES = {Role.NURSE_SPECIALIST: "Nurse specialist", Role.PALLIATIVE_CARE: "Palliative care doctor"}
SHORT_COMPETENCES = {Competence.SYSTEMIC_TREATMENT: "Systemic", Competence.RADIOTHERAPY: "Radiotherapy"}
NAMED = 3
"""So many names stand on one line of a tile."""


@dataclass(frozen=True)
class Line:
    """What a tile says of people: its state is present, remote, deputy, recused, absent or none."""

    text: str
    state: str


@dataclass(frozen=True)
class Tile:
    """One of the six roles on the meeting screen: state present, part (a competence missing), absent or none."""

    role: str
    label: str
    state: str
    lines: list[Line]
    note: str


def tiles(
    quorum: Quorum, attendances: Sequence[Attendance], recused: set[int], *, lacking: Iterable[str] = ()
) -> list[Tile]:
    """The quorum meter, all six roles always; `lacking` are competences that a plan needs and nobody has."""
    names = _short_names(attendances)
    lacks = set(lacking)
    return [_tile(seat, quorum, attendances, names, recused, lacks) for seat in quorum.seats]


def _tile(
    seat: Seat,
    quorum: Quorum,
    attendances: Sequence[Attendance],
    names: Mapping[int, str],
    recused: set[int],
    lacks: set[str],
) -> Tile:
    rows = [row for row in attendances if row.role == seat.role]
    state = "present" if seat.filled_by else "absent" if seat.is_needed else "none"
    lines = _lines(rows, names, recused)
    note = "" if seat.is_needed else "Not needed for this case’s quorum"
    if seat.is_needed and not seat.filled_by:
        if all(row.person_id in recused for row in rows):
            lines.append(Line("nobody", "absent"))
        else:
            note = "Counts in another role"
    if seat.role == Role.ONCOLOGIST and rows:
        lines = _competences(attendances, names, recused, lacks)
        state = "part" if lacks & set(SHORT_COMPETENCES) and state == "present" else state
    role = Role(seat.role)
    return Tile(seat.role, SHORT_ROLES.get(role, role.label), state, lines, note)


def _competences(
    attendances: Sequence[Attendance], names: Mapping[int, str], recused: set[int], lacks: set[str]
) -> list[Line]:
    """Who is there for systemic treatment and for radiotherapy, whatever their role; then who gives neither."""
    six = [row for row in attendances if row.role in SIX_ROLES]
    lines: list[Line] = []
    for competence, label in SHORT_COMPETENCES.items():
        givers = [row for row in six if competence in row.competences]
        lines += [Line(f"{label}: {each.text}", each.state) for each in _lines(givers, names, recused)]
        if all(row.person_id in recused for row in givers):
            lines.append(Line(f"{label}: nobody", "absent" if competence in lacks else "none"))
    neither = [row for row in six if row.role == Role.ONCOLOGIST and not row.competences]
    return lines + _lines(neither, names, recused)


def _lines(rows: Iterable[Attendance], names: Mapping[int, str], recused: set[int]) -> list[Line]:
    """Those of one kind share a line; a deputy has one, with whom they stand for."""
    kinds: dict[str, list[str]] = {"present": [], "remote": [], "deputy": [], "recused": []}
    for row in rows:
        kinds[_how(row, recused)].append(_words(row, names))
    several = [("present", _joined(kinds["present"], "")), ("remote", _joined(kinds["remote"], "remote"))]
    deputies = [("deputy", text) for text in kinds["deputy"]]
    aside = [("recused", _joined(kinds["recused"], "recused"))]
    return [Line(text, kind) for kind, text in [*several, *deputies, *aside] if text]


def _joined(names: Sequence[str], word: str) -> str:
    """The first few by name; all of them are on the page of who is present."""
    few = names if len(names) <= NAMED else [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]
    return ", ".join([*few, word] if word and few else few)


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
    if row.deputises_for is None:
        return name
    remote = ", remote" if row.mode == Attendance.Mode.REMOTE else ""
    return f"{name} for {row.deputises_for.full_name.split()[-1]}{remote}"


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
    lines = {}
    for listing in listings:
        plan = plans[listing.pk]
        check = newest.get(plan.pk) if plan else None
        lines[listing.pk] = plan_line(plan, check, answers.get(plan.pk, []) if plan else [], local)
    return lines


def plan_line(
    plan: Plan | None, check: Check | None, given: list[Response], local: LocalGuidance
) -> PlanLine:
    """`plan_lines` of one, whose newest check and answers are in hand."""
    if plan is None or check is None:
        return PlanLine(plan)
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

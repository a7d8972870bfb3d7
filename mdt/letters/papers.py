"""The papers of a meeting: agenda before it, minutes and actions after it, each in a fixed number of statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from cases.clinical import nhs_number
from cases.models import Patient
from cases.presenting import SIX_FACTS, fact_values, grade_is_minimum, treatment_words
from cases.services.refusals import said_time
from mdt.letters.placeholders import examples
from mdt.letters.templates import text_in_use
from mdt.letters.values import long_day, quorum_words
from mdt.letters.wording import Block, blocks_of, filled
from mdt.models import Action, Decision, Dissent, Listing, Meeting, Recusal
from mdt.ratification import ratification_words
from mdt.services import plan_or_newer
from mdt.workflow import DecisionKind, MeetingStatus, TextKind, Track
from treatments.models import Plan, Treatment

COLUMNS = ["", "Patient", "Question", "The six facts", "Plan", "Responsible"]
NOT_WRITTEN = "not written down"
ORDER = [*SIX_ROLES, *(role for role in Role if role not in SIX_ROLES)]


@dataclass(frozen=True)
class Paper:
    """A document for `rendering.pdf_of`, and whom it names."""

    template: str
    data: dict[str, Any]
    patient_ids: frozenset[int]


def agenda(meeting: Meeting) -> Paper:
    """Each case on the list with what the meeting has to know; standard of care apart, since it is not discussed."""
    rows = Listing.objects.filter(meeting=meeting).on_the_list().order_by("position", "pk")
    listings = list(
        rows.select_related("episode__case__patient", "responsible", "plan").annotate(
            at_least=grade_is_minimum("episode__fact_sources")
        )
    )
    plans = plan_or_newer(listings)
    lines = _treatments(plan.pk for plan in plans.values() if plan)
    numbered = [(row, _agenda_row(place, row, plans[row.pk], lines)) for place, row in enumerate(listings, 1)]
    parts = [
        _part("To discuss", "No case is on the list.", numbered, Track.DISCUSS),
        _part("Standard of care, not discussed", "", numbered, Track.STANDARD_OF_CARE),
    ]
    data = _frame(meeting, "Agenda") | {"parts": [part for part in parts if part["rows"] or part["nothing"]]}
    return Paper("agenda", data, frozenset(row.episode.case.patient_id for row in listings))


def _treatments(plans: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for line in Treatment.objects.filter(plan__in=list(plans)).order_by("plan_id", "position"):
        found.setdefault(line.plan_id, []).append(treatment_words(line))
    return found


def _part(
    heading: str, nothing: str, numbered: Sequence[tuple[Listing, list[Any]]], track: str
) -> dict[str, Any]:
    rows = [cells for row, cells in numbered if row.track == track]
    return {"heading": heading, "nothing": nothing, "columns": COLUMNS, "rows": rows}


def _agenda_row(
    place: int, row: Listing, plan: Plan | None, lines: dict[int, list[str]]
) -> list[str | list[str]]:
    case = row.episode.case
    at_least = bool(row.at_least)  # type: ignore[attr-defined]
    values = fact_values(row.episode.facts, grade_is_minimum=at_least)
    facts = [
        f"{label}: {value or 'not recorded'}" for (_, label), value in zip(SIX_FACTS, values, strict=True)
    ]
    state = f"{plan}, {plan.get_status_display().lower()}" if plan else "No plan yet"
    return [
        str(place),
        _patient(case.patient, case.reference),
        row.question + (f"\nGuest: {row.guest}" if row.guest else ""),
        "\n".join(facts),
        "\n".join([state, *(lines.get(plan.pk, []) if plan else [])]),
        str(row.responsible or "nobody named"),
    ]


def _patient(patient: Patient, reference: str) -> str:
    number = nhs_number.display(patient.nhs_number) if patient.nhs_number else "NHS number not held"
    born = (
        f"born {patient.birth_on.day} {patient.birth_on:%b %Y}" if patient.birth_on else "birth date not held"
    )
    return "\n".join(
        [patient.display_name, born, number, reference, *(["has died"] if patient.is_dead else [])]
    )


def _frame(meeting: Meeting, what: str) -> dict[str, Any]:
    starts = timezone.localtime(meeting.starts_at)
    day = f"{starts:%A} {long_day(starts.date())}"
    place = f", {meeting.place}" if meeting.place else ""
    chair = f"Chair: {meeting.chair}" if meeting.chair else "Chair: not named"
    return {
        "title": f"{what}, {meeting.team.name}, {long_day(starts.date())}",
        "heading": f"{what} of {day}",
        "team": meeting.team.name,
        "about": f"{meeting.team.name}, {said_time(starts)}{place}\n{chair}",
        "footer": f"{what}, {meeting.team.name}, {long_day(starts.date())}. Confidential: patients are named.",
    }


def _blocks(meeting: Meeting, kind: TextKind, **parts: bool) -> list[Block]:
    """The team's text; a part that has nothing to show is left out with its heading."""
    text, _ = text_in_use(meeting.team_id, kind)
    starts = timezone.localtime(meeting.starts_at)
    values = examples(kind) | {
        "team": meeting.team.name,
        "hospital": meeting.team.organisation.name,
        "meeting_day": f"{starts:%A} {long_day(starts.date())}",
        "chair": str(meeting.chair or "nobody named"),
        "place": meeting.place,
    }
    return blocks_of(filled(text, values | parts))


def minutes(meeting: Meeting) -> Paper:
    """Who was there from when to when, and of each case what was decided, by whom, and who disagreed.

    As it stands at this moment: the page of the minutes and their PDF say the same.
    """
    rows = Listing.objects.filter(meeting=meeting).order_by("position", "pk")
    listings = list(
        rows.select_related("episode__case__patient", "standard_confirmed_by").defer(
            "episode__facts", "episode__fact_sources"
        )
    )
    said = _Said(meeting)
    on_list = [row for row in listings if row.is_on_the_list]
    off = [row for row in listings if not row.is_on_the_list]
    data = _frame(meeting, "Minutes") | {
        "blocks": _blocks(meeting, TextKind.MINUTES, off_the_list=bool(off)),
        "attendance": _attendance(meeting),
        "cases": [_minuted(place, row, said) for place, row in enumerate(on_list, 1)],
        "off": [_off(row) for row in off],
        "signature": _signature(meeting, {row.pk for row in said.decisions.values()}),
    }
    return Paper("minutes", data, frozenset(row.episode.case.patient_id for row in listings))


class _Said:
    """By listing: the decision that stands, and the actions and dissent of it and of those that it replaces."""

    def __init__(self, meeting: Meeting) -> None:
        people = ("plan", "responsible", "tells_patient", "recorded_by", "confirmed_by", "replaces")
        standing = Decision.objects.filter(listing__meeting=meeting).standing_at_its_listing()
        standing = standing.with_ratification().select_related(*people)
        self.decisions = {row.listing_id: row for row in standing.prefetch_related("plan__treatments")}
        self.actions: dict[int | None, list[Action]] = {}
        self.dissents: dict[int | None, list[Dissent]] = {}
        self.aside: dict[int, list[Recusal]] = {}
        for recusal in Recusal.objects.filter(listing__meeting=meeting).select_related("person"):
            self.aside.setdefault(recusal.listing_id, []).append(recusal)
        of_meeting = {"decision__listing__meeting": meeting}
        for action in Action.objects.filter(**of_meeting).select_related("owner", "decision"):
            self.actions.setdefault(action.decision.listing_id, []).append(action)
        for dissent in Dissent.objects.filter(**of_meeting).select_related("person", "decision"):
            self.dissents.setdefault(dissent.decision.listing_id, []).append(dissent)


def _attendance(meeting: Meeting) -> list[list[str]]:
    """One row a person and role, the six roles first, with each interval."""
    rows = meeting.attendances.select_related("person", "deputises_for").order_by("arrived_at", "pk")
    found: dict[tuple[int, str, str], list[str]] = {}
    end = "now" if meeting.status == MeetingStatus.IN_SESSION else "the end"
    for row in rows:
        notes = [f"for {row.deputises_for}"] if row.deputises_for else []
        notes += ["remote"] if row.mode == "remote" else []
        who = f"{row.person}{' (' + ', '.join(notes) + ')' if notes else ''}"
        until = said_time(row.left_at) if row.left_at else end
        found.setdefault((ORDER.index(Role(row.role)), who, row.role), []).append(
            f"{said_time(row.arrived_at)} to {until}"
        )
    return [[Role(role).label, who, "\n".join(spans)] for (_, who, role), spans in sorted(found.items())]


def _minuted(place: int, row: Listing, said: _Said) -> dict[str, Any]:
    case = row.episode.case
    heading = f"{place}. {case.patient.display_name}, {case.reference}"
    lines = [["Question", row.question]]
    decision = said.decisions.get(row.pk)
    lines += _decided(decision, said) if decision else _to_decide(row, said.aside.get(row.pk, ()))
    return {"heading": heading, "lines": lines, "listing": row.pk}


def _to_decide(row: Listing, aside: Iterable[Recusal]) -> list[list[str]]:
    state = row.get_status_display().lower()
    if row.track == Track.STANDARD_OF_CARE:
        state = f"a standard of care, confirmed by {row.standard_confirmed_by}, to be recorded"
    declared = "\n".join(f"{each.person}: {each.interest}" for each in aside)
    lines = [["Decision", f"none recorded yet ({state})"], ["Declared", declared]]
    return [line for line in lines if line[1]]


def _decided(decision: Decision, said: _Said) -> list[list[str]]:
    treatments = [treatment_words(line) for line in decision.plan.treatments.all()] if decision.plan else []
    lines = [
        ["Decision", f"{decision.get_outcome_display()} ({decision.get_kind_display().lower()})"],
        _answered(decision),
        ["Why", decision.rationale or decision.no_decision_reason or NOT_WRITTEN],
        ["Plan", "\n".join(treatments)],
        ["Trials considered", decision.trial_words if decision.trials_considered else ""],
        ["Ratification", _ratification(decision)],
        ["Decided by", "\n".join(quorum_words(decision))],
        ["Recorded by", str(decision.recorded_by)],
        ["Declared", "\n".join(f"{each['name']}: {each['interest']}" for each in decision.recused)],
        [
            "Dissent",
            "\n".join(f"{each.person}: {each.reason}" for each in said.dissents.get(decision.listing_id, ())),
        ],
        ["Actions", "\n".join(_action(each) for each in said.actions.get(decision.listing_id, ()))],
        ["Tells the patient", _telling(decision)],
        ["Responsible", str(decision.responsible or "nobody named")],
    ]
    return [line for line in lines if line[1]]


def _answered(decision: Decision) -> list[str]:
    """The decision before, which these minutes show no longer."""
    earlier = decision.replaces
    if earlier is None or earlier.pk == decision.ratifies_id:
        return ["Corrects", ""]
    at = timezone.localtime(earlier.recorded_at)
    same_day = at.date() == timezone.localtime(decision.recorded_at).date()
    when = said_time(at) if same_day else f"{long_day(at.date())}, {said_time(at)}"
    if earlier.kind in (DecisionKind.PROVISIONAL, DecisionKind.URGENT):
        return ["Replaces", f"the {earlier.get_kind_display().lower()} decision of {when}"]
    return ["Corrects", f"the decision of {when}"]


def _ratification(decision: Decision) -> str:
    found = ratification_words(decision)
    if found is None:
        return ""
    return f"{found.words}: {found.reason}" if found.reason else found.words


def _action(action: Action) -> str:
    words = f"{action.text}: {action.owner}, by {long_day(action.due_on)}"
    return f"{words}; not needed any more: {action.not_needed_reason}" if action.not_needed_reason else words


def _telling(decision: Decision) -> str:
    return f"{decision.tells_patient}, by {long_day(decision.tell_by_on)}" if decision.tells_patient else ""


def _off(row: Listing) -> str:
    reasons = [part for part in (row.get_off_reason_display(), row.status_reason) if part]
    case = row.episode.case
    return ": ".join(
        [f"{case.patient.display_name}, {case.reference}", *(["; ".join(reasons)] if reasons else [])]
    )


def _signature(meeting: Meeting, standing: set[int]) -> str:
    """Who signed last, and how many of the decisions that stand now no signature names."""
    signatures = list(meeting.signatures.select_related("signed_by"))
    if not signatures:
        return "The chair has not signed these outcomes yet."
    at = timezone.localtime(signatures[0].at)
    words = f"Signed by {signatures[0].signed_by} on {long_day(at.date())}, {said_time(at)}."
    since = len(standing.difference(*(each.decisions for each in signatures)))
    if not since:
        return words
    noun = "decision recorded since is" if since == 1 else "decisions recorded since are"
    return f"{words} {since} {noun} not signed."


def actions(meeting: Meeting) -> Paper:
    """What was set after the meeting's decisions, earliest first."""
    rows = Action.objects.filter(decision__listing__meeting=meeting)
    found = list(rows.select_related("owner", "decision__case__patient").order_by("due_on", "pk"))
    rows_said = [_action_row(row) for row in found]
    data = _frame(meeting, "Actions") | {"blocks": _blocks(meeting, TextKind.ACTIONS), "rows": rows_said}
    return Paper("actions", data, frozenset(row.decision.case.patient_id for row in found))


def _action_row(row: Action) -> list[str]:
    case = row.decision.case
    patient = f"{case.patient.display_name}\n{case.reference}"
    return [f"{row.due_on.day} {row.due_on:%b %Y}", str(row.owner), row.text, patient, _come_of(row)]


def _come_of(row: Action) -> str:
    if row.done_at is None:
        return "to do"
    day = long_day(timezone.localtime(row.done_at).date())
    return f"not needed since {day}: {row.not_needed_reason}" if row.not_needed_reason else f"done {day}"

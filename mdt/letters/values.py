"""What the placeholders of a letter stand for, read from one decision and the record behind it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.permissions import Role
from cases.clinical import nhs_number, vocabulary
from cases.clinical.editions import EDITIONS
from cases.models import Episode, Patient, Referral, Staging
from cases.presenting import SIX_FACTS, fact_values, treatment_words
from cases.services.reading import staging_words
from cases.workflow import ReferralStatus
from mdt.letters.phrases import patient_words
from mdt.models import Action, Decision, Dissent
from mdt.quorum import ROLES
from mdt.services.ratifying import RATIFIED
from mdt.workflow import DecisionKind, LetterKind
from treatments.models import Treatment

NOBODY = "Nobody is named yet"
GP = "The patient’s general practitioner"
DIED = "The patient has died."

HOW_DECIDED = {
    DecisionKind.DISCUSSED: "discussed by the MDT",
    DecisionKind.STANDARD_OF_CARE: "standard of care, confirmed and listed, without a discussion",
    DecisionKind.URGENT: "urgent, between meetings, to be ratified at the next",
    DecisionKind.PROVISIONAL: "provisional",
}


def decision_for_letters(pk: int) -> Decision:
    """With all that its letters say, in one statement."""
    rows = Decision.objects.select_related(
        "case__patient",
        "case__team__organisation",
        "case__key_worker",
        "episode",
        "listing__meeting",
        "plan",
        "responsible",
        "tells_patient",
        "confirmed_by",
        "recorded_by",
    )
    return rows.get(pk=pk)


def values_for(decision: Decision, kind: str) -> dict[str, Any]:
    """Every placeholder of this kind of letter with its value; what is added to the letter is empty."""
    own = _clinical(decision) if kind == LetterKind.CLINICAL else _patient(decision)
    return {**_of_both(decision), **own, "added_text": ""}


def along(decision: Decision) -> Q:
    """What hangs on this decision, and on those of its listing that it corrects or ratifies."""
    if decision.listing_id is None:
        return Q(decision=decision)
    return Q(decision__listing=decision.listing_id, decision__lte=decision.pk)


def recipients_of(decision: Decision, kind: str) -> list[str]:
    """For whom the letter is, one to a line."""
    if kind == LetterKind.PATIENT:
        return [name_of(decision.case.patient)]
    sent = Referral.objects.filter(case=decision.case_id, status=ReferralStatus.ACCEPTED)
    referrers = [
        ", ".join(part for part in (row.referrer_name, row.specialty, row.organisation.name) if part)
        for row in sent.select_related("organisation").order_by("pk")
    ]
    return [*dict.fromkeys(referrers), GP]


def name_of(patient: Patient) -> str:
    """As one writes to a person: Mrs Grace Okafor."""
    return " ".join(filter(None, (patient.title, patient.given_name, patient.family_name))) or "the patient"


def long_day(day: date | None) -> str:
    """25 November 2026."""
    return f"{day.day} {day:%B %Y}" if day else "a day that is not set yet"


def meeting_day(decision: Decision) -> str:
    at = decision.listing.meeting.starts_at if decision.listing else decision.recorded_at
    day = timezone.localtime(at).date()
    return f"{day:%A} {long_day(day)}"


def about(patient: Patient, reference: str) -> str:
    """Who a letter is about, in the lines above its text."""
    born = long_day(patient.birth_on) if patient.birth_on else "not held"
    number = nhs_number.display(patient.nhs_number) if patient.nhs_number else "not held"
    return f"{name_of(patient)}\nBorn {born} · NHS number {number} · Case {reference}"


def _of_both(decision: Decision) -> dict[str, Any]:
    case, patient = decision.case, decision.case.patient
    return {
        "patient_name": name_of(patient),
        "nhs_number": nhs_number.display(patient.nhs_number) if patient.nhs_number else "not held",
        "birth_date": long_day(patient.birth_on) if patient.birth_on else "not held",
        "case_reference": case.reference,
        "team": case.team.name,
        "hospital": case.team.organisation.name,
        "meeting_day": meeting_day(decision),
        "key_worker": str(case.key_worker or "not named yet"),
        "consultant": str(decision.responsible or "not named yet"),
        "who_tells": str(decision.tells_patient or NOBODY),
        "tell_by": long_day(decision.tell_by_on),
    }


def _clinical(decision: Decision) -> dict[str, Any]:
    plan = decision.plan
    treatments = list(plan.treatments.all()) if plan else []
    return {
        "referrer": (recipients_of(decision, LetterKind.CLINICAL)[0]).partition(",")[0],
        "diagnosis": _facts(decision.episode),
        "stage": _stages(decision.episode),
        "question": decision.listing.question if decision.listing else "",
        "decision": _decided(decision),
        "reasons": decision.rationale or "No reason was written down.",
        "options_considered": decision.options_considered,
        "trial": _trial(decision),
        "plan": [treatment_words(line) for line in treatments],
        "intent": f"{vocabulary.INTENTS[plan.intent]} intent." if plan else "",
        "actions": [
            f"{action.text}: {action.owner}, by {long_day(action.due_on)}"
            for action in Action.objects.filter(along(decision), not_needed_reason="").select_related("owner")
        ],
        "telling": telling_words(decision),
        "quorum": quorum_words(decision),
        "dissent": [
            f"{each.person}: {each.reason}"
            for each in Dissent.objects.filter(along(decision)).select_related("person")
        ],
    }


def _facts(episode: Episode) -> list[str]:
    at_least = bool(episode.fact_sources.get("grade", {}).get("at_least"))
    values = fact_values(episode.facts, grade_is_minimum=at_least)
    labels = [label for _, label in SIX_FACTS]
    return [f"{label}: {value or 'not recorded'}" for label, value in zip(labels, values, strict=True)]


def _stages(episode: Episode) -> list[str]:
    """Each stage that holds, with its edition."""
    rows = Staging.objects.filter(episode=episode).standing()
    said = [f"{staging_words(row)}, {EDITIONS[row.edition].name}" for row in rows]
    return [words[:1].upper() + words[1:] for words in said] or ["Not staged yet"]


def _decided(decision: Decision) -> str:
    how = _ratified(decision) or HOW_DECIDED[DecisionKind(decision.kind)]
    words = f"{decision.get_outcome_display()} ({how})."
    return f"{words} {decision.no_decision_reason}" if decision.no_decision_reason else words


def _ratified(decision: Decision) -> str:
    """Of an urgent decision that a meeting has ratified since: by which."""
    if decision.kind != DecisionKind.URGENT:
        return ""
    by = Decision.objects.filter(ratifies=decision).exclude(kind=DecisionKind.PROVISIONAL)
    meeting = by.select_related("listing__meeting").first()
    return f"urgent, between meetings, ratified by the MDT on {meeting_day(meeting)}" if meeting else ""


def _trial(decision: Decision) -> str:
    words = {"yes": "A trial was considered", "no": "No trial was considered"}.get(
        decision.trial_considered, ""
    )
    said = decision.trial_words
    if not words:
        return said
    return f"{words}: {said}" if said else f"{words}."


def telling_words(decision: Decision) -> str:
    """Who tells the patient, and by when."""
    patient = decision.case.patient
    if patient.is_dead:
        return DIED if not patient.died_on else f"{DIED[:-1]}, on {long_day(patient.died_on)}."
    if decision.tells_patient is None:
        return "Nobody is named yet to tell the patient."
    return f"{decision.tells_patient} tells the patient by {long_day(decision.tell_by_on)}."


def quorum_words(decision: Decision) -> list[str]:
    """Who decided: who was there in which role and whether that was quorate, or how it came about otherwise."""
    if decision.kind == DecisionKind.STANDARD_OF_CARE:
        return [f"Confirmed as standard of care by {decision.confirmed_by or decision.recorded_by}."]
    if decision.kind == DecisionKind.URGENT:
        asked = [_asked(each) for each in decision.asked]
        return [
            f"Decided by {decision.recorded_by} between meetings.",
            *([f"Asked: {'; '.join(asked)}."] if asked else []),
        ]
    quorate = "The decision was quorate." if decision.is_quorate else "The decision was not quorate."
    aside = ", ".join(each["name"] for each in decision.recused)
    return [
        f"{quorate} Present: {'; '.join(_present(decision.present))}.",
        *([f"Stepped aside: {aside}."] if aside else []),
    ]


def _asked(each: Mapping[str, Any]) -> str:
    said = each.get("said") or ""
    return f"{each['name']} ({said})" if said else str(each["name"])


def _present(present: Iterable[Mapping[str, Any]]) -> list[str]:
    """By role: the six always, then who else was there."""
    by_role: dict[str, list[str]] = {role: [] for role in ROLES}
    for each in present:
        ratified = " (ratified it afterwards)" if each["mode"] == RATIFIED else ""
        by_role.setdefault(each["role"], []).append(each["name"] + ratified)
    return [f"{Role(role).label.lower()}: {', '.join(names) or 'nobody'}" for role, names in by_role.items()]


def _patient(decision: Decision) -> dict[str, Any]:
    plan = decision.plan
    treatments: Iterable[Treatment] = plan.treatments.all() if plan else ()
    said = patient_words(decision.outcome, intent=plan.intent if plan else "", treatments=treatments)
    return {
        "decision_in_plain_words": list(said.decided),
        "treatments_in_plain_words": list(said.treatments),
        "what_happens_next": list(said.happens_next),
        "whom_to_ask": _whom_to_ask(decision),
    }


def _whom_to_ask(decision: Decision) -> list[str]:
    words = []
    if decision.tells_patient:
        by = long_day(decision.tell_by_on)
        words.append(
            f"{decision.tells_patient} will talk with you about this by {by}, or has done so by now."
        )
    worker = decision.case.key_worker
    if worker:
        words.append(
            f"{worker} is your key worker. You can ask them about this letter. You can ask as often as you like."
        )
    else:
        words.append("You can ask the team about this letter. You can ask as often as you like.")
    return words

"""Two records of patients as rows of a table: each detail of both, and whether they differ."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from cases.clinical import nhs_number
from cases.models import Case, Patient, Referral

NOTHING = "Not held"
ALWAYS_DIFFER = ("Registered",)


def suggested(one: Patient, other: Patient) -> Patient:
    """The record to keep: the one that has an NHS number, else the older one."""
    return min((one, other), key=lambda patient: (not patient.nhs_number, patient.pk))


def compared(
    pair: tuple[Patient, Patient],
    cases: Sequence[Case],
    referrals: Sequence[Referral],
    unseen: Mapping[int, int],
) -> list[dict[str, Any]]:
    """Details that are held once each are compared; cases, referrals and numbers are listed, others' cases counted."""
    one, other = pair
    rows = [_detail(label, _words(value(one)), _words(value(other))) for label, value in DETAILS]
    return [
        *rows,
        _list("Hospital numbers", _numbers(one), _numbers(other)),
        _list("Cases that you see", _cases(one, cases), _cases(other, cases)),
        _list("Cases of other teams", *([str(unseen.get(each.pk, "None"))] for each in pair)),
        _list("Referrals that you see", _referrals(one, referrals), _referrals(other, referrals)),
    ]


def _detail(label: str, one: str, other: str) -> dict[str, Any]:
    differs = label not in ALWAYS_DIFFER and one != other
    return {"label": label, "one": [one], "other": [other], "differs": differs}


def _list(label: str, one: list[str], other: list[str]) -> dict[str, Any]:
    return {"label": label, "one": one or [NOTHING], "other": other or [NOTHING], "differs": False}


DETAILS: tuple[tuple[str, Callable[[Patient], Any]], ...] = (
    ("Family name", lambda patient: patient.family_name),
    ("First name", lambda patient: patient.given_name),
    ("Title", lambda patient: patient.title),
    ("Date of birth", lambda patient: patient.birth_on),
    ("Sex", lambda patient: patient.get_sex_display()),
    ("NHS number", lambda patient: nhs_number.display(patient.nhs_number) if patient.nhs_number else ""),
    ("Died", lambda patient: patient.died_on or ("Yes, date not held" if patient.is_dead else "No")),
    ("Registered", lambda patient: patient.created_at.date()),
)


def _words(value: Any) -> str:
    return f"{value.day} {value:%b %Y}" if isinstance(value, date) else str(value or NOTHING)


def _numbers(patient: Patient) -> list[str]:
    return [
        f"{row.number}, {row.organisation.name if row.organisation else row.source}"
        for row in patient.hospital_numbers.all()
    ]


def _cases(patient: Patient, cases: Sequence[Case]) -> list[str]:
    return [
        f"{case.reference}, {case.team.name}, {case.get_status_display().lower()}"
        for case in cases
        if case.patient_id == patient.pk
    ]


def _referrals(patient: Patient, referrals: Sequence[Referral]) -> list[str]:
    return [
        f"{row.received_on.day} {row.received_on:%b %Y}, {row.organisation.name}"
        for row in referrals
        if row.patient_id == patient.pk
    ]

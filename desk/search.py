"""Finding a case by what people know of it; each way has an index that answers it."""

import re
from datetime import date, datetime

from django.db.models import Q

from accounts.models import User
from cases.models import Case, HospitalNumber, Patient
from cases.models.case import CaseQuerySet

LIMIT = 50
DATE_FORMATS = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%d %b %Y", "%d %B %Y")


def find_cases(*, text: str, user: User) -> CaseQuerySet:
    """Cases that the user may see, by name, date of birth, NHS number, hospital number or reference."""
    words = " ".join(text.split())
    if not words:
        return Case.objects.none()
    return (
        Case.objects.visible_to(user)
        .filter(_meaning(words))
        .with_summary()
        .order_by("patient__family_name", "patient__given_name", "-opened_on", "pk")[:LIMIT]
    )


def _meaning(words: str) -> Q:
    if born := _as_date(words):
        return Q(patient__birth_on=born)
    digits = re.sub(r"[\s-]", "", words)
    if re.fullmatch(r"\d{10}", digits) and Patient.objects.filter(nhs_number=digits).exists():
        return Q(patient__nhs_number=digits)
    if re.search(r"\d", words):
        return Q(reference__startswith=words.upper()) | Q(patient__in=_known_by(words))
    family, _, given = words.partition(",")
    named = Q(patient__family_name__istartswith=family.strip())
    return named & Q(patient__given_name__istartswith=given.strip()) if given.strip() else named


def _known_by(number: str) -> list[int]:
    """Patients by a hospital number; asked first, so that the cases are then found by index alone."""
    known = HospitalNumber.objects.filter(number__startswith=number).order_by("number")
    return list(known.values_list("patient_id", flat=True)[:LIMIT])


def _as_date(words: str) -> date | None:
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(words, pattern).date()
        except ValueError:
            continue
    return None

"""Finding a case by what people know of it; each way has an index that answers it."""

import re
from datetime import date, datetime

from django.db.models import Q

from accounts.models import User
from cases.models import Case
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
    if re.fullmatch(r"\d{10}", digits):
        return Q(patient__nhs_number=digits) | Q(patient__hospital_numbers__number=digits)
    if re.search(r"\d", words):
        return Q(reference__startswith=words.upper()) | Q(patient__hospital_numbers__number__startswith=words)
    family, _, given = words.partition(",")
    named = Q(patient__family_name__istartswith=family.strip())
    return named & Q(patient__given_name__istartswith=given.strip()) if given.strip() else named


def _as_date(words: str) -> date | None:
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(words, pattern).date()
        except ValueError:
            continue
    return None

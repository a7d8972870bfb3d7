"""What people know of a case when they look for it: name, birth date, NHS or hospital number, reference."""

import re
from datetime import date, datetime

from django.db.models import Q, Value
from django.db.models.functions import Upper
from django.db.models.lookups import StartsWith

from cases.models.patient import HospitalNumber, Patient, in_name_order

DAY_FORMATS = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%d %b %Y", "%d %B %Y")
MOST_NUMBERS = 200


def meaning(text: str) -> Q:
    """The condition on cases that these words mean; no words mean no case."""
    words = " ".join(text.split())
    if not words:
        return Q(pk__in=[])
    if born := as_day(words):
        return Q(patient__birth_on=born)
    digits = re.sub(r"[\s-]", "", words)
    if re.fullmatch(r"[0-9]{10}", digits):
        return Q(patient__nhs_number=digits) | _merged(digits) | _numbered(Q(number=digits))
    if re.search(r"[0-9]", words):
        return Q(reference__startswith=words.upper()) | _numbered(Q(number__startswith=words))
    family, _, given = words.partition(",")
    named = begins("patient__family_name", family)
    return named & begins("patient__given_name", given) if given.strip() else named


def begins(name: str, typed: str) -> Q:
    """The name begins so, in capitals or not; an index answers it."""
    return Q(StartsWith(in_name_order(name), Upper(Value(typed.strip()))))


def _merged(digits: str) -> Q:
    """Who has another NHS number in a record that was merged into theirs."""
    records = Patient.objects.filter(nhs_number=digits, merged_into__isnull=False)
    return Q(patient__in=list(records.values_list("merged_into", flat=True)))


def _numbered(condition: Q) -> Q:
    """Read first: an "or" over two tables would have the database read every case."""
    found = HospitalNumber.objects.filter(condition).values_list("patient_id", flat=True)
    return Q(patient__in=list(found[:MOST_NUMBERS]))


def as_day(words: str) -> date | None:
    """A date as people here type it, or None."""
    for pattern in DAY_FORMATS:
        try:
            return datetime.strptime(words, pattern).date()
        except ValueError:
            continue
    return None

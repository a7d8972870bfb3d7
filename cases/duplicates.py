"""Records of patients that may be one person: all pairs that somebody sees, and those like one record.

The database finds the pairs that share a date of birth, a name or a number, by hash joins over the records that the
user sees; what they look like is then read by `same_person`, which is exact about it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Upper

from accounts.models import User
from cases.models import HospitalNumber, Patient, ToldApart
from cases.models.patient import in_name_order
from cases.same_person import Person, reasons
from cases.services import PatientDetails

MOST: Final = 200
"""Nobody works through more at once; merging the first ones brings the others up."""
READ_AT_ONCE: Final = 2000

PAIRS: Final = """
WITH mine AS MATERIALIZED (
    SELECT id, birth_on, nhs_number, family_name, given_name,
           upper(family_name) COLLATE "C" AS family, upper(given_name) COLLATE "C" AS given,
           extract(year FROM birth_on)::int AS y, extract(month FROM birth_on)::int AS m,
           extract(day FROM birth_on)::int AS d
    FROM cases_patient WHERE id IN ({visible})
), pairs AS (
    SELECT one.id AS one, other.id AS other FROM mine one JOIN mine other
        ON one.birth_on = other.birth_on AND one.id < other.id
        WHERE one.family <> '' AND other.family <> ''
          AND (left(one.family, 1) = left(other.family, 1)
               OR right(one.family, 4) = right(other.family, 4)
               OR (one.family = other.given AND one.given = other.family))
    UNION
    SELECT one.id, other.id FROM mine one JOIN mine other
        ON one.family = other.family AND one.given = other.given AND one.id < other.id
        WHERE one.family <> '' AND one.given <> '' AND (one.nhs_number IS NULL OR other.nhs_number IS NULL)
          AND (one.birth_on IS NULL OR other.birth_on IS NULL
               OR (one.y = other.y)::int + (one.m = other.m)::int + (one.d = other.d)::int = 2
               OR (one.y = other.y AND one.m = other.d AND one.d = other.m))
    UNION
    SELECT one.id, other.id FROM mine one JOIN mine other
        ON one.family = other.given AND one.given = other.family AND one.id < other.id
        WHERE one.family <> '' AND one.given <> '' AND (one.birth_on IS NULL OR other.birth_on IS NULL)
    UNION
    SELECT one.id, other.id FROM cases_hospitalnumber a JOIN cases_hospitalnumber b
        ON a.number = b.number AND a.patient_id < b.patient_id
        JOIN mine one ON one.id = a.patient_id JOIN mine other ON other.id = b.patient_id
)
SELECT one.id, one.family_name, one.given_name, one.birth_on, coalesce(one.nhs_number, ''),
       ARRAY(SELECT number FROM cases_hospitalnumber WHERE patient_id = one.id),
       other.id, other.family_name, other.given_name, other.birth_on, coalesce(other.nhs_number, ''),
       ARRAY(SELECT number FROM cases_hospitalnumber WHERE patient_id = other.id)
FROM pairs JOIN mine one ON one.id = pairs.one JOIN mine other ON other.id = pairs.other
WHERE NOT EXISTS (SELECT FROM cases_toldapart apart WHERE apart.one_id = one.id AND apart.other_id = other.id)
ORDER BY other.id DESC, one.id DESC
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, and why they may be one person."""

    one: Person
    other: Person
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record that may be the person in question, and why."""

    patient: Patient
    reasons: tuple[str, ...]


def pairs(user: User) -> list[Pair]:
    """Pairs of patients whom the user sees, the newest record first; at most MOST."""
    found = []
    for one, other in _candidates(user):
        if why := reasons(one, other):
            found.append(Pair(one, other, why))
        if len(found) == MOST:
            break
    return found


def _candidates(user: User) -> Iterator[tuple[Person, Person]]:
    visible = Patient.objects.visible_to(user).not_merged().values("pk").order_by()
    sql, told = visible.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(PAIRS.format(visible=sql), told)
        while rows := cursor.fetchmany(READ_AT_ONCE):
            for row in rows:
                yield _person(row[:6]), _person(row[6:])


def _person(columns: Iterable[Any]) -> Person:
    pk, family_name, given_name, birth_on, nhs_number, numbers = columns
    return Person(pk, family_name, given_name, birth_on, nhs_number, tuple(numbers))


def like(patient: Patient, user: User) -> list[Suspect]:
    """The records that the user sees and that may be this person; one statement."""
    people = _people(_near(_as_person(patient), _numbers_of(patient.pk), user))
    return _suspects(_as_person(people.pop(patient.pk)), people) if patient.pk in people else []


def like_typed(details: PatientDetails, user: User) -> list[Suspect]:
    """The same for somebody who is being registered; a number that is held finds its own record by itself."""
    number = "".join(details.nhs_number.split()).replace("-", "")
    own = Q(nhs_number=number) if number else Q(pk__in=[])
    numbers = (details.hospital_number,) if details.hospital_number else ()
    if numbers:
        own |= Q(hospital_numbers__number=numbers[0], hospital_numbers__organisation=details.hospital)
    if Patient.objects.filter(own).exists():
        return []
    typed = Person(0, details.family_name, details.given_name, details.birth_on, number, numbers)
    return _suspects(typed, _people(_near(typed, numbers, user)))


def why(one: Patient, other: Patient) -> tuple[str, ...]:
    """Why these two may be one person; their hospital numbers are read where they were not fetched."""
    return reasons(*(_as_person(row) for row in _people({one.pk, other.pk}).values()))


def _suspects(mine: Person, people: dict[int, Any]) -> list[Suspect]:
    found = [Suspect(row, reasons(mine, _as_person(row))) for row in people.values()]
    return [suspect for suspect in found if suspect.reasons]


def _people(ids: QuerySet[Patient, int] | set[int]) -> dict[int, Any]:
    rows = Patient.objects.filter(pk__in=ids).annotate(numbers=ArraySubquery(_numbers_of(OuterRef("pk"))))
    return {row.pk: row for row in rows.order_by("pk")}


def _near(person: Person, numbers: Any, user: User) -> QuerySet[Patient, int]:
    """Ids of the record itself and of those that share its date of birth, name or number, by an index for each."""
    family, given = (Upper(Value(name)) for name in (person.family_name, person.given_name))
    named = Patient.objects.alias(family=in_name_order("family_name"), given=in_name_order("given_name"))
    numbered = HospitalNumber.objects.filter(number__in=numbers).values("patient")
    found = [Patient.objects.filter(pk=person.pk), Patient.objects.filter(pk__in=numbered)]
    if person.birth_on:
        found.append(Patient.objects.filter(birth_on=person.birth_on))
    if person.family_name and person.given_name:
        found += [named.filter(family=family, given=given), named.filter(family=given, given=family)]
    apart = Q(one=person.pk, other=OuterRef("pk")) | Q(one=OuterRef("pk"), other=person.pk)
    told = Exists(ToldApart.objects.filter(apart))
    first, *others = (
        rows.visible_to(user).not_merged().exclude(told).order_by().values_list("pk", flat=True)
        for rows in found
    )
    return first.union(*others)


def _numbers_of(patient: Any) -> QuerySet[HospitalNumber, Any]:
    return HospitalNumber.objects.filter(patient=patient).order_by("number").values("number")


def _as_person(row: Any) -> Person:
    return Person(
        pk=row.pk,
        family_name=row.family_name,
        given_name=row.given_name,
        birth_on=row.birth_on,
        nhs_number=row.nhs_number or "",
        hospital_numbers=tuple(getattr(row, "numbers", ())),
    )

"""One record per person in the installation."""

from datetime import date

from django.db import models
from django.db.models.functions import Collate, Now, Upper

from accounts.models import Organisation, User
from audit.history import tracked
from audit.models import Versioned


class Sex(models.TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other"
    NOT_KNOWN = "not_known", "Not known"


def in_name_order(name: str) -> Collate:
    """A name as one index both finds its beginning and keeps the order, whatever the database's language."""
    return Collate(Upper(name), "C")


class PatientQuerySet(models.QuerySet["Patient"]):
    """Words for choosing patients."""

    def visible_to(self, user: User) -> "PatientQuerySet":
        """Patients with a case or a referral of the user's teams, or one that they or a colleague referred.

        A record that was merged into another has neither any more: whoever saw it sees the other in its place.
        """
        from cases.models.case import Case
        from cases.models.referral import Referral

        theirs = models.OuterRef("pk")
        return self.filter(
            models.Exists(Case.objects.visible_to(user).filter(patient=theirs))
            | models.Exists(Referral.objects.visible_to(user).filter(patient=theirs))
        )

    def not_merged(self) -> "PatientQuerySet":
        return self.filter(merged_into__isnull=True)

    def with_nhs_number(self, digits: str) -> "PatientQuerySet":
        """The person who has this number, in their own record or in one that was merged into it."""
        records = Patient.objects.filter(nhs_number=digits, merged_into__isnull=False)
        return self.filter(models.Q(nhs_number=digits) | models.Q(pk__in=records.values("merged_into")))

    def same_person_as(self, patient_id: int) -> "PatientQuerySet":
        """The record, and those that were merged into it."""
        return self.filter(models.Q(pk=patient_id) | models.Q(merged_into=patient_id))

    def locked_in_force(self, patient_id: int) -> "Patient":
        """The record that stands for this person, held until the transaction ends, so that no merge comes between.

        The pointer is read first, and both records are locked in the order in which a merge locks them.
        """
        pointed_to = self.filter(pk=patient_id).values_list("merged_into", flat=True).first()
        pair = [patient_id] if pointed_to is None else [patient_id, pointed_to]
        rows = self.select_for_update(no_key=True).filter(pk__in=pair).order_by("pk")
        held = {row.pk: row for row in rows}
        kept = held[patient_id].merged_into_id or patient_id
        return held[kept] if kept in held else self.select_for_update(no_key=True).get(pk=kept)


@tracked
class Patient(Versioned):
    """A person; imported registry patients may have no name, only a number of their source."""

    nhs_number = models.CharField("NHS number", max_length=10, null=True, blank=True, unique=True)
    family_name = models.CharField(max_length=100, blank=True)
    given_name = models.CharField("first name", max_length=100, blank=True)
    title = models.CharField(max_length=20, blank=True)
    birth_on = models.DateField("date of birth", null=True, blank=True)
    sex = models.CharField(max_length=10, choices=Sex.choices, default=Sex.NOT_KNOWN)
    died_on = models.DateField("date of death", null=True, blank=True)
    is_dead = models.BooleanField(
        "has died", default=False, help_text="A registry may know of a death without its date"
    )
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged_records",
        db_index=False,
        help_text="The record that stands for this person since the two were merged",
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = PatientQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                in_name_order("family_name"), in_name_order("given_name"), name="cases_patient_by_name"
            ),
            models.Index(fields=["birth_on"], name="cases_patient_birth"),
            models.Index(
                fields=["merged_into"],
                name="cases_patient_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(died_on__isnull=True) | models.Q(is_dead=True),
                name="cases_patient_death_date_means_dead",
            ),
            models.CheckConstraint(
                condition=models.Q(died_on__isnull=True)
                | models.Q(birth_on__isnull=True)
                | models.Q(died_on__gte=models.F("birth_on")),
                name="cases_patient_born_before_death",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("pk")),
                name="cases_patient_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def display_name(self) -> str:
        """Family name in capitals, first name, title: as every page shows it."""
        if not self.family_name:
            return "Name not held"
        title = f" ({self.title})" if self.title else ""
        given = f", {self.given_name}" if self.given_name else ""
        return f"{self.family_name.upper()}{given}{title}"

    def age_on(self, day: date) -> int | None:
        """Completed years on that day; None where the date of birth is not held."""
        if self.birth_on is None:
            return None
        return (
            day.year - self.birth_on.year - ((day.month, day.day) < (self.birth_on.month, self.birth_on.day))
        )


@tracked
class HospitalNumber(models.Model):
    """A number that an organisation (or a registry, by its source name) knows the patient by."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="hospital_numbers")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(
        max_length=60, blank=True, help_text="Registry that issued it, where no organisation did"
    )
    number = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "number"],
                name="cases_hospital_number_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["number"], name="cases_hospital_number", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return f"number of patient {self.patient_id}"

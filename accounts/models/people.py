"""People, the organisations and teams that they belong to, and in which role."""

from collections.abc import Iterable
from datetime import time
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, SIX_ROLES, Competence, Permission, Role
from audit.history import tracked, tracked_without
from audit.models import Versioned

WEEKDAYS = [
    (0, "Monday"),
    (1, "Tuesday"),
    (2, "Wednesday"),
    (3, "Thursday"),
    (4, "Friday"),
    (5, "Saturday"),
    (6, "Sunday"),
]


def default_quorum() -> list[str]:
    """The five seats that every decision needs; the palliative care doctor's depends on the case."""
    return [role.value for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Words for choosing organisations."""

    def real(self) -> "OrganisationQuerySet":
        """Without those that are for trying out."""
        return self.filter(is_sandbox=False)


class TeamQuerySet(models.QuerySet["Team"]):
    """Words for choosing teams."""

    def real(self) -> "TeamQuerySet":
        """Without those that are for trying out."""
        return self.filter(organisation__is_sandbox=False)


@tracked
class Organisation(models.Model):
    """A hospital; some are specialist sarcoma centres with special services."""

    name = models.CharField(max_length=200, unique=True)
    code = models.CharField("ODS code", max_length=10, unique=True)
    is_specialist_centre = models.BooleanField(default=False)
    offers_limb_perfusion = models.BooleanField("offers isolated limb perfusion", default=False)
    offers_proton_beam = models.BooleanField("offers proton beam radiotherapy", default=False)
    offers_metastasectomy = models.BooleanField(default=False)
    is_sandbox = models.BooleanField(
        "for trying out",
        default=False,
        db_default=False,
        editable=False,
        help_text="Real teams never see anything of it",
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked
class Team(Versioned):
    """An MDT hosted by an organisation, with its rhythm, capacity and quorum."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=200, unique=True)
    reference_prefix = models.CharField(
        max_length=5, unique=True, help_text="Begins its case references: PEN-2026-0412"
    )
    meeting_weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS, default=2)
    meeting_at = models.TimeField("meeting starts", default=time(8, 30))
    cutoff_working_days = models.PositiveSmallIntegerField(
        default=2, help_text="Working days before, at 5 pm"
    )
    meeting_place = models.CharField(max_length=200, blank=True, default="", db_default="")
    weeks_ahead = models.PositiveSmallIntegerField(
        default=8, db_default=8, help_text="For how many weeks meetings stand in the calendar"
    )
    capacity_minutes = models.PositiveSmallIntegerField(default=120)
    minutes_per_case = models.PositiveSmallIntegerField(default=3)
    quorum = ArrayField(models.CharField(max_length=30, choices=Role.choices), default=default_quorum)
    palliative_when_spread = models.BooleanField(
        "quorum needs the palliative care doctor where the case has spread or has symptoms", default=True
    )
    attendance_target_percent = models.PositiveSmallIntegerField(
        default=67, db_default=67, help_text="Share of meetings that each core member or their cover attends"
    )
    quorate_target_percent = models.PositiveSmallIntegerField(
        default=95, db_default=95, help_text="Share of meetings that are quorate"
    )
    delivery_due_days = models.PositiveSmallIntegerField(
        default=31,
        db_default=31,
        help_text="Days from agreement after which an unscheduled plan is asked about",
    )
    image_viewer_url = models.CharField(
        "address of the image viewer",
        max_length=300,
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(r"^https://\S*\{study\}\S*$", "Give an https address that contains {study}.")
        ],
        help_text="With {study} in the place of the study's identifier",
    )
    staging_edition = models.CharField(
        max_length=10, choices=[("AJCC8", "AJCC 8th edition"), ("UICC8", "UICC 8th edition")], default="AJCC8"
    )
    afip_percentages_by = models.ForeignKey(
        "accounts.User",
        verbose_name="AFIP percentages of GIST shown by",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    afip_percentages_at = models.DateTimeField(
        "AFIP percentages of GIST shown since", null=True, blank=True, editable=False
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes accounts by e-mail address."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


@tracked_without(["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person, or a hospital system's account, known by e-mail address."""

    email = models.EmailField("e-mail address", unique=True)
    full_name = models.CharField("name", max_length=200, help_text="As colleagues say it: Dr Nadia Hussain")
    is_machine = models.BooleanField(
        "hospital system", default=False, help_text="Signs in with a token, never a password"
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may use the admin", default=False)
    single_keys = models.BooleanField(
        "single keys in the meeting",
        default=True,
        db_default=True,
        help_text="Whether a letter or an arrow pressed by itself does something on the meeting screen",
    )
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["full_name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_any_case")]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    @cached_property
    def active_memberships(self) -> "list[Membership]":
        """Every role that the person holds now; one query, kept for the request.

        The usual order would join the person, who is the same in all of them.
        """
        mine = self.memberships.filter(is_active=True).select_related("team", "organisation")
        return list(mine.order_by("team__name", "role"))

    def may(self, permission: Permission, team: "Team | int | None" = None) -> bool:
        """Does some role of theirs (in this team, where one is named) carry the permission?"""
        team_id = team.pk if isinstance(team, Team) else team
        return any(m.carries(permission, team_id) for m in self.active_memberships)

    def must(self, permission: Permission, team: "Team | int | None" = None) -> None:
        """Raise PermissionDenied unless they may."""
        if not self.may(permission, team):
            raise PermissionDenied(f"Your role does not include: {permission.value}.")

    def team_ids(self, permission: Permission = Permission.SEE_CASES) -> list[int]:
        """Teams in which they hold the permission; a hospital system's are those that its organisation hosts."""
        ids = {m.team_id for m in self.active_memberships if m.team_id and permission in m.permissions}
        hosts = {
            m.organisation_id
            for m in self.active_memberships
            if not m.team_id and permission in m.permissions
        }
        if hosts:
            ids |= {team for organisation, team in self._hosted_teams if organisation in hosts}
        return sorted(ids)

    @cached_property
    def _hosted_teams(self) -> list[tuple[int, int]]:
        """Organisations in which they hold a role as a whole, with the teams of each; one query, kept as the roles."""
        places = {m.organisation_id for m in self.active_memberships if not m.team_id}
        return list(Team.objects.filter(organisation__in=places).values_list("organisation_id", "pk"))

    def organisation_ids(self, permission: Permission) -> list[int]:
        """Organisations in which they hold the permission."""
        return sorted({m.organisation_id for m in self.active_memberships if permission in m.permissions})

    @property
    def only_tries_out(self) -> bool:
        """Works in a sandbox and nowhere else."""
        memberships = self.active_memberships
        return bool(memberships) and all(each.organisation.is_sandbox for each in memberships)

    def referring_as(self) -> "list[tuple[int, str]]":
        """(organisation, specialty) pairs whose referrals are theirs to follow."""
        return [(m.organisation_id, m.specialty) for m in self.active_memberships if m.role == Role.REFERRER]


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Words for choosing people."""

    def active(self) -> "MembershipQuerySet":
        return self.filter(is_active=True, user__is_active=True)

    def people(self) -> "MembershipQuerySet":
        """Without hospital systems: whatever role an account of theirs holds, it sits, is named and is told nothing."""
        return self.active().filter(user__is_machine=False)

    def in_team(self, team: Team | int) -> "MembershipQuerySet":
        """The people of a team."""
        return self.people().filter(team=team).select_related("user")

    def surgeons_for(self, team: Team) -> "MembershipQuerySet":
        """Who may be named as the operating specialist: of any team, but a sandbox and the real ones keep apart."""
        return self.people().filter(role=Role.SURGEON, organisation__is_sandbox=team.organisation.is_sandbox)

    def with_role(self, *roles: Role) -> "MembershipQuerySet":
        return self.filter(role__in=roles)


@tracked
class Membership(models.Model):
    """A role that a person holds in a team, or (referrers, systems) in an organisation."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=30, choices=Role.choices)
    specialty = models.CharField(
        max_length=80, blank=True, help_text="Referrers: colleagues of one specialty share referrals"
    )
    competences = ArrayField(
        models.CharField(max_length=30, choices=Competence.choices),
        default=list,
        blank=True,
        help_text="Of this person",
    )
    is_core = models.BooleanField("core member", default=True)
    is_active = models.BooleanField(default=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["team__name", "role", "user__full_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "team", "role"],
                name="accounts_membership_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(team__isnull=False) | models.Q(role__in=ORGANISATION_ROLES),
                name="accounts_membership_team_role_has_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    @property
    def permissions(self) -> frozenset[Permission]:
        return ROLE_PERMISSIONS[Role(self.role)]

    def carries(self, permission: Permission, team_id: int | None) -> bool:
        if permission not in self.permissions:
            return False
        return team_id is None or self.team_id is None or self.team_id == team_id

    def gives(self, competences: Iterable[Competence]) -> bool:
        return set(competences) <= set(self.competences)

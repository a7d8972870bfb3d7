"""Being away and who covers, and how a person wants their day's e-mail."""

from datetime import date, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState
from cases.services.refusals import Refusals, said, said_time
from followup.models import Absence, ReminderKind, ReminderSettings
from followup.rules import ROLE_WORDS, TO_DO_WORDS
from followup.services.reminding.owing import OWED

LONGEST_DAYS = 400
"""A year of leave, and some days to hand over; whoever is away for longer leaves the team."""

BACKDATED_DAYS = 31
"""How far back an absence may begin that is recorded late."""

FIRST_POST, LAST_POST = time(5), time(18)
"""Between these the day's e-mail may be wished for: on the day on which what it tells of is due."""


@transaction.atomic
def save_settings(*, person: User, digest_by_mail: bool, digest_at: time, by: User) -> ReminderSettings:
    """How the person wants the day's e-mail; nobody sets it for somebody else."""
    by.must(Permission.SEE_CASES)
    if person != by:
        raise PermissionDenied("Everyone sets their own e-mail.")
    refusals = Refusals()
    if not FIRST_POST <= digest_at <= LAST_POST:
        within = f"from {said_time(FIRST_POST)} to {said_time(LAST_POST)}"
        refusals.add("digest_at", f"The day’s e-mail comes {within}, not at {said_time(digest_at)}.")
    refusals.settle()
    wish = {"digest_by_mail": digest_by_mail, "digest_at": digest_at}
    row, _ = ReminderSettings.objects.update_or_create(person=person, defaults=wish)
    data = {"digest_by_mail": digest_by_mail, "digest_at": f"{digest_at:%H:%M}"}
    audit.record(EventType.REMINDER_SETTINGS_CHANGED, target=row, by=by, data=data)
    return row


@transaction.atomic
def record_absence(*, person: User, from_on: date, until_on: date, cover: User | None, by: User) -> Absence:
    """The person is away, and the cover is reminded in their place; without one, colleagues of the same role."""
    must_look_after(person, by)
    # The person's row is the lock: two absences over each other must not both find the days free.
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    _check(person, from_on, until_on, cover)
    absence = Absence.objects.create(
        person=person, from_on=from_on, until_on=until_on, cover=cover, recorded_by=by
    )
    audit.record(EventType.ABSENCE_RECORDED, target=absence, by=by, data=_data(absence))
    return absence


@transaction.atomic
def withdraw_absence(*, absence: Absence, by: User) -> Absence:
    """The person is here after all, or was recorded wrongly: from now on they are reminded themselves."""
    absence = Absence.objects.select_for_update(of=("self",)).select_related("person").get(pk=absence.pk)
    must_look_after(absence.person, by)
    if absence.withdrawn_at:
        raise WrongState("absence", "withdrawn", "withdrawn")
    if absence.until_on < timezone.localdate():
        raise WrongState("absence", "over", "withdrawn")
    absence.withdrawn_at = timezone.now()
    absence.save(update_fields=["withdrawn_at"])
    audit.record(EventType.ABSENCE_WITHDRAWN, target=absence, by=by, data=_data(absence))
    return absence


def must_look_after(person: User, by: User) -> None:
    """Everyone records their own absence; a coordinator those of the team's people."""
    by.must(Permission.SEE_CASES)
    if person == by:
        return
    by.must(Permission.SET_ABSENCE)
    teams = by.team_ids(Permission.SET_ABSENCE)
    if not Membership.objects.active().filter(user=person, team__in=teams).exists():
        raise PermissionDenied("You record absences of people in your own teams only.")


def _check(person: User, from_on: date, until_on: date, cover: User | None) -> None:
    refusals, today = Refusals(), timezone.localdate()
    if until_on < from_on:
        refusals.add("until_on", f"The last day ({said(until_on)}) is before the first ({said(from_on)}).")
    elif until_on < today:
        refusals.add("until_on", f"The last day ({said(until_on)}) has passed. Enter today or a later day.")
    elif (until_on - from_on).days >= LONGEST_DAYS:
        refusals.add("until_on", f"An absence lasts at most {LONGEST_DAYS} days. Check the year.")
    if from_on < today - timedelta(days=BACKDATED_DAYS):
        refusals.add("from_on", f"The first day may be up to {BACKDATED_DAYS} days ago, not {said(from_on)}.")
    if from_on > today + timedelta(days=LONGEST_DAYS):
        refusals.add("from_on", f"{said(from_on)} is too far ahead. Check the year.")
    for other in away(person, from_on, until_on):
        refusals.add(
            "from_on", f"There is an absence {span(other)} already. Withdraw it, or choose other days."
        )
    if cover == person:
        refusals.add("cover", "Nobody covers for themselves. Choose a colleague, or leave it empty.")
    elif cover and cover not in colleagues_of(person):
        refusals.add("cover", f"{cover} is in none of the same teams. Choose from the list.")
    refusals.settle()


def span(absence: Absence) -> str:
    """From 3 Dec 2026 to 10 Dec 2026."""
    return f"from {said(absence.from_on)} to {said(absence.until_on)}"


def _data(absence: Absence) -> dict[str, int | str | None]:
    return {
        "person": absence.person_id,
        "from": absence.from_on.isoformat(),
        "until": absence.until_on.isoformat(),
        "cover": absence.cover_id,
    }


def away(person: User, from_on: date, until_on: date) -> list[Absence]:
    """The person's absences that touch these days."""
    standing = Absence.objects.filter(person=person, withdrawn_at__isnull=True)
    return list(standing.filter(from_on__lte=until_on, until_on__gte=from_on))


def standing() -> QuerySet[Absence]:
    """Not over and not withdrawn; with whether the cover is away as well on some of the days."""
    also = Absence.objects.filter(
        person=OuterRef("cover"),
        withdrawn_at__isnull=True,
        from_on__lte=OuterRef("until_on"),
        until_on__gte=OuterRef("from_on"),
    )
    rows = Absence.objects.filter(withdrawn_at__isnull=True, until_on__gte=timezone.localdate())
    return rows.select_related("person", "cover", "recorded_by").annotate(cover_is_away=Exists(also))


def away_today(person: User) -> Absence | None:
    """The absence because of which others are reminded in the person's place today; one statement."""
    return standing().filter(person=person, from_on__lte=timezone.localdate()).first()


def colleagues_of(person: User) -> list[User]:
    """People of the person's teams to whom some kind of reminder can be of use, by name; one statement."""
    teams = Membership.objects.active().filter(user=person, team__isnull=False).values("team")
    able = [role for role in Role if ROLE_PERMISSIONS[role] & set(takes())]
    found = Membership.objects.people().filter(team__in=teams, role__in=able)
    people = {member.user for member in found.exclude(user=person).select_related("user")}
    return sorted(people, key=lambda each: (each.full_name, each.pk))


def takes() -> dict[Permission, list[ReminderKind]]:
    """By permission, the kinds of due things that it takes to do."""
    kinds: dict[Permission, list[ReminderKind]] = {}
    for kind, definitions in OWED.items():
        for permission, _ in definitions:
            if kind not in kinds.setdefault(permission, []):
                kinds[permission].append(kind)
    return kinds


def warnings_of(absence: Absence) -> list[str]:
    """What the cover cannot do in the person's place; nothing of it is a reason to refuse."""
    if absence.cover is None:
        return _nobody_else(absence.person)
    cover = absence.cover
    found = [f"{cover} is away {span(other)}." for other in away(cover, absence.from_on, absence.until_on)]
    if not cover.is_active:
        found.append(f"{cover}’s account is closed.")
    theirs = _kinds_by_team(cover)
    for team, kinds in _kinds_by_team(absence.person).items():
        if lacking := kinds - theirs.get(team, set()):
            words = _or([TO_DO_WORDS[kind] for kind in ReminderKind if kind in lacking])
            found.append(
                f"In {team}, {cover} cannot {words}. Others in the team are reminded of that instead."
            )
    return found


def _or(words: list[str]) -> str:
    """Tell patients, confirm follow-up or plan follow-up."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _kinds_by_team(person: User) -> dict[str, set[ReminderKind]]:
    """What the person can do in each team, by its name."""
    by_team: dict[str, set[ReminderKind]] = {}
    for member in person.active_memberships:
        if member.team is None:
            continue
        mine = by_team.setdefault(member.team.name, set())
        mine.update(*(kinds for permission, kinds in takes().items() if permission in member.permissions))
    return by_team


def _nobody_else(person: User) -> list[str]:
    """Teams in which nobody else has one of the person's roles."""
    mine = [member for member in person.active_memberships if member.team is not None]
    others = Membership.objects.active().filter(team__in=[m.team_id for m in mine]).exclude(user=person)
    there = set(others.values_list("team", "role"))
    return [_without(member) for member in mine if (member.team_id, member.role) not in there]


def _without(member: Membership) -> str:
    told = "whoever else can do it is" if member.role == Role.COORDINATOR else "the coordinators are"
    return f"{member.team} has no other {ROLE_WORDS[Role(member.role)]}: {told} reminded instead."

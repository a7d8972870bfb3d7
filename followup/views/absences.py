"""A person's own e-mail, and who is away and who covers."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Membership, User
from accounts.permissions import Permission
from followup import rules
from followup.forms.reminders import AbsenceForm, SettingsForm
from followup.models import Absence, Channel, ReminderKind, ReminderSettings
from followup.services.reminding import absences as services
from followup.views.frame import save

MOST = 100


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The day's e-mail, on or off and when; what cannot be switched off, by which rule; own absences."""
    request.user.must(Permission.SEE_CASES)
    row = ReminderSettings.objects.filter(person=request.user).first() or ReminderSettings()
    initial = {"digest_by_mail": row.digest_by_mail, "digest_at": f"{row.digest_at:%H:%M}"}
    form = SettingsForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            saved, refused = save(form, lambda: _save(form, request.user))
            if saved:
                messages.success(request, "Your settings are saved.")
                return redirect("followup:reminder_settings")
            status = refused["status"]
    roles = {member.role for member in request.user.active_memberships}
    lines = [line for line in rules.rules_on() if not line.role or line.role in roles]
    shown = {
        "form": form,
        "at_once": _by_kind(lines, Channel.AT_ONCE),
        "can_wait": _by_kind(lines, Channel.DIGEST),
        "absences": list(services.standing().filter(person=request.user)),
    }
    return render(request, "followup/reminder_settings.jinja", shown, status=status)


def _save(form: SettingsForm, by: User) -> ReminderSettings:
    return services.save_settings(person=by, **form.cleaned_data, by=by)


def _by_kind(lines: list[rules.RuleLine], channel: Channel) -> list[dict[str, Any]]:
    """What the rules tell of in this way: the kind, and when and to whom."""
    found: dict[ReminderKind, list[str]] = {}
    for kind in ReminderKind:
        said = [f"{line.when}, {line.whom}" for line in lines if (line.kind, line.channel) == (kind, channel)]
        found |= {kind: said} if said else {}
    return [{"key": kind.label, "value": "; ".join(said)} for kind, said in found.items()]


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """Own absences, those that one covers, and for coordinators those of the team's people."""
    user = request.user
    user.must(Permission.SEE_CASES)
    people = _people_of(user)
    covers = people[1:] if len(people) > 1 else services.colleagues_of(user)
    form = AbsenceForm(
        request.POST or None, people=people, covers=_by_name({*covers, user} if len(people) > 1 else covers)
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            made, refused = save(form, lambda: services.record_absence(**form.cleaned_data, by=user))
            if made:
                _tell(request, made)
                return redirect("followup:absences")
            status = refused["status"]
    standing = services.standing()
    shown = {
        "form": form,
        "mine": list(standing.filter(person=user)),
        "covering": list(standing.filter(cover=user)),
        "colleagues": _colleagues(standing, user),
        "sets_for_others": len(people) > 1,
    }
    return render(request, "followup/absences.jinja", shown, status=status)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The person is here after all."""
    request.user.must(Permission.SEE_CASES)
    teams = request.user.team_ids(Permission.SET_ABSENCE)
    of_the_team = Membership.objects.active().filter(user=OuterRef("person"), team__in=teams)
    theirs = Absence.objects.filter(Q(person=request.user) | Q(Exists(of_the_team)))
    absence = services.withdraw_absence(absence=get_object_or_404(theirs, pk=pk), by=request.user)
    messages.success(request, f"{absence.person} is reminded again from now on.")
    return redirect("followup:absences")


def _people_of(user: User) -> list[User]:
    """For whom the user records absences: themselves first, then the people of the teams that they coordinate."""
    teams = user.team_ids(Permission.SET_ABSENCE)
    if not teams:
        return [user]
    rows = Membership.objects.people().filter(team__in=teams).exclude(user=user)
    return [user, *_by_name({row.user for row in rows.select_related("user")})]


def _by_name(people: Any) -> list[User]:
    return sorted(people, key=lambda each: (each.full_name, each.pk))


def _colleagues(standing: QuerySet[Absence], user: User) -> list[Absence]:
    """Who of the user's teams is away or will be, soonest first: everybody sees it, so that nobody is waited for."""
    there = Membership.objects.active().filter(user=OuterRef("person"), team__in=user.team_ids())
    others = standing.filter(Exists(there)).exclude(person=user)
    return list(others.order_by("from_on", F("person__full_name"))[:MOST])


def _tell(request: HttpRequest, absence: Absence) -> None:
    """It is recorded, and what the cover cannot do."""
    messages.success(request, f"{absence.person} is away {services.span(absence)}.")
    for words in services.warnings_of(absence):
        messages.warning(request, words)

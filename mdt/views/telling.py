"""What the patient was told of a decision, and what they chose."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from cases.views.attempts import attempt
from cases.views.returning import after
from mdt import services
from mdt.letter_forms import TellForm
from mdt.models import Decision, Telling
from mdt.services.telling import may_be_declined, record_telling
from mdt.views.decisions import decision_for
from mdt.views.listings import frame

SAID = {
    Telling.Choice.ACCEPTS: "Recorded: the patient accepts. As far as this goes, the plan may start.",
    Telling.Choice.DECLINES: "Recorded: the patient declines. Write their words down, and the plan ends.",
    Telling.Choice.WANTS_TIME: "Recorded: the patient wants time. The plan waits, and you are reminded of the day.",
    Telling.Choice.WANTS_OPINION: "Recorded: the patient wants a second opinion. The plan waits; ask for it here.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Who told the patient and when, what was discussed, and what they chose."""
    row = decision_for(request, pk, Permission.TELL_PATIENT)
    members = services.members_of(row.case.team)
    initial = {"told_by": _first(request, row), "told_on": timezone.localdate(), "how": Telling.How.CLINIC}
    form = TellForm(request.POST or None, team=row.case.team, members=members, initial=initial)

    def record() -> Telling:
        return record_telling(decision=row, by=request.user, **form.cleaned_data)

    made, status = attempt(request, form, record)
    if made:
        messages.success(request, SAID[made.choice])
        return _onward(request, row, made)
    earlier = list(row.tellings.select_related("told_by"))
    shown = {**frame(request, row.case), "decision": row, "form": form, "earlier": earlier}
    return render(request, "mdt/tell.jinja", shown, status=status)


def _first(request: HttpRequest, row: Decision) -> int | None:
    return row.tells_patient_id or request.user.pk


def _onward(request: HttpRequest, row: Decision, made: Telling) -> HttpResponseRedirect:
    """To the patient's own words where they decline, to the request where they want another opinion."""
    team = row.case.team_id
    if made.choice == Telling.Choice.DECLINES and may_be_declined(row.plan):
        if request.user.may(Permission.DELIVER_PLAN, team):
            return redirect("treatments:decline", row.plan_id)
    elif made.choice == Telling.Choice.WANTS_OPINION and request.user.may(Permission.ASK_OPINION, team):
        return redirect("followup:opinion_new", row.case.reference)
    return after(request, "mdt:decision", row.pk)

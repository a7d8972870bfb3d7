"""Recording that another trust's MDT discussed a case."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from cases.views.access import case_of
from cases.views.attempts import attempt
from mdt import services
from mdt.elsewhere_forms import OutsideDiscussionForm
from mdt.models import OutsideDiscussion
from mdt.views.listings import frame


@require_http_methods(["GET", "HEAD", "POST"])
def outside_new(request: HttpRequest, reference: str) -> HttpResponse:
    """A discussion elsewhere, as it was told."""
    request.user.must(Permission.RECORD_FACTS)
    case = case_of(request, reference, Permission.RECORD_FACTS)
    form = OutsideDiscussionForm(request.POST or None, host=case.team.organisation)

    def record() -> OutsideDiscussion:
        return services.record_outside_discussion(
            episode=case.current_episode, by=request.user, **form.cleaned_data
        )

    made, status = attempt(request, form, record)
    if made:
        messages.success(request, f"The discussion at {made.organisation_name} is recorded.")
        return redirect("desk:discussions", reference)
    shown = {**frame(request, case), "form": form}
    return render(request, "mdt/outside_new.jinja", shown, status=status)

"""Back to the reminders from which a page was opened, once what was due there is done."""

from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

INBOX = "followup:reminders"


def after(request: HttpRequest, page: str, *args: Any) -> HttpResponseRedirect:
    """To the inbox as it was filtered, where `next` names it; to this page otherwise, whatever else it names."""
    back, inbox = request.POST.get("next") or request.GET.get("next", ""), reverse(INBOX)
    if back == inbox or back.startswith(f"{inbox}?"):
        return HttpResponseRedirect(back)
    return redirect(page, *args)

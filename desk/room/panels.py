"""What opens over the meeting screen, and is a page of its own without a script: all keys, images, full texts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from accounts.services import use_single_keys
from desk.room.keys import by_place


@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """All keys; posting turns single keys on or off for this person."""
    request.user.must(Permission.SEE_CASES)
    if request.method == "POST":
        on = request.POST.get("on") == "yes"
        use_single_keys(on=on, by=request.user)
        messages.success(request, f"Single keys are {'on' if on else 'off'} for you.")
        return redirect("room:keys")
    return render(request, "room/keys_page.jinja", {"places": by_place()})

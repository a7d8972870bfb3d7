"""A person's calendar addresses: made, copied once, withdrawn; and the file that a calendar fetches from one."""

from hashlib import sha256

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from mdt import services
from mdt.feeds import calendar, meetings_of
from mdt.models import CalendarFeed


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feed(request: HttpRequest) -> HttpResponse:
    """Make an address, which is shown this once, or withdraw it."""
    request.user.must(Permission.SEE_CASES)
    address = reviews = ""
    if request.method == "POST" and request.POST.get("do") == "withdraw":
        if services.close_feed(by=request.user):
            messages.success(request, "The address is withdrawn: calendars that use it get nothing more.")
        return redirect("mdt:feed")
    if request.method == "POST":
        _, secret = services.open_feed(by=request.user)
        address = settings.PUBLIC_URL + reverse("mdt:feed_file", args=[secret])
        reviews = settings.PUBLIC_URL + reverse("followup:feed_file", args=[secret])
    standing = CalendarFeed.objects.filter(user=request.user, revoked_at__isnull=True).first()
    shown = {"address": address, "reviews": reviews, "feed": standing}
    return render(request, "mdt/feed.jinja", shown)


@login_not_required
@require_safe
def feed_file(request: HttpRequest, secret: str) -> HttpResponse:
    """The meetings of whoever the address belongs to; not found once it is withdrawn or the account ended."""
    found = services.feed_of(secret)
    if found is None:
        raise Http404
    body = calendar(meetings_of(found.user))
    services.note_fetch(feed=found)
    etag = f'"{sha256(body).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "Content-Disposition": "inline; filename=sarcoma-mdt.ics",
    }
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response

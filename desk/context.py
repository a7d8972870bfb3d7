"""What the base layout needs on every page: the menu and who is signed in; no query of its own."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.permissions import Permission

P = Permission
MENU: list[tuple[str, str, Permission | None]] = [
    ("My work", "desk:home", P.SEE_CASES),
    ("My patients", "desk:outcomes", P.SEE_OWN_OUTCOMES),
    ("Referrals", "cases:referral_list", P.RECEIVE_REFERRAL),
    ("Cases", "cases:list", P.SEE_CASES),
    ("Reports waiting", "cases:report_waiting", P.REPORT_PATHOLOGY),
    ("Reports waiting", "cases:report_waiting", P.REPORT_IMAGING),
    ("Meetings", "mdt:meeting_list", P.SEE_CASES),
    ("Letters", "mdt:letters", P.MAKE_LETTER),
    ("Plans waiting", "treatments:waiting", P.SEE_CASES),
    ("Second opinions", "followup:opinions", P.ASK_OPINION),
    ("Reviews due", "followup:reviews", P.PLAN_REVIEW),
    ("Trials", "trials:list", P.SEE_CASES),
    ("Reports", "reports:index", P.SEE_REPORTS),
    ("Reminder rules", "followup:rules", P.MANAGE_REMINDERS),
    ("Import", "cases:import_list", P.IMPORT_REGISTRY),
    ("Integration", "interop:clients", P.MANAGE_CLIENTS),
    ("Jobs", "desk:jobs", P.SEE_JOBS),
    ("Calculator", "cases:calculator", None),
    ("Guidance", "treatments:guidance", None),
    ("Help", "desk:help", None),
]
UNDER = {
    "desk:case": "cases:list",
    "desk:timeline": "cases:list",
    "desk:discussions": "cases:list",
    "desk:follow_up": "cases:list",
    "desk:who_looked": "cases:list",
    "desk:outcome": "desk:outcomes",
    "cases:referral": "cases:referral_list",
    "cases:referral_new": "cases:referral_list",
    "cases:import_new": "cases:import_list",
    "cases:import_run": "cases:import_list",
    "treatments:changes": "treatments:guidance",
    "treatments:local_rules": "treatments:guidance",
    "treatments:local_rule": "treatments:guidance",
    "treatments:local_rule_new": "treatments:guidance",
    "treatments:local_rule_change": "treatments:guidance",
    "treatments:local_rule_retire": "treatments:guidance",
    "mdt:letter": "mdt:letters",
    "mdt:letter_templates": "mdt:letters",
    "mdt:letter_template": "mdt:letters",
    "followup:opinion": "followup:opinions",
    "followup:reminders": "desk:home",
    "followup:reminder_settings": "desk:home",
    "followup:absences": "desk:home",
    "followup:undelivered": "desk:home",
    "followup:mailbox": "desk:home",
    "followup:rule_new": "followup:rules",
    "followup:rule_change": "followup:rules",
    "followup:rules_ahead": "followup:rules",
    "followup:opinion_new": "followup:opinions",
    "followup:opinion_change": "followup:opinions",
    "followup:opinion_consent": "followup:opinions",
    "followup:opinion_send": "followup:opinions",
    "followup:opinion_share": "followup:opinions",
    "followup:opinion_log": "followup:opinions",
    "followup:opinion_answer": "followup:opinions",
    "followup:opinion_link": "followup:opinions",
    "followup:opinion_asked": "followup:opinions",
    "followup:opinions_asked": "followup:opinions",
}
ROOMS = {
    "cases": "cases:list",
    "treatments": "treatments:waiting",
    "mdt": "mdt:meeting_list",
    "room": "mdt:meeting_list",
    "followup": "followup:reviews",
    "trials": "trials:list",
    "reports": "reports:index",
    "interop": "interop:clients",
}
IN_MENU = {view for _, view, _ in MENU}


def page(request: HttpRequest) -> dict[str, Any]:
    """Menu entries that the user's roles open, the version for the footer, and one token for all forms of the page.

    Django's own csrf_input masks the token anew for each form, which was a tenth of a page with 100 buttons.
    """
    user = getattr(request, "user", None)
    given = {"version": settings.VERSION, "csrf_input": SimpleLazyObject(lambda: csrf_input(request))}
    if user is None or not user.is_authenticated:
        return given | {"nav": [], "user": None}
    return given | {"nav": _menu(request), "user": user, "Permission": Permission}


def _menu(request: HttpRequest) -> list[dict[str, Any]]:
    match = request.resolver_match
    current = match.view_name if match else ""
    if current not in IN_MENU:
        current = UNDER.get(current) or ROOMS.get(current.partition(":")[0], "")
    shown: dict[str, dict[str, Any]] = {}
    for label, view, permission in MENU:
        if permission is None or request.user.may(permission):
            shown[label] = {"label": label, "href": reverse(view), "current": current == view}
    if request.user.is_staff:
        shown["Admin"] = {"label": "Admin", "href": reverse("admin:index"), "current": False}
    return list(shown.values())

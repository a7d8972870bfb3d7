"""Local rules for tests, written and approved through the services."""

from datetime import timedelta

from django.utils import timezone

from accounts.permissions import Role
from tests import factories
from treatments import services
from treatments.services import LocalRuleDetails


def details(**fields):
    """A caution for every plan, in force from today, unless told otherwise."""
    today = timezone.localdate()
    given = {
        "kind": "finding",
        "title": "Ask the vascular surgeon",
        "condition": {},
        "severity": "caution",
        "message": "Our team asks the vascular surgeon first.",
        "source": "Team policy 7",
        "review_on": today + timedelta(days=365),
        "active_from": today,
    }
    return LocalRuleDetails(**(given | fields))


def standing_reason(**fields):
    """A standing reason for amputations."""
    own = {"kind": "standing_reason", "severity": "", "message": "", "national_rule": "SURG-2"}
    own |= {"reason_code": "local_expertise", "reason": "Our prosthetics service makes it the better choice."}
    return details(**(own | fields))


def in_force(team, given=None, **fields):
    """Proposed by one consultant, approved by another."""
    proposer = factories.member(Role.SURGEON, team)
    version = services.propose_local_rule(team=team, details=given or details(**fields), by=proposer)
    approver = factories.member(Role.ONCOLOGIST, team)
    services.approve_local_rule(rule=version.rule, version=version.number, by=approver)
    return version.rule

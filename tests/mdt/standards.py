"""Standards of care for tests, written and approved through the services."""

from datetime import timedelta

from django.utils import timezone

from accounts.permissions import Role
from mdt import services
from mdt.services import StandardDetails
from tests import factories
from tests.mdt.conftest import RADIOTHERAPY_THEN_SURGERY
from treatments.services import PlanContent

LEIOMYOSARCOMA_OF_A_LIMB = {"histologies": ["8890/3"], "regions": ["limb"]}


def details(**fields):
    """Radiotherapy and a resection for a leiomyosarcoma of a limb, from today for a year, unless told otherwise."""
    today = timezone.localdate()
    given = {
        "title": "Large deep sarcoma of a limb",
        "condition": LEIOMYOSARCOMA_OF_A_LIMB,
        "plan": PlanContent("curative", RADIOTHERAPY_THEN_SURGERY),
        "source": "UK guideline 2024",
        "review_on": today + timedelta(days=365),
        "active_from": today,
    }
    return StandardDetails(**given | fields)


def in_force(team, **fields):
    """Proposed by one consultant, approved by another."""
    version = services.propose_standard(
        team=team, details=details(**fields), by=factories.member(Role.SURGEON, team)
    )
    services.approve_standard(
        standard=version.standard, version=version.number, by=factories.member(Role.ONCOLOGIST, team)
    )
    return version

"""People and hospital systems, the organisations and teams that they belong to, and in which role."""

from accounts.models.client import Client, StoredAnswer, UsedAssertion
from accounts.models.people import (
    WEEKDAYS,
    Membership,
    MembershipQuerySet,
    Organisation,
    Team,
    User,
    UserManager,
    default_quorum,
)

__all__ = [
    "WEEKDAYS",
    "Client",
    "Membership",
    "MembershipQuerySet",
    "Organisation",
    "StoredAnswer",
    "Team",
    "UsedAssertion",
    "User",
    "UserManager",
    "default_quorum",
]

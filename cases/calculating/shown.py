"""What a person's team has decided to be shown."""

from accounts.models import User


def shows_percentages(user: User) -> bool:
    """Whether a pathologist of one of the person's teams has had the AFIP percentages shown."""
    return any(
        membership.team is not None and membership.team.afip_percentages_by_id is not None
        for membership in user.active_memberships
    )

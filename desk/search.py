"""Finding a case by what people know of it, for the box at the top of every page."""

from accounts.models import User
from cases.models import Case
from cases.models.case import CaseQuerySet

LIMIT = 50
SHOWN = (
    "reference",
    "status",
    "patient__family_name",
    "patient__given_name",
    "patient__title",
    "patient__birth_on",
    "patient__nhs_number",
    "team__name",
    "current_episode__facts",
)


def find_cases(*, text: str, user: User) -> CaseQuerySet:
    """Cases that the user may see, by name, date of birth, NHS number, hospital number or reference."""
    return (
        Case.objects.visible_to(user)
        .matching(text)
        .select_related("patient", "team", "current_episode")
        .only(*SHOWN)
        .by_name()[:LIMIT]
    )

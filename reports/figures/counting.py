"""All figures of a period: fourteen statements, however much there is."""

from accounts.models import Team
from reports.figures import after, cases, decisions, meetings, opinions, trials
from reports.figures.asked import Asked
from reports.figures.found import Found


def figures(asked: Asked, teams: list[Team]) -> list[Found]:
    """In the order of the definitions; `teams` are those that are asked of."""
    return [
        *meetings.figures(asked, teams),
        *decisions.figures(asked, teams),
        *cases.figures(asked, teams),
        *after.figures(asked),
        *opinions.figures(asked),
        *trials.figures(asked),
    ]

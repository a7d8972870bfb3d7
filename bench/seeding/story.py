"""How far each seeded case has come, and when: statuses in the proportions of a service that has run for years."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from cases.workflow import CaseStatus

S = CaseStatus
LISTED_FOR_EACH_TEAM = 60

# status: share of the cases that are not on the next meeting's list, and how many days ago they were opened
SHARES: dict[CaseStatus, tuple[float, tuple[int, int]]] = {
    S.ACCEPTED: (0.01, (0, 20)),
    S.READY: (0.01, (14, 40)),
    S.DISCUSSED: (0.01, (30, 80)),
    S.PLANNED: (0.02, (40, 90)),
    S.ON_TREATMENT: (0.04, (60, 300)),
    S.FOLLOW_UP: (0.36, (200, 3400)),
    S.CLOSED: (0.55, (120, 3400)),
}
HAS_REPORTS = frozenset(S) - {S.ACCEPTED}
WAS_DISCUSSED = frozenset({S.DISCUSSED, S.PLANNED, S.ON_TREATMENT, S.FOLLOW_UP, S.CLOSED})
PLAN_AGREED = frozenset({S.PLANNED, S.ON_TREATMENT, S.FOLLOW_UP, S.CLOSED})


@dataclass(frozen=True)
class Story:
    """Where a case stands, and the day on which it was opened."""

    status: CaseStatus
    opened_on: date
    today: date

    def day(self, after: int) -> date:
        """So many days after it was opened, but never ahead of today."""
        return min(self.opened_on + timedelta(days=after), self.today)

    @property
    def has_reports(self) -> bool:
        return self.status in HAS_REPORTS

    @property
    def was_discussed(self) -> bool:
        return self.status in WAS_DISCUSSED


def story(number: int, cases: int, teams: int, chance: random.Random, today: date) -> Story:
    """The first cases fill the next meeting of every team; the others are drawn by their shares."""
    listed = min(LISTED_FOR_EACH_TEAM * teams, cases // 2)
    if number < listed:
        return Story(S.LISTED, today - timedelta(days=chance.randint(20, 45)), today)
    (status,) = chance.choices(list(SHARES), [share for share, _ in SHARES.values()])
    days = SHARES[status][1]
    return Story(status, today - timedelta(days=chance.randint(*days)), today)

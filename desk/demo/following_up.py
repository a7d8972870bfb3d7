"""The demonstration centre's patients in follow-up: one to confirm, one held, one overdue, one missed, one lost."""

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from cases.models import Case
from cases.services import cases
from cases.workflow import CaseStatus
from followup import services
from followup.models import Review, ReviewSchedule
from followup.schedules import read_phases

TOLD = Path(__file__).with_name("follow_up.toml")
WAY = (CaseStatus.LISTED, CaseStatus.DISCUSSED, CaseStatus.FOLLOW_UP)


def load(*, accept: Callable[[dict[str, Any]], Case], today: date, surgeon: User, nurse: User) -> None:
    """Each case by the services that would make it; `accept` refers and accepts one."""
    for told in tomllib.loads(TOLD.read_text())["cases"]:
        case = accept(told)
        case.refresh_from_db()
        for status in WAY:
            case = cases.move_case(case=case, to=status, by=nurse)
        from_on = today - timedelta(days=told["given"][-1]["days"])
        schedule = services.set_up_schedule(
            episode=case.current_episode, pathway=told["pathway"], from_on=from_on, by=surgeon
        )
        STEPS[told["step"]](schedule, today, surgeon, nurse)


def _to_confirm(schedule: ReviewSchedule, today: date, surgeon: User, nurse: User) -> None:
    """Nothing more: it waits for a clinician."""


def _confirmed(schedule: ReviewSchedule, surgeon: User, nurse: User) -> Review:
    details = services.ScheduleDetails(schedule.from_on, read_phases(schedule.phases), nurse)
    services.confirm_schedule(schedule=schedule, version=None, details=details, by=surgeon)
    return schedule.reviews.scheduled().get()


def _set_back(review: Review, days: int, today: date) -> Review:
    """As time does: nobody can set a review for a day that has passed."""
    Review.objects.filter(pk=review.pk).update(due_on=today - timedelta(days=days))
    review.refresh_from_db()
    return review


def _held(schedule: ReviewSchedule, today: date, surgeon: User, nurse: User) -> None:
    review = _set_back(_confirmed(schedule, surgeon, nurse), 4, today)
    services.record_review(
        review=review,
        version=None,
        done_on=review.due_on,
        finding="no_disease",
        finding_note="Scar quiet. Chest CT clear.",
        by=nurse,
    )


def _overdue(schedule: ReviewSchedule, today: date, surgeon: User, nurse: User) -> None:
    _set_back(_confirmed(schedule, surgeon, nurse), 23, today)


def _missed(schedule: ReviewSchedule, today: date, surgeon: User, nurse: User) -> None:
    review = _set_back(_confirmed(schedule, surgeon, nurse), 18, today)
    services.mark_review_missed(
        review=review,
        version=None,
        what_was_done="Rang on two days and wrote to the practice: was abroad, comes when back.",
        new_on=today + timedelta(days=9),
        by=nurse,
    )


def _lost(schedule: ReviewSchedule, today: date, surgeon: User, nurse: User) -> None:
    _confirmed(schedule, surgeon, nurse)
    services.lose_to_follow_up(
        episode=schedule.episode,
        tried="Two letters, three calls, and the practice: moved away, no new address.",
        last_seen_on=today - timedelta(days=240),
        by=surgeon,
    )


STEPS: dict[str, Callable[[ReviewSchedule, date, User, User], None]] = {
    "to_confirm": _to_confirm,
    "held": _held,
    "overdue": _overdue,
    "missed": _missed,
    "lost": _lost,
}

"""What is due, of which case, from whom: one definition for each kind of reminder, as set-based SQL.

Each gives kind, target_id, step, due_on, day, person_id, role, episode_id, case_id, team_id. `day` is the date from
which rules count. Who is named is asked; where nobody is, everyone of the role. A step says which due date of the
target it is about, so that each is told of once. The case of an episode, the team of a case and whether the patient
died are looked up where people are found (owed.py): almost all that is due was told of already, and needs none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from accounts.permissions import Permission
from followup.models import ReminderKind
from followup.models.reminder import LINK
from followup.services.reviewing import unplanned
from mdt.services.telling import TO_DECIDE_SQL, TO_TELL_SQL
from treatments.models.plan import GRACE_DAYS

DAY = "'YYYY-MM-DD'"
LONDON = "AT TIME ZONE 'Europe/London'"
CONFIRM_WITHIN_DAYS = 7
"""A proposed schedule waits so long before it is due to be confirmed; a centre's own rule, not a standard."""

Span = tuple[date | None, date]
"""Days from and until; from None: however long ago."""


@dataclass(frozen=True)
class Due:
    """One definition; its statement can be narrowed to some days, or to some targets, so that an index answers it."""

    sql: str
    """With {narrowed} where the condition goes."""
    day: str
    """The condition on the day, with {from} and {until}: in terms of a column that has an index."""
    target: str
    """The column of target_id."""
    day_column: str = ""
    """Where there are so many that only an index that holds all it gives is quick enough: asked for by single days."""
    oldest: int | None = None
    """Days back beyond which it is not looked for."""
    is_asked: bool = False
    """Asked for by a person, on that day: no rule is needed."""

    def within(self, spans: Iterable[Span]) -> str:
        """Of these days; the days stand in the statement, so that the planner knows how few they are."""
        spans = list(spans)
        if self.day_column and (days := days_in(spans)) is not None:
            return self.sql.replace("{narrowed}", f"{self.day_column} = {any_of(days)}")
        each = [
            self.day.replace("{from}", _said(since)).replace("{until}", _said(until))
            for since, until in spans
        ]
        return self.sql.replace("{narrowed}", f"({' OR '.join(each)})" if each else "FALSE")

    def about(self, targets: str) -> str:
        """Of the targets that this statement gives."""
        return self.sql.replace("{narrowed}", f"{self.target} = ANY(ARRAY({targets}))")


def days_in(spans: Iterable[Span]) -> set[date] | None:
    """Each of their days; None where one has no beginning."""
    days: set[date] = set()
    for since, until in spans:
        if since is None:
            return None
        days.update(since + timedelta(days=n) for n in range((until - since).days + 1))
    return days


def any_of(days: Iterable[date]) -> str:
    return f"ANY('{{{','.join(day.isoformat() for day in sorted(days))}}}'::date[])"


def _said(day: date | None) -> str:
    return f"'{day.isoformat() if day else '-infinity'}'::date"


REVIEW: Final = Due(
    f"""
    SELECT 'review_due' AS kind, review.id AS target_id, to_char(review.due_on, {DAY}) AS step,
           review.due_on, review.due_on AS day, review.responsible_id AS person_id, '' AS role,
           review.episode_id, NULL::bigint AS case_id, NULL::bigint AS team_id
      FROM followup_review review
     WHERE review.status = 'scheduled' AND {{narrowed}}
    """,
    day="review.due_on BETWEEN {from} AND {until}",
    day_column="review.due_on",
    target="review.id",
)

OPINION: Final = Due(
    f"""
    SELECT 'opinion_step_due', opinion.id, opinion.status || ' ' || to_char(opinion.step_due_on, {DAY}),
           opinion.step_due_on, opinion.step_due_on, opinion.owner_id, '', opinion.episode_id, NULL::bigint,
           NULL::bigint
      FROM followup_secondopinion opinion
     WHERE opinion.status NOT IN ('closed', 'withdrawn', 'declined') AND {{narrowed}}
    """,
    day="opinion.step_due_on BETWEEN {from} AND {until}",
    target="opinion.id",
)

# The other side: while it is theirs to answer, and they may see what was sent. Its page is their own.
OPINION_ASKED: Final = Due(
    f"""
    SELECT 'opinion_step_due', opinion.id,
           'asked ' || opinion.status || ' ' || to_char(opinion.step_due_on, {DAY}),
           opinion.step_due_on, opinion.step_due_on, NULL::bigint, '', opinion.episode_id, NULL::bigint,
           opinion.team_asked_id
      FROM followup_secondopinion opinion
     WHERE opinion.status IN ('sent', 'acknowledged') AND opinion.team_asked_id IS NOT NULL
       AND opinion.shared_until >= %(today)s AND {{narrowed}}
    """,
    day="opinion.step_due_on BETWEEN {from} AND {until}",
    target="opinion.id",
)

# The way of an outside expert is over, or runs out on that day, and nobody made another: each waits for the other.
LINK_OVER: Final = Due(
    f"""
    SELECT 'opinion_step_due', opinion.id, '{LINK}' || link.id || ' ' || to_char(until.day, {DAY}),
           until.day, until.day, opinion.owner_id, '', opinion.episode_id, NULL::bigint, NULL::bigint
      FROM followup_expertlink link
      JOIN followup_secondopinion opinion ON opinion.id = link.opinion_id
     CROSS JOIN LATERAL (
           SELECT (COALESCE(link.ended_at, link.expires_at) {LONDON})::date AS day
     ) until
     WHERE link.ended_reason IN ('', 'too_many_tries')
       AND opinion.status IN ('requested', 'sent', 'acknowledged') AND {{narrowed}}
       AND NOT EXISTS (
           SELECT FROM followup_expertlink later WHERE later.opinion_id = link.opinion_id AND later.id > link.id
       )
    """,
    day=(
        f"COALESCE(link.ended_at, link.expires_at) >= {{from}}::timestamp {LONDON}"
        f" AND COALESCE(link.ended_at, link.expires_at) < ({{until}} + 1)::timestamp {LONDON}"
    ),
    target="opinion.id",
)

# One for a person and an episode, however many facts they owe of it.
GAP: Final = Due(
    f"""
    SELECT DISTINCT 'gap_due', gap.episode_id, gap.role || ' ' || to_char(gap.due_on, {DAY}),
           gap.due_on, gap.due_on, gap.owner_id, gap.role, gap.episode_id, NULL::bigint, NULL::bigint
      FROM mdt_gap gap
     WHERE gap.closed_at IS NULL AND gap.due_on IS NOT NULL AND {{narrowed}}
    """,
    day="gap.due_on BETWEEN {from} AND {until}",
    target="gap.episode_id",
)

# Asked for by somebody who chases it, on that day.
GAP_ASKED: Final = Due(
    f"""
    SELECT DISTINCT 'gap_due', gap.episode_id,
           gap.role || ' on ' || to_char(gap.reminded_at {LONDON}, {DAY}),
           COALESCE(gap.due_on, (gap.reminded_at {LONDON})::date), (gap.reminded_at {LONDON})::date,
           gap.owner_id, gap.role, gap.episode_id, NULL::bigint, NULL::bigint
      FROM mdt_gap gap
     WHERE gap.closed_at IS NULL AND gap.reminded_at IS NOT NULL AND {{narrowed}}
    """,
    day=(
        f"gap.reminded_at >= {{from}}::timestamp {LONDON}"
        f" AND gap.reminded_at < ({{until}} + 1)::timestamp {LONDON}"
    ),
    target="gap.episode_id",
    is_asked=True,
)

# An open one whose version counted up was done or not needed once, and is owed anew.
ACTION: Final = Due(
    f"""
    SELECT 'action_due', action.decision_id, action.id || ' ' || to_char(action.due_on, {DAY})
           || CASE WHEN action.version > 1 THEN ' v' || action.version ELSE '' END,
           action.due_on, action.due_on, action.owner_id, '', NULL::bigint, decision.case_id, NULL::bigint
      FROM mdt_action action
      JOIN mdt_decision decision ON decision.id = action.decision_id
     WHERE action.done_at IS NULL AND {{narrowed}}
    """,
    day="action.due_on BETWEEN {from} AND {until}",
    target="action.decision_id",
)

# By the day until which it is ratified (of earlier ones, from the day after they were recorded), until it is ratified,
# refused, or another decision takes its place.
RATIFICATION: Final = Due(
    f"""
    SELECT 'ratification_due', decision.id,
           to_char(COALESCE(decision.ratify_by_on, (decision.recorded_at {LONDON})::date), {DAY}),
           until.day, until.day, decision.to_ratify_by_id, '', NULL::bigint, decision.case_id, NULL::bigint
      FROM mdt_decision decision
     CROSS JOIN LATERAL (
           SELECT COALESCE(decision.ratify_by_on, (decision.recorded_at {LONDON})::date + 1) AS day
     ) until
     WHERE decision.to_ratify_by_id IS NOT NULL AND {{narrowed}}
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.ratifies_id = decision.id)
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.replaces_id = decision.id)
       AND NOT EXISTS (SELECT FROM mdt_ratificationrefusal refusal WHERE refusal.decision_id = decision.id)
    """,
    day=(
        "(decision.ratify_by_on BETWEEN {from} AND {until} OR decision.ratify_by_on IS NULL"
        f" AND decision.recorded_at >= ({{from}} - 1)::timestamp {LONDON}"
        f" AND decision.recorded_at < {{until}}::timestamp {LONDON})"
    ),
    target="decision.id",
)

# From the day after the meeting that was to ratify it: its chair, until a meeting answers it (mdt.services.to_ratify).
URGENT: Final = Due(
    f"""
    SELECT 'ratification_due', decision.id, 'urgent ' || to_char(meeting.starts_at {LONDON}, {DAY}),
           (meeting.starts_at {LONDON})::date + 1, (meeting.starts_at {LONDON})::date + 1, meeting.chair_id, '',
           NULL::bigint, decision.case_id, NULL::bigint
      FROM mdt_decision decision
      JOIN mdt_meeting meeting ON meeting.id = decision.ratify_at_id
     WHERE decision.kind = 'urgent' AND {{narrowed}}
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.replaces_id = decision.id)
    """,
    day=(
        f"meeting.starts_at >= ({{from}} - 1)::timestamp {LONDON}"
        f" AND meeting.starts_at < {{until}}::timestamp {LONDON}"
    ),
    target="decision.id",
)

# A patient's letter waits for the key worker's check first, or for the nurses' where there is none.
LETTER_TO_CHECK: Final = Due(
    f"""
    SELECT 'letter_due', letter.id, letter.status || ' ' || to_char(letter.due_on, {DAY}), letter.due_on,
           letter.due_on, its_case.key_worker_id, 'nurse_specialist', NULL::bigint, letter.case_id, its_case.team_id
      FROM mdt_letter letter JOIN cases_case its_case ON its_case.id = letter.case_id
     WHERE letter.kind = 'patient' AND letter.status = 'draft' AND {{narrowed}}
    """,
    day="letter.due_on BETWEEN {from} AND {until}",
    target="letter.id",
)

LETTER_TO_ISSUE: Final = Due(
    f"""
    SELECT 'letter_due', letter.id, letter.status || ' ' || to_char(letter.due_on, {DAY}), letter.due_on,
           letter.due_on, NULL::bigint, 'coordinator', NULL::bigint, letter.case_id, NULL::bigint
      FROM mdt_letter letter
     WHERE letter.status IN ('draft', 'checked') AND (letter.status = 'checked' OR letter.kind <> 'patient')
       AND {{narrowed}}
    """,
    day="letter.due_on BETWEEN {from} AND {until}",
    target="letter.id",
)

# A year back at most: what an index finds. My work shows an older promise all the same.
TELL: Final = Due(
    f"""
    SELECT 'patient_to_tell', decision.id, to_char(decision.tell_by_on, {DAY}), decision.tell_by_on,
           decision.tell_by_on, decision.tells_patient_id, 'nurse_specialist', NULL::bigint, decision.case_id,
           NULL::bigint
      FROM mdt_decision decision
     WHERE {TO_TELL_SQL} AND {{narrowed}}
    """,
    day="decision.tell_by_on BETWEEN {from} AND {until}",
    target="decision.id",
    oldest=366,
)

DECIDE: Final = Due(
    f"""
    SELECT 'patient_to_tell', told.decision_id, 'choice ' || to_char(told.decide_by_on, {DAY}), told.decide_by_on,
           told.decide_by_on, decision.tells_patient_id, 'nurse_specialist', NULL::bigint, decision.case_id,
           NULL::bigint
      FROM mdt_telling told
      JOIN mdt_decision decision ON decision.id = told.decision_id
     WHERE {TO_DECIDE_SQL} AND {{narrowed}}
    """,
    day="told.decide_by_on BETWEEN {from} AND {until}",
    target="told.decision_id",
)

# Not begun when the grace after its first date is over, or undated by the team's days after the agreement
# (Treatment.with_due). One statement for each of the two, so that each has its index.
_PLAN = f"""
    SELECT 'plan_not_started', plan.id, to_char(late.due_on, {DAY}), late.due_on, late.due_on,
           COALESCE(its_case.responsible_consultant_id, plan.proposed_by_id), '', NULL::bigint, its_case.id,
           its_case.team_id
"""

_EARLIER = """
    NOT EXISTS (
        SELECT FROM treatments_delivery earlier
         WHERE earlier.plan_id = plan.id AND earlier.status = 'scheduled'
"""

PLAN_DATED: Final = Due(
    _PLAN
    + f"""
      FROM treatments_delivery first
      JOIN treatments_plan plan ON plan.id = first.plan_id AND plan.status = 'agreed'
      JOIN cases_episode episode ON episode.id = plan.episode_id
      JOIN cases_case its_case ON its_case.id = episode.case_id AND its_case.status <> 'closed'
     CROSS JOIN LATERAL (SELECT first.scheduled_on + {GRACE_DAYS} AS due_on) late
     WHERE first.status = 'scheduled' AND {{narrowed}}
       AND {_EARLIER} AND (earlier.scheduled_on, earlier.id) < (first.scheduled_on, first.id))
    """,
    day=f"first.scheduled_on BETWEEN {{from}} - {GRACE_DAYS} AND {{until}} - {GRACE_DAYS}",
    target="plan.id",
)

PLAN_UNDATED: Final = Due(
    _PLAN
    + f"""
      FROM treatments_plan plan
      JOIN cases_episode episode ON episode.id = plan.episode_id
      JOIN cases_case its_case ON its_case.id = episode.case_id AND its_case.status <> 'closed'
      JOIN accounts_team team ON team.id = its_case.team_id
     CROSS JOIN LATERAL (SELECT (plan.agreed_at {LONDON})::date + team.delivery_due_days AS due_on) late
     WHERE plan.status = 'agreed' AND {{narrowed}}
       AND {_EARLIER} AND earlier.scheduled_on IS NOT NULL)
    """,
    day=(
        "plan.agreed_at >= ({from} - (SELECT max(delivery_due_days) FROM accounts_team))::timestamp "
        + f"{LONDON} AND plan.agreed_at < ({{until}} - (SELECT min(delivery_due_days) FROM accounts_team) + 1)"
        + f"::timestamp {LONDON} AND late.due_on BETWEEN {{from}} AND {{until}}"
    ),
    target="plan.id",
)

SCHEDULE: Final = Due(
    f"""
    SELECT 'schedule_to_confirm', schedule.id, to_char(until.day, {DAY}), until.day, until.day,
           COALESCE(its_case.responsible_consultant_id, its_case.key_worker_id), '', NULL::bigint, its_case.id,
           its_case.team_id
      FROM followup_reviewschedule schedule
      JOIN cases_episode episode ON episode.id = schedule.episode_id
      JOIN cases_case its_case ON its_case.id = episode.case_id
     CROSS JOIN LATERAL (
           SELECT (schedule.proposed_at {LONDON})::date + {CONFIRM_WITHIN_DAYS} AS day
     ) until
     WHERE schedule.status = 'proposed' AND {{narrowed}}
    """,
    day=(
        f"schedule.proposed_at >= ({{from}} - {CONFIRM_WITHIN_DAYS})::timestamp {LONDON}"
        f" AND schedule.proposed_at < ({{until}} - {CONFIRM_WITHIN_DAYS} + 1)::timestamp {LONDON}"
    ),
    target="schedule.id",
)

# Looked for with everything, once an hour: no index answers since when nothing is planned.
UNPLANNED: Final = Due(
    f"""
    SELECT 'follow_up_to_plan', episode.id, to_char(until.day, {DAY}), until.day, until.day,
           COALESCE(its_case.responsible_consultant_id, its_case.key_worker_id), '', NULL::bigint, its_case.id,
           its_case.team_id
    {unplanned.FROM}
     CROSS JOIN LATERAL (SELECT {unplanned.BEGAN} + {unplanned.WITHIN_DAYS} AS day) until
     WHERE {unplanned.TO_PLAN}
       AND until.day > %(today)s::date - {unplanned.LOOKED_BACK_DAYS} AND {{narrowed}}
    """,
    day="{from} = '-infinity'::date AND until.day <= {until}",
    target="episode.id",
)

# After the end of a referral nothing is due; a death ends it.
TRIAL_STEP: Final = Due(
    f"""
    SELECT 'trial_step_due', referral.id, referral.status || ' ' || to_char(referral.step_due_on, {DAY}),
           referral.step_due_on, referral.step_due_on, referral.owner_id, '', referral.episode_id, NULL::bigint,
           NULL::bigint
      FROM trials_trialreferral referral
     WHERE referral.status IN ('referred', 'screening') AND {{narrowed}}
    """,
    day="referral.step_due_on BETWEEN {from} AND {until}",
    target="referral.id",
)

OWED: dict[ReminderKind, tuple[tuple[Permission, Due], ...]] = {
    ReminderKind.REVIEW_DUE: ((Permission.PLAN_REVIEW, REVIEW),),
    ReminderKind.OPINION_STEP_DUE: (
        (Permission.ASK_OPINION, OPINION),
        (Permission.ASK_OPINION, LINK_OVER),
        (Permission.ANSWER_OPINION, OPINION_ASKED),
    ),
    ReminderKind.GAP_DUE: ((Permission.RECORD_FACTS, GAP), (Permission.RECORD_FACTS, GAP_ASKED)),
    ReminderKind.ACTION_DUE: ((Permission.RECORD_DECISION, ACTION),),
    ReminderKind.RATIFICATION_DUE: ((Permission.LIST_CASES, RATIFICATION), (Permission.LIST_CASES, URGENT)),
    ReminderKind.LETTER_DUE: (
        (Permission.CHECK_LETTER, LETTER_TO_CHECK),
        (Permission.MAKE_LETTER, LETTER_TO_ISSUE),
    ),
    ReminderKind.PATIENT_TO_TELL: ((Permission.TELL_PATIENT, TELL), (Permission.TELL_PATIENT, DECIDE)),
    ReminderKind.PLAN_NOT_STARTED: (
        (Permission.DELIVER_PLAN, PLAN_DATED),
        (Permission.DELIVER_PLAN, PLAN_UNDATED),
    ),
    ReminderKind.SCHEDULE_TO_CONFIRM: ((Permission.CONFIRM_SCHEDULE, SCHEDULE),),
    ReminderKind.FOLLOW_UP_TO_PLAN: ((Permission.CONFIRM_SCHEDULE, UNPLANNED),),
    ReminderKind.TRIAL_STEP_DUE: ((Permission.REFER_TO_TRIAL, TRIAL_STEP),),
}
"""For each kind of reminder: what is due, about which case, owed by whom; and what it takes to do it."""

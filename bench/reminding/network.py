"""Twenty years of a whole country's cases: everything that reminders are about, almost all of it long done."""

from typing import Any

import psycopg

from bench.reminding.rows import as_on_any_day, cases, centre, fill

PEOPLE = 1000
AGE = "(n % 7300)"
"""Days since a case came: twenty years, each day as many."""

DAY = f"(current_date - {AGE}::int)"
PERSON = f"((n - 1) % {PEOPLE} + 1)"


def open_for(days: int, one: str, other: str) -> str:
    """An expression: `one` for the cases of the last days, `other` for all before."""
    return f"CASE WHEN {AGE} < {days} THEN {one} ELSE {other} END"


def network(owner: psycopg.Connection[Any], how_many: int) -> None:
    """Cases with reviews for two years ahead, gaps, decisions, letters, actions, plans and second opinions."""
    teams = centre(owner, people=PEOPLE)
    cases(owner, how_many, teams=teams)
    _reviews(owner, how_many)
    _decisions(owner, how_many)
    _plans(owner, how_many)
    _opinions(owner, how_many // 20)
    _told_before(owner, how_many)
    as_on_any_day(owner)


def _reviews(owner: psycopg.Connection[Any], cases: int) -> None:
    """Four a case: three done, and one within the last month or the next two years."""
    fill(
        owner, "followup_review", 4 * cases,
        id="n", episode_id="(n - 1) / 4 + 1", responsible_id=PERSON, created_by_id="1", kind="'clinic'",
        status="CASE WHEN n % 4 = 0 THEN 'scheduled' ELSE 'done' END",
        finding="CASE WHEN n % 4 = 0 THEN '' ELSE 'no_evidence' END",
        done_on="CASE WHEN n % 4 <> 0 THEN current_date END",
        due_on="CASE WHEN n % 4 = 0 THEN current_date - 30 + (n / 4 % 760)::int"
        " ELSE current_date - (n % 4 * 180 + n % 170)::int END",
    )  # fmt: skip
    fill(
        owner, "followup_reviewschedule", cases,
        id="n", episode_id="n", pathway="'soft_tissue_high'", from_on=DAY, phases="'[]'", confirmed_at="now()",
        status=open_for(10, "'proposed'", "'confirmed'"), proposed_at=f"now() - make_interval(days => {AGE}::int)",
    )  # fmt: skip


def _decisions(owner: psycopg.Connection[Any], cases: int) -> None:
    fill(
        owner, "mdt_gap", 2 * cases,
        id="n", episode_id="(n - 1) / 2 + 1", kind="'grade' || n % 2", role="'pathologist'", due_on=DAY,
        closed_at=open_for(14, "NULL", "now()"), closed_because=open_for(14, "''", "'answered'"),
        opened_at=f"now() - make_interval(days => {AGE}::int)",
    )  # fmt: skip
    fill(
        owner, "mdt_decision", cases,
        id="n", case_id="n", episode_id="n", recorded_by_id=PERSON, tells_patient_id=PERSON,
        kind=open_for(8, "'provisional'", "'meeting'"), outcome="'treat'", tell_by_on=f"{DAY} + 7",
        to_ratify_by_id=open_for(8, PERSON, "NULL"), ratify_by_on=open_for(8, f"{DAY} + 7", "NULL"),
        recorded_at=f"now() - make_interval(days => {AGE}::int)", present="'[]'",
    )  # fmt: skip
    fill(
        owner, "mdt_telling", cases,
        id="n", decision_id=open_for(15, "n - n % 7300 + 20", "n"), told_by_id=PERSON, recorded_by_id=PERSON,
        told_on=DAY, choice="'agrees'",
    )  # fmt: skip
    fill(
        owner, "mdt_letter", cases,
        id="n", case_id="n", decision_id="n", kind="'referrer'", due_on=f"{DAY} + 2", pdf_sha256="'x'",
        status=open_for(7, "'draft'", "'issued'"), issued_at="now()",
    )  # fmt: skip
    fill(
        owner, "mdt_action", cases,
        id="n", decision_id="n", owner_id=PERSON, due_on=f"{DAY} + 14", done_at=open_for(25, "NULL", "now()"),
        text="'Ask for the block'",
    )  # fmt: skip


def _plans(owner: psycopg.Connection[Any], cases: int) -> None:
    fill(
        owner, "treatments_plan", cases,
        id="n", episode_id="n", proposed_by_id=PERSON, intent="'curative'",
        status=open_for(30, "'agreed'", "'completed'"), agreed_at=f"now() - make_interval(days => {AGE}::int)",
    )  # fmt: skip
    fill(owner, "treatments_treatment", cases, id="n", plan_id="n", modality="'surgery'")
    fill(
        owner, "treatments_delivery", cases,
        id="n", plan_id="n", treatment_id="n", scheduled_on=f"{DAY} + 20",
        status=open_for(30, "'scheduled'", "'given'"),
    )  # fmt: skip


def _opinions(owner: psycopg.Connection[Any], how_many: int) -> None:
    fill(
        owner, "followup_secondopinion", how_many,
        id="n", episode_id="n * 20", asked_by="'team'", asked_of_id="1", owner_id=PERSON, created_by_id="1",
        status=open_for(40, "'sent'", "'closed'"), step_due_on=f"{DAY} + 14", requested_on=DAY,
    )  # fmt: skip


def _told_before(owner: psycopg.Connection[Any], cases: int) -> None:
    """What was told and done, and the events of the record."""
    fill(
        owner, "followup_reminder", cases,
        id="n", kind="'review_due'", target_id="n", step="'2025-01-01'", rule_id="2", person_id=PERSON, case_id="n",
        due_on=DAY, status="'settled'",
    )  # fmt: skip
    fill(
        owner, "audit_event", 2 * cases,
        id="n", type="'review.done'", by_id=PERSON, target_type="'followup.review'", target_id="n",
        case_id="(n - 1) / 2 + 1",
    )  # fmt: skip

"""The panel in which a decision is typed: what comes filled in, the draft in it, and who else is writing one."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.models import Membership, User
from accounts.permissions import Permission
from cases.services.refusals import said_time
from desk.room.reading import Room
from desk.room.told_words import trial_words
from mdt.decision_forms import (
    OTHER_DAY,
    ActionForm,
    ActionFormSet,
    Actions,
    DecisionForm,
    DissentFormSet,
    DissentRow,
    Dissents,
)
from mdt.models import Action, Decision, DecisionDraft, Meeting
from mdt.rhythm import meeting_days
from mdt.services.decision_details import TELL_WITHIN
from mdt.services.drafts import TURN, WINDOW
from mdt.services.ratify_days import RATIFY_WITHIN
from mdt.workflow import NOT_OPENED, OPEN, DecisionKind, Outcome, PostponeReason
from treatments.presenting import way_out
from treatments.services import Obstacle

OUTCOME_KEYS: Mapping[str, str] = dict(zip(Outcome.values, "123456789bc0", strict=True))
USUAL_REASONS = [label for value, label in PostponeReason.choices if value != PostponeReason.CANCELLED]
"""The reasons for which cases are put off stand, mostly, behind no decision too; any other words do."""
SEVERAL = ("covered", "still_needed", "trials")
RECORDED = (
    "outcome",
    "rationale",
    "no_decision_reason",
    "trial_considered",
    "trial_note",
    "tells_patient_id",
    "tell_by_on",
    "responsible_id",
    "options_considered",
    "intent",
    "covered",
    "relist_on",
)
FIELDS = (DecisionForm.base_fields.keys() - {"draft_version"}) | {WINDOW, TURN}
ROWS = re.compile(
    rf"actions-\d{{1,2}}-({'|'.join(ActionForm.base_fields)})"
    rf"|dissents-\d{{1,2}}-({'|'.join(DissentRow.base_fields)})"
)
MEETINGS_AHEAD, RHYTHM_AHEAD = 8, 4
JUST_NOW = 300
"""Seconds: whoever typed in that time is writing still."""


@dataclass
class Panel:
    """The forms, the draft in them, what has to be said about it, and what refused the plan."""

    form: DecisionForm
    actions: ActionFormSet
    dissents: DissentFormSet
    draft: DecisionDraft | None = None
    others: Sequence[DecisionDraft] = ()
    notes: list[str] = field(default_factory=list)
    is_behind: bool = False
    """Somebody decided since the page that asks was opened."""
    refused: list[Obstacle] = field(default_factory=list)
    unkept: bool = False

    def is_whole(self) -> bool:
        """Every row can be read; the form itself is left to the service's refusals."""
        return all([self.actions.is_valid(), self.dissents.is_valid()])


def may_decide(user: User, room: Room) -> bool:
    """A decision rests on who was there while the case was discussed, so it was discussed."""
    return not why_not(user, room)


def why_not(user: User, room: Room) -> str:
    """Why this person cannot decide now, and what would be right; empty where they can."""
    meeting = room.listing.meeting
    if not user.may(Permission.RECORD_DECISION, meeting.team_id):
        return "Your role does not record decisions in this team."
    if user.pk in room.recused:
        return "You stepped aside from this case, so a colleague decides."
    if _is_over(room):
        return "A later meeting has decided in the place of this one."
    if meeting.status not in OPEN:
        return "The meeting is not in session, so nothing can be decided here."
    return "" if room.discussions else "This case has not been discussed yet. Start its discussion first (S)."


def _is_over(room: Room) -> bool:
    """A later meeting has decided in the place of this one."""
    return room.decision is not None and getattr(room.decision, "replaced_by", None) is not None


def asked_for(request: HttpRequest, room: Room) -> Panel | None:
    """The panel where the address asks for it and this person may decide now."""
    if "decide" not in request.GET or not may_decide(request.user, room):
        return None
    panel, knows = opened(request.user, room), request.GET.get("knows")
    panel.is_behind = room.decision is not None and knows not in (None, str(room.decision.pk))
    return panel


def opened(user: User, room: Room, typed: Mapping[str, str] | None = None) -> Panel:
    """With the own draft in it, or with what was typed just now; else with what comes filled in."""
    mine = next((each for each in room.drafts if each.author_id == user.pk), None)
    stands = typed if typed is not None else mine.typed if mine else None
    initial = _suggested(room) if stands is None else _typed_before(stands)
    initial |= {"draft_version": mine.version if mine else 0, "window": secrets.token_hex(8)}
    panel = _panel(room, None, initial, stands or {})
    panel.draft, panel.others = mine, [each for each in room.drafts if each is not mine]
    if stands is not None:
        _bring_up_to_date(panel, room, stands)
    else:
        panel.notes.extend(_stepped_aside(room))
    return panel


def _stepped_aside(room: Room) -> list[str]:
    """Whoever would tell the patient and steps aside from the case is not named without a word."""
    before = room.decision or room.urgent or room.waiting
    usual = before.tells_patient_id if before else room.listing.episode.case.key_worker_id
    names = [each.person.full_name for each in room.recusals if each.person_id == usual]
    return [f"{name} stepped aside from this case. Choose who tells the patient." for name in names]


def sent(user: User, room: Room, data: QueryDict) -> Panel:
    """With what was sent."""
    panel = _panel(room, data, {}, {})
    panel.draft = next((each for each in room.drafts if each.author_id == user.pk), None)
    panel.others = [each for each in room.drafts if each is not panel.draft]
    return panel


def _panel(room: Room, data: QueryDict | None, initial: dict[str, Any], stands: Mapping[str, str]) -> Panel:
    team, members = room.listing.meeting.team, room.members
    earlier = open_actions(room)
    initial["still_needed"] = _still_needed(earlier, stands)
    initial["offered"] = _keys(earlier)
    form = DecisionForm(
        data,
        initial=initial,
        hearing=room.hearing,
        members=members,
        days=coming_days(room.listing.meeting),
        open_actions=earlier,
        trials=offered_trials(room),
    )
    form.fields["tells_patient"].widget.attrs["data-key"] = "w"
    form.fields["trial_considered"].widget.attrs["data-key"] = "r"
    options: dict[str, Any] = {"form_kwargs": {"team": team, "members": members}}
    actions = Actions(data, prefix="actions", drafted=_rows(stands, "actions"), **options)
    dissents = Dissents(data, prefix="dissents", drafted=_rows(stands, "dissents"), **options)
    return Panel(form, actions, dissents)


def offered_trials(room: Room) -> list[tuple[int, str]]:
    """Those that may fit now, and those that the decision before named."""
    before = room.decision or room.urgent or room.waiting
    named = {each["trial"]: each["name"] for each in (before.trials_considered if before else ())}
    offered = {each["pk"]: f"{each['name']}, {trial_words(each)}" for each in room.told.trials}
    return list((offered | {pk: name for pk, name in named.items() if pk not in offered}).items())


def _still_needed(earlier: Sequence[Action], stands: Mapping[str, str]) -> list[str]:
    """Ticked: what was ticked, and whatever was set since then, which nobody was asked about."""
    ticked, asked = (stands.get(name, "").split() for name in ("still_needed", "offered"))
    return [key for key in _keys(earlier).split() if key in ticked or key not in asked]


def _keys(actions: Sequence[Action]) -> str:
    return " ".join(str(each.pk) for each in actions)


def coming_days(meeting: Meeting) -> list[date]:
    """Days of the team's next meetings; of its rhythm, where none is in the calendar yet."""
    coming = Meeting.objects.filter(
        team=meeting.team_id, status__in=NOT_OPENED, starts_at__gt=max(timezone.now(), meeting.starts_at)
    )
    starts = coming.order_by("starts_at").values_list("starts_at", flat=True)[:MEETINGS_AHEAD]
    days = dict.fromkeys(timezone.localdate(each) for each in starts)
    later = [day for day in days if day > timezone.localdate()]
    since = max(timezone.localdate(), meeting.day)
    return later or list(islice(meeting_days(since, meeting.team.meeting_weekday), RHYTHM_AHEAD))


def open_actions(room: Room) -> list[Action]:
    """What the decisions before on this case's listing, or on the one that waits, set and nobody has done."""
    before = room.decision or room.urgent or room.waiting
    if before is None:
        return []
    rows = Action.objects.filter(done_at__isnull=True, not_needed_reason="").select_related("owner")
    mine = {"decision__listing": before.listing_id} if before.listing_id else {"decision": before}
    return list(rows.filter(**mine))


def _suggested(room: Room) -> dict[str, Any]:
    """For a correction, what was recorded; for a first decision, what most of them say."""
    plan, today = room.hearing.plan, timezone.localdate()
    carried = {
        **_seen(room),
        "plan_seen": plan and plan.pk,
        "to_ratify_by": _only_one(room),
        "ratify_by_on": add_working_days(today, RATIFY_WITHIN),
    }
    before = room.decision or room.urgent
    if before:
        return carried | _recorded(before, room)
    worker = room.listing.episode.case.key_worker_id
    told_by = worker if worker in {each.user_id for each in room.members} - room.recused else None
    return carried | {
        "responsible": room.listing.responsible_id,
        "tells_patient": told_by,
        "tell_by_on": add_working_days(today, TELL_WITHIN),
    }


def _seen(room: Room) -> dict[str, int | None]:
    """The decision whose place the new one takes, and its refusal, as the page shows them."""
    before = room.decision or room.waiting
    refusal = room.waiting and getattr(room.waiting, "refusal", None)
    return {"replaces": before and before.pk, "refusal_seen": refusal and refusal.pk}


def _recorded(before: Decision, room: Room) -> dict[str, Any]:
    recorded = {name.removesuffix("_id"): getattr(before, name) for name in RECORDED}
    recorded["trials"] = [each["trial"] for each in before.trials_considered]
    if recorded["tells_patient"] in room.recused:
        recorded["tells_patient"] = None
    if recorded["relist_on"]:
        chosen = recorded["relist_on"]
        recorded["relist"] = chosen.isoformat() if chosen in coming_days(room.listing.meeting) else OTHER_DAY
    if room.urgent and recorded["tell_by_on"] and recorded["tell_by_on"] < timezone.localdate():
        recorded["tell_by_on"] = add_working_days(timezone.localdate(), TELL_WITHIN)
    if before.kind == DecisionKind.PROVISIONAL and before.ratify_by_on:
        recorded["to_ratify_by"] = before.to_ratify_by_id
    return recorded


def _only_one(room: Room) -> int | None:
    """Who ratifies, where nobody else of the team could."""
    outcome = Outcome.AGREE_PLAN if room.hearing.plan else ""
    if not room.hearing.lacks(outcome):
        return None
    able = {each.user_id for each in room.hearing.could_ratify(outcome, room.members)}
    return able.pop() if len(able) == 1 else None


# ---- drafts ----


def is_field(name: str) -> bool:
    """Whether the panel has such a field, or a row of actions or dissent such a one."""
    return name in FIELDS or ROWS.fullmatch(name) is not None


def typed_in(data: QueryDict) -> dict[str, str]:
    """What a form sends, as a draft keeps it: several ticks of one name are one text."""
    return {
        name: " ".join(data.getlist(name)) if name in SEVERAL else data[name]
        for name in data
        if is_field(name)
    }


def _typed_before(stands: Mapping[str, str]) -> dict[str, Any]:
    """A field that is not among them was left empty."""
    initial: dict[str, Any] = {name: stands.get(name, "") for name in DecisionForm.base_fields}
    return initial | {name: stands.get(name, "").split() for name in SEVERAL}


def _rows(stands: Mapping[str, str], prefix: str) -> list[dict[str, Any]]:
    """{"actions-1-text": "Scan"} -> [{}, {"text": "Scan"}]."""
    rows: dict[int, dict[str, Any]] = {}
    for name, text in stands.items():
        found = re.fullmatch(rf"{prefix}-(\d+)-(\w+)", name)
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = text
    return [row for _, row in sorted(rows.items())]


def _bring_up_to_date(panel: Panel, room: Room, stands: Mapping[str, str]) -> None:
    """A draft that was begun on an earlier plan, or before somebody decided, says so."""
    form, plan, decision = panel.form, room.hearing.plan, room.decision
    seen = stands.get("plan_seen", "")
    form.initial["plan_seen"] = plan.pk if plan else ""
    if stands.get("outcome") == Outcome.AGREE_PLAN and seen != str(plan.pk if plan else ""):
        form.initial["outcome"] = ""
        now = f"The plan is now {plan}" if plan else "There is no plan now"
        panel.notes.append(f"{now}; it was another when this draft was begun. Choose the outcome again.")
    if decision and stands.get("replaces") != str(decision.pk):
        form.initial["replaces"] = decision.pk
        form.compare(decision, _in_words(stands, room.members), differences(decision, panel, stands))
        panel.notes.append(
            f"{decision.recorded_by.full_name} recorded a decision after this draft was begun. "
            "Saving yours corrects it."
        )
    if decision is None:
        _see_what_waits(panel, room, stands)


def _see_what_waits(panel: Panel, room: Room, stands: Mapping[str, str]) -> None:
    """An earlier meeting's decision was ratified, refused or answered since the draft was begun."""
    now = _seen(room)
    if all(stands.get(name, "") == str(key or "") for name, key in now.items()):
        return
    panel.form.initial |= now
    panel.notes.append(
        "What an earlier meeting decided was ratified, refused or decided again after this draft was begun. "
        "Look at the case before you save."
    )


def _in_words(stands: Mapping[str, str], members: Sequence[Membership]) -> dict[str, Any]:
    people = {str(each.user_id): each.user for each in members}
    day = stands.get("tell_by_on", "")
    told = {"tells_patient": people.get(stands.get("tells_patient", "")), "tell_by_on": _day(day)}
    return {**stands, **told}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def differences(decision: Decision, panel: Panel, stands: Mapping[str, str]) -> list[tuple[str, Any, Any]]:
    """Actions and dissent of the decision that stands, beside those that are typed."""
    names = {str(value): label for value, label in _choices(panel.actions, "owner") if value}
    actions = [
        f"{row['text']} ({names.get(row.get('owner', ''), 'nobody named')})"
        for row in _rows(stands, "actions")
        if row.get("text", "").strip()
    ]
    who = {str(value): label for value, label in _choices(panel.dissents, "person") if value}
    dissents = [
        f"{who[row['person']] if row.get('person') in who else 'Somebody'}: {row.get('reason', '')}"
        for row in _rows(stands, "dissents")
        if row.get("person") or row.get("reason", "").strip()
    ]
    theirs = decision.actions.select_related("owner")
    against = decision.dissents.select_related("person")
    return [
        (
            "Actions",
            "; ".join(f"{each.text} ({each.owner.full_name})" for each in theirs),
            "; ".join(actions),
        ),
        ("Dissent", "; ".join(f"{each.person}: {each.reason}" for each in against), "; ".join(dissents)),
    ]


def _choices(rows: Any, name: str) -> list[tuple[Any, str]]:
    fields: Any = rows.empty_form.fields
    return [(value, label.partition(",")[0]) for value, label in fields[name].widget.choices]


# ---- what the page is told ----


def told(panel: Panel | None, room: Room, user: User) -> dict[str, Any]:
    """For the template; `others` also where the panel is closed."""
    others = panel.others if panel else [each for each in room.drafts if each.author_id != user.pk]
    plan = room.hearing.plan
    at = reverse("treatments:plan", args=[plan.pk]) if plan else ""
    return {
        "panel": panel,
        "form": panel.form if panel else None,
        "refused": panel.refused if panel else [],
        "writing": [writing(each) for each in others],
        "kept": said_time(panel.draft.kept_at, seconds=True) if panel and panel.draft else "",
        "outcome_keys": OUTCOME_KEYS,
        "usual_reasons": USUAL_REASONS,
        "way_out": lambda each: way_out(each, room.listing.episode.case.reference, at),
    }


def writing(draft: DecisionDraft) -> str:
    """Who else has a decision half typed."""
    if (timezone.now() - draft.kept_at).total_seconds() < JUST_NOW:
        return f"{draft.author.full_name} is writing a decision on this case"
    return f"{draft.author.full_name} has a draft of a decision on this case, last kept {said_time(draft.kept_at)}"

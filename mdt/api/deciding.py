"""What a request says of a decision, and the services that record it: at a meeting, or urgently between meetings."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import Role
from cases.models import Episode
from config.api import Body, Text
from config.api.fields import OPTIONAL, YesNo, an_id, text
from mdt import services
from mdt.api.bodies import episode_of, member, one_of, plan_of
from mdt.checklist import WORDS
from mdt.models import Action, Decision, Listing, Telling
from mdt.services.decision_details import NOT_RELEVANT
from mdt.services.telling import MOST_QUESTIONS
from mdt.services.urgent import LONGEST_SAID
from mdt.workflow import NotNow, Outcome
from treatments.guidance.vocabulary import INTENTS
from treatments.models import Plan

CONSIDERED = [("yes", "Yes"), ("no", "No"), (NOT_RELEVANT, "Not relevant")]
PEOPLE = ("responsible", "tells_patient", "to_ratify_by")
TYPED = (
    *("outcome", "rationale", "options_considered", "no_decision_reason", "trial_considered", "trial_note"),
    *("trials", "intent", "tell_by_on", "ratify_by_on", "covered"),
)


class ActionBody(Body):
    """Something to be done."""

    text = Text(max_length=300)
    owner = an_id("Id of a member of the team")
    due_on = serializers.DateField()


class DissentBody(Body):
    """Who disagrees, and why."""

    person = an_id("Id of a member of the team")
    reason = Text(max_length=2000)


class AskedBody(Body):
    """A colleague who was asked, in one of their roles, and what they said."""

    person = an_id("Id of a member of the team")
    role = serializers.ChoiceField(Role.choices)
    said = Text(max_length=LONGEST_SAID)


def _ids(words: str) -> serializers.ListField:
    return serializers.ListField(child=an_id(words), max_length=50, required=False, default=list)


class DecisionBody(Body):
    """What was decided: of a `listing` at its meeting; or urgently of a `case`, with those who were `asked`."""

    listing = an_id("Id of the place on the list where it was discussed", **OPTIONAL)
    case = text(20, "Of an urgent decision: the case's reference")
    asked = AskedBody(many=True, required=False, default=list)
    patient_knows = text(2000, "Of an urgent decision; left out: as the case says")
    outcome = serializers.ChoiceField(Outcome.choices)
    rationale = text(4000)
    options_considered = text(2000)
    no_decision_reason = text(300)
    trial_considered = serializers.ChoiceField(CONSIDERED)
    trial_note = text(300)
    trials = _ids("Id of a trial that is offered for the case")
    intent = serializers.ChoiceField(list(INTENTS), required=False, allow_blank=True, default="")
    plan = an_id("Id of the plan that was read: refused where it is another one by now", **OPTIONAL)
    responsible = an_id("Id of the consultant who answers for the case", **OPTIONAL)
    tells_patient = an_id("Id of who tells the patient", **OPTIONAL)
    tell_by_on = serializers.DateField(**OPTIONAL)
    to_ratify_by = an_id("Id of who ratifies it, where somebody was lacking", **OPTIONAL)
    ratify_by_on = serializers.DateField(**OPTIONAL)
    relist_on = serializers.DateField(
        required=False, allow_null=True, help_text="From when it is discussed again; null: not known yet"
    )
    covered = serializers.ListField(
        child=serializers.ChoiceField(list(WORDS)), max_length=len(WORDS), required=False, default=list
    )
    actions = ActionBody(many=True, required=False, default=list)
    dissents = DissentBody(many=True, required=False, default=list)
    not_needed = _ids("Id of an open action that nobody need do any more")
    replaces = an_id("Id of the decision that was read and that this one corrects or answers", **OPTIONAL)
    refusal_seen = an_id("Id of the refusal to ratify it that was read", **OPTIONAL)


class RatifyBody(Body):
    """What the person named adds; and who is next, where somebody is lacking still."""

    rationale = text(2000)
    to_ratify_by = an_id("A person's id", **OPTIONAL)
    ratify_by_on = serializers.DateField(**OPTIONAL)


class RatificationRefusalBody(Body):
    """Why it is not ratified."""

    reason = Text(max_length=2000)


class TellingBody(Body):
    """Who told the patient and when, and what the patient chose."""

    told_by = an_id("Id of a member of the team")
    told_on = serializers.DateField()
    how = serializers.ChoiceField(Telling.How.choices)
    benefits_discussed = YesNo()
    side_effects_discussed = YesNo()
    choice = serializers.ChoiceField(Telling.Choice.choices)
    decide_by_on = serializers.DateField(**OPTIONAL, help_text="Where the patient wants time")
    questions = text(MOST_QUESTIONS)


def decided(told: dict[str, Any], by: User) -> Decision:
    """Recorded as the body says it. What stands against it, or another decision meanwhile, is a conflict in words."""
    if (told["listing"] is None) is (told["case"] == ""):
        raise ValidationError({"listing": ["Name the listing; or the case, where it was decided urgently."]})
    try:
        return _at_the_meeting(told, by) if told["listing"] else _between_meetings(told, by)
    except services.AlreadyDecided as error:
        words = f"{error} It is decision {error.decision.pk}. Read it, then name it in `replaces`."
        raise NotNow(words) from error
    except services.DecisionRefused as error:
        raise NotNow(str(error)) from error


def _at_the_meeting(told: dict[str, Any], by: User) -> Decision:
    listing = (
        Listing.objects.visible_to(by)
        .select_related("meeting__team", "episode__case")
        .filter(pk=told["listing"])
        .first()
    )
    if listing is None:
        raise ValidationError({"listing": ["No place on a list of your teams has this id."]})
    return services.record_decision(
        listing=listing,
        details=_details(told, listing.meeting.team_id, listing.episode_id),
        replaces=_replaced(listing.episode_id, told["replaces"]),
        refusal_seen=told["refusal_seen"],
        plan_seen=plan_of(listing.episode_id, told["plan"]),
        by=by,
    )


def _between_meetings(told: dict[str, Any], by: User) -> Decision:
    episode = episode_of(by, told["case"])
    team = episode.case.team_id
    asked = [
        services.Asked(one_of(team, each["person"], "asked"), each["role"], each["said"])
        for each in told["asked"]
    ]
    return services.decide_urgently(
        episode=episode,
        details=_details(told, team, episode.pk),
        asked=asked,
        plan=_waiting_plan(episode) if told["outcome"] == Outcome.AGREE_PLAN else None,
        plan_seen=plan_of(episode.pk, told["plan"]),
        replaces=_replaced(episode.pk, told["replaces"]),
        patient_knows=told["patient_knows"],
        by=by,
    )


def _waiting_plan(episode: Episode) -> Plan | None:
    return Plan.objects.filter(episode=episode).waiting().prefetch_related("treatments").first()


def _details(told: dict[str, Any], team: int, episode: int) -> services.DecisionDetails:
    return services.DecisionDetails(
        **{name: told[name] for name in TYPED},
        **{name: member(team, told[name], name) for name in PEOPLE},
        relist_on=told.get("relist_on"),
        relist_said="relist_on" in told,
        actions=tuple(
            services.ActionDetails(each["text"], one_of(team, each["owner"], "actions"), each["due_on"])
            for each in told["actions"]
        ),
        dissents=tuple(
            services.DissentDetails(one_of(team, each["person"], "dissents"), each["reason"])
            for each in told["dissents"]
        ),
        not_needed=_left(episode, told["not_needed"]),
    )


def _left(episode: int, ids: list[int]) -> tuple[Action, ...]:
    found = Action.objects.filter(decision__episode=episode, done_at__isnull=True, pk__in=ids)
    if len(found) != len(set(ids)):
        raise ValidationError({"not_needed": ["An action of these is not open, or is of another case."]})
    return tuple(found)


def _replaced(episode: int, pk: int | None) -> Decision | None:
    if pk is None:
        return None
    found = Decision.objects.filter(episode=episode, pk=pk).first()
    if found is None:
        raise ValidationError({"replaces": ["No decision of this case's episode has this id."]})
    return found

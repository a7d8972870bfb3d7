"""Enquiries from outside: received, taken on, described, answered, closed, and what they become."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.models import Membership, Organisation, Team, User
from accounts.models.people import TeamQuerySet
from accounts.permissions import Permission, roles_with
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion, WrongState, check_version
from cases.clinical.contract import ContractError, parse_case
from cases.models import Referral
from cases.models.patient import Sex
from cases.services import PatientDetails, ReferralDetails, receive_referral
from cases.services.refusals import Refusals
from trials.criteria.tree import QUESTIONS
from trials.models import Answer, Enquiry, EnquiryStep
from trials.workflow import ENQUIRY, ENQUIRY_OPEN, ENQUIRY_WORKING_DAYS, EnquiryStatus

Channel, Became = Enquiry.Channel, Enquiry.Became

LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of references: none that is taken for another on the telephone."""
SAME_AGAIN: Final = timedelta(hours=1)
"""The same words again within it are a second press of the button."""
LONGEST: Final = {
    "name": ("Name", 200),
    "hospital": ("Hospital", 200),
    "country": ("Country", 100),
    "email": ("E-mail", 254),
    "phone": ("Telephone", 40),
    "subtype": ("Type of sarcoma", 300),
    "site": ("Where it is", 300),
    "done": ("What was done so far", 4000),
    "question": ("Question", 4000),
}
TOLD: Final = (*LONGEST, "sender", "asks")
NO_WAY_BACK: Final = "E-mail or telephone is needed: otherwise no answer can reach anybody."
LONGEST_ANSWER: Final = 20_000
LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class EnquiryDetails:
    """Who asks, how to reach them, and what they tell in their own words."""

    sender: str
    name: str
    asks: str
    question: str
    hospital: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""
    subtype: str = ""
    site: str = ""
    done: str = ""


def teams_asked() -> QuerySet[Team]:
    """The teams that take enquiries: somebody there may answer one."""
    return _taking().real()


def _taking() -> TeamQuerySet:
    """Those of a sandbox too, which only its own client asks."""
    answering = Membership.objects.active().with_role(*roles_with(Permission.ANSWER_ENQUIRY))
    return Team.objects.filter(pk__in=answering.values("team")).select_related("organisation")


def takes_enquiries() -> bool:
    """Whether anybody outside can ask here at all."""
    return teams_asked().exists()


def who_answers(team: Team) -> QuerySet[User]:
    """The people of a team who may answer an enquiry."""
    members = Membership.objects.in_team(team).with_role(*roles_with(Permission.ANSWER_ENQUIRY))
    return User.objects.filter(pk__in=members.values("user"))


@transaction.atomic
def receive_enquiry(
    *,
    team: Team,
    details: EnquiryDetails,
    consent: bool,
    case: dict[str, Any] | None = None,
    by: User | None,
) -> Enquiry:
    """Write down what somebody outside asks; `by` None is the public form. The same once more is the first again.

    `case` is what a hospital system knows already, in the guidance contract.
    """
    channel = _channel(team, by)
    values = _checked(team, details, consent, by)
    _refuse_facts(case or {}, Refusals(), path="case.")
    _wait_for_the_same(team, channel, values)
    again = _sent_before(team, channel, values, case or {})
    if again is not None:
        return again
    enquiry = Enquiry.objects.create(
        reference=_new_reference(),
        team=team,
        channel=channel,
        due_on=_due(timezone.localdate()),
        facts=case or {},
        **values,
    )
    _step(enquiry, f"Received: {enquiry.get_channel_display().lower()}; agreed that it is kept", by)
    audit.record(
        EventType.ENQUIRY_RECEIVED, target=enquiry, by=by, data={"team": team.pk, "channel": channel}
    )
    return enquiry


def _channel(team: Team, by: User | None) -> str:
    """A hospital system may ask any team, as anybody may; who takes one down answers for its team."""
    if by is None:
        return Channel.FORM
    if by.is_machine:
        return Channel.API
    by.must(Permission.ANSWER_ENQUIRY, team)
    return Channel.STAFF


def _checked(team: Team, details: EnquiryDetails, consent: bool, by: User | None) -> dict[str, str]:
    values, refusals = checked_details(details)
    if not consent:
        refusals.add("consent", "Consent is needed: without it nothing is kept, and nobody can answer.")
    tries_out = by is not None and by.only_tries_out
    if not _taking().filter(pk=team.pk, organisation__is_sandbox=tries_out).exists():
        refusals.add("team", "This team does not take enquiries. Choose another.")
    refusals.settle()
    return values


def checked_details(details: EnquiryDetails) -> tuple[dict[str, str], Refusals]:
    """What was told without spaces at its ends, and what is wrong with it."""
    values = {name: getattr(details, name).strip() for name in TOLD}
    refusals = Refusals()
    for name, (label, longest) in LONGEST.items():
        refusals.length(name, label, values[name], longest)
    refusals.need("name", "Name", values["name"])
    refusals.need("question", "Question", values["question"])
    refusals.need("sender", "Who asks", values["sender"])
    refusals.choice("sender", "Who asks", values["sender"], Enquiry.From.values)
    refusals.need("asks", "What is asked for", values["asks"])
    refusals.choice("asks", "What is asked for", values["asks"], Enquiry.Asks.values)
    _refuse_addresses(values, refusals)
    return values, refusals


def _refuse_addresses(values: dict[str, str], refusals: Refusals) -> None:
    if not values["email"] and not values["phone"]:
        refusals.add("email", NO_WAY_BACK)
    if values["email"]:
        try:
            validate_email(values["email"])
        except ValidationError:
            refusals.add("email", "E-mail is not an address. One looks like name@example.org.")


def _wait_for_the_same(team: Team, channel: str, values: dict[str, str]) -> None:
    """Two that say the same at the same moment follow each other, so that the second finds the first."""
    said = "\x1f".join([str(team.pk), channel, *(values[name] for name in sorted(values))])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [sha256(said.encode()).hexdigest()]
        )


def _sent_before(team: Team, channel: str, values: dict[str, str], case: dict[str, Any]) -> Enquiry | None:
    """Two patients may be asked about in the same words: whatever can send facts is compared by them too."""
    since = timezone.now() - SAME_AGAIN
    same = Enquiry.objects.filter(team=team, channel=channel, received_at__gte=since, **values)
    if channel != Channel.FORM:
        same = same.filter(facts=case)
    return same.first()


def _new_reference() -> str:
    while True:
        reference = "ENQ-" + "".join(secrets.choice(LETTERS) for _ in range(6))
        if not Enquiry.objects.filter(reference=reference).exists():
            return reference


def _due(day: date) -> date:
    return add_working_days(day, ENQUIRY_WORKING_DAYS)


@transaction.atomic
def take_on(*, enquiry: Enquiry, version: int | None, owner: User | None = None, by: User) -> Enquiry:
    """See to it that it is answered, oneself or a colleague of the team who may."""
    row = locked(enquiry, by)
    if row.status == EnquiryStatus.NEW:
        ENQUIRY.check(row.status, EnquiryStatus.IN_HAND)
    _must_be_open(row, "taken on")
    check_version(row, version)
    owner = owner or by
    if not owner.is_active or not owner.may(Permission.ANSWER_ENQUIRY, row.team_id):
        raise ValidationError(
            {"owner": f"{owner.full_name} may not answer enquiries of this team. Choose somebody who may."}
        )
    row.owner, row.status = owner, EnquiryStatus.IN_HAND
    return changed(row, f"Taken on by {owner.full_name}", EventType.ENQUIRY_CHANGED, by)


@transaction.atomic
def describe(
    *,
    enquiry: Enquiry,
    version: int | None,
    facts: dict[str, Any],
    sex: str = "",
    answers: dict[str, str] | None = None,
    by: User,
) -> Enquiry:
    """Put what was told into the `case` of the guidance contract, so that the trials can be matched with it.

    `answers` are those to questions that any trial can ask, "yes" or "no" by their keys.
    """
    answers = answers or {}
    row = locked(enquiry, by)
    _must_be_open(row, "described")
    check_version(row, version)
    refusals = Refusals()
    refusals.choice("sex", "Sex", sex, Sex.values)
    for key, given in answers.items():
        refusals.choice("answers", "Question", key, QUESTIONS)
        refusals.choice(key, QUESTIONS.get(key, "Answer"), given, (Answer.YES, Answer.NO))
    _refuse_facts(facts, refusals)
    row.facts, row.sex, row.answers = facts, sex, answers
    return changed(row, "Described for matching", EventType.ENQUIRY_CHANGED, by)


def _refuse_facts(facts: dict[str, Any], refusals: Refusals, path: str = "") -> None:
    """Settles at once, since it is the last that is looked at."""
    try:
        parse_case(facts)
    except ContractError as error:
        for name, texts in error.errors.items():
            for text in texts:
                refusals.add(path + name.removeprefix("case."), text)
    refusals.settle()


@transaction.atomic
def answer_enquiry(*, enquiry: Enquiry, version: int | None, answer: str, by: User) -> Enquiry:
    """Record what was answered; it is given to the asker on paper, by telephone or in a letter, never from here."""
    row = locked(enquiry, by)
    ENQUIRY.check(row.status, EnquiryStatus.ANSWERED)
    check_version(row, version)
    answer = answer.strip()
    refusals = Refusals()
    refusals.need("answer", "Answer", answer)
    refusals.length("answer", "Answer", answer, LONGEST_ANSWER)
    refusals.settle()
    row.answer, row.answered_on, row.answered_by = answer, timezone.localdate(), by
    row.status, row.status_reason, row.owner = EnquiryStatus.ANSWERED, "", row.owner or by
    return changed(row, "Answered", EventType.ENQUIRY_ANSWERED, by)


@transaction.atomic
def close_enquiry(*, enquiry: Enquiry, version: int | None, reason: str, by: User) -> Enquiry:
    """End it without an answer, and say why."""
    row = locked(enquiry, by)
    ENQUIRY.check(row.status, EnquiryStatus.CLOSED)
    check_version(row, version)
    row.status_reason = given_reason(reason)
    row.status = EnquiryStatus.CLOSED
    return changed(row, row.status_reason, EventType.ENQUIRY_CLOSED, by)


@transaction.atomic
def reopen_enquiry(*, enquiry: Enquiry, version: int | None, reason: str, by: User) -> Enquiry:
    """Take it in hand again, due as if it came today; what was answered stays to be read and changed."""
    row = locked(enquiry, by)
    ENQUIRY.check(row.status, EnquiryStatus.IN_HAND)
    if row.status in ENQUIRY_OPEN:
        raise WrongState("enquiry", row.get_status_display().lower(), "opened again")
    if row.details_removed_on:
        raise WrongState("enquiry", "without its details", "opened again")
    check_version(row, version)
    note = given_reason(reason)
    row.status, row.status_reason, row.owner = EnquiryStatus.IN_HAND, "", by
    row.answered_on, row.answered_by = None, None
    row.due_on = _due(timezone.localdate())
    return changed(row, f"Opened again: {note}"[:LONGEST_REASON], EventType.ENQUIRY_CHANGED, by)


@transaction.atomic
def become(
    *, enquiry: Enquiry, version: int | None, became: str, referral: Referral | None = None, by: User
) -> Enquiry:
    """Say what came of it: a referral, a second opinion, or nothing further."""
    row = locked(enquiry, by)
    check_version(row, version)
    refusals = Refusals()
    refusals.choice("became", "What came of it", became, Became.values)
    if became == Became.REFERRAL and referral is None and row.referral_id is None:
        refusals.add("became", "There is no referral yet. Enter it, and the enquiry leads to it.")
    refusals.settle()
    row.became = became
    if referral is not None:
        row.referral = referral
    note = f"Became: {Became(became).label.lower()}"
    return changed(row, note, EventType.ENQUIRY_CHANGED, by)


@transaction.atomic
def refer(
    *,
    enquiry: Enquiry,
    version: int | None,
    organisation: Organisation,
    patient: PatientDetails,
    details: ReferralDetails,
    by: User,
) -> Referral:
    """Receive the referral that an enquiry becomes, by its team, and lead from one to the other."""
    row = locked(enquiry, by)
    by.must(Permission.RECEIVE_REFERRAL, row.team_id)
    if row.referral_id is not None:
        raise WrongState("enquiry", "a referral already", "another one")
    if version is not None and version != row.version:
        raise StaleVersion(row)
    referral = receive_referral(
        team=row.team, organisation=organisation, patient=patient, details=details, by=by
    )
    become(enquiry=row, version=version, became=Became.REFERRAL, referral=referral, by=by)
    return referral


def locked(enquiry: Enquiry, by: User) -> Enquiry:
    """The row as it is now, for whoever may answer it; nobody else changes it meanwhile."""
    rows = Enquiry.objects.select_for_update(of=("self",)).select_related("team", "owner")
    row = rows.get(pk=enquiry.pk)
    by.must(Permission.ANSWER_ENQUIRY, row.team_id)
    if not Enquiry.objects.visible_to(by).filter(pk=row.pk).exists():
        raise PermissionDenied("This enquiry is another team’s.")
    return row


def _must_be_open(row: Enquiry, wanted: str) -> None:
    if row.status not in ENQUIRY_OPEN:
        raise WrongState("enquiry", row.get_status_display().lower(), wanted)


def given_reason(text: str) -> str:
    """A reason on one line, or the refusal of none."""
    reason = " ".join(text.split())
    refusals = Refusals()
    refusals.need("reason", "Reason", reason)
    refusals.length("reason", "Reason", reason, LONGEST_REASON)
    refusals.settle()
    return reason


def changed(row: Enquiry, note: str, event: EventType, by: User, **told: Any) -> Enquiry:
    """Save it with its step and its event; `told` are names and codes for the event."""
    row.save()
    _step(row, note, by)
    audit.record(event, target=row, by=by, data={"status": row.status, "team": row.team_id} | told)
    return row


def _step(row: Enquiry, note: str, by: User | None) -> None:
    EnquiryStep.objects.create(enquiry=row, status=row.status, note=note[:LONGEST_REASON], by=by)

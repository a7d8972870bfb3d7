"""Which trials may fit what an enquiry tells, and the first wording of its answer, which a person edits."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from django.utils import timezone

from accounts.models import User
from cases.clinical.contract import ContractError, parse_case
from cases.services.refusals import said
from trials.criteria.facts import Given, MatchFacts, Source, from_case
from trials.criteria.judging import judge
from trials.criteria.tree import QUESTIONS
from trials.matching.compiled import criteria_in_force
from trials.models import Enquiry, MatchResult, Trial, TrialSite
from trials.services.matching import Explained, by_result, listed
from trials.standing import is_said_closed, with_standing
from trials.workflow import OPEN

WORDS: Final = Path(__file__).resolve().parent.parent / "data" / "enquiry_answer.toml"
CONTACTS: Final = 3
"""Sites of one trial that an answer names."""


def facts_told(enquiry: Enquiry) -> MatchFacts | None:
    """What staff made of what was told; None where nothing was, or the patient is known to have died."""
    if not enquiry.facts or _has_died(enquiry):
        return None
    try:
        case = parse_case(enquiry.facts)
    except ContractError:
        # Saved facts are checked; these are of an edition of the contract that knew other values.
        return None
    source = Source("told in the enquiry", timezone.localdate(enquiry.received_at))
    sources = dict.fromkeys(enquiry.facts, source)
    return from_case(
        case,
        today=timezone.localdate(),
        sources=sources,
        sex=enquiry.sex or None,
        answers={key: Given(given, source.on) for key, given in enquiry.answers.items()},
    )


def _has_died(enquiry: Enquiry) -> bool:
    return bool(enquiry.referral and enquiry.referral.patient.is_dead)


def match_enquiry(enquiry: Enquiry, *, as_if_open: bool = False) -> list[Explained]:
    """Every open trial with what was told, or every other one as if it were open; a fixed number of statements."""
    facts = facts_told(enquiry)
    if facts is None:
        return []
    shown = Trial.objects.exclude(status__in=OPEN) if as_if_open else Trial.objects.open()
    by_trial = {each.trial_id: each for each in criteria_in_force(shown)}
    found = []
    for trial in listed(with_standing(shown)):
        criteria = by_trial.get(trial.pk)
        outcome = judge(criteria.root, facts) if criteria else None
        found.append(Explained(trial, criteria.number if criteria else 0, outcome))
    return found


def first_answer(enquiry: Enquiry, explained: Iterable[Explained], *, by: User) -> str:
    """The template filled: reference, name, the trials that may fit with whom to ask, and what would have to be
    known."""
    words = _words()
    rows = list(explained)
    what = ", ".join(text for text in (enquiry.subtype, enquiry.site) if text)
    return (
        words["text"]
        .substitute(
            reference=enquiry.reference,
            name=enquiry.name,
            received=said(timezone.localdate(enquiry.received_at)),
            told=words["told"].substitute(what=what) if what else words["told_nothing"].template,
            trials=_trials(enquiry, rows),
            today=said(timezone.localdate()),
            signed=by.full_name,
            team=enquiry.team.name,
            organisation=enquiry.team.organisation.name,
        )
        .strip()
    )


@cache
def _words() -> dict[str, Template]:
    return {name: Template(text) for name, text in tomllib.loads(WORDS.read_text()).items()}


def _trials(enquiry: Enquiry, explained: list[Explained]) -> str:
    """A trial whose criteria nobody structured may fit or not: that is said, and never counted as a no."""
    words = _words()
    if facts_told(enquiry) is None:
        return words["not_matched"].template
    found = by_result(explained)
    without = sum(each.outcome is None for each in explained)
    blocks = []
    for result in (MatchResult.MAY_FIT, MatchResult.MAY_FIT_IF):
        if found[result]:
            blocks.append("\n".join([words[result].template, *map(_trial, found[result])]))
    if not blocks:
        blocks.append(words["none_fit_of_compared" if without else "none_fit"].template)
    if without:
        number = f"{without} open trial{'' if without == 1 else 's'}"
        blocks.append(words["not_compared"].substitute(trials=number))
    return "\n\n".join(blocks)


def _trial(row: Explained) -> str:
    words = _words()
    trial = row.trial
    known_as = (trial.short_name, trial.number if trial.number != trial.short_name else "")
    name = ", ".join(part for part in known_as if part)
    lines = [words["trial"].substitute(trial=name, title=trial.title), *_standing(trial)]
    if questions := to_be_known(row, {key: words[key].template for key in QUESTIONS}):
        lines.append(words["to_know"].template)
        lines += [words["question"].substitute(question=text) for text in questions]
    contacts = [text for site in trial.open_sites if (text := contact_of(site))]  # type: ignore[attr-defined]
    lines += [words["contact"].substitute(contact=text) for text in contacts[:CONTACTS]]
    if not contacts:
        lines.append(words["no_contact"].template)
    return "\n".join(lines)


def _standing(trial: Trial) -> list[str]:
    """Why to ask first, as somebody outside understands it."""
    words, lines = _words(), []
    if trial.is_stale:
        on = trial.verified_on
        lines.append(words["stale"].substitute(on=said(on)) if on else words["never_verified"].template)
    if is_said_closed(trial):
        lines.append(words["says_closed"].template)
    return lines


def to_be_known(row: Explained, wording: Mapping[str, str] = QUESTIONS) -> list[str]:
    """What would settle it, each thing once; `wording` of what any trial can ask."""
    questions = row.outcome.questions if row.outcome else ()
    return list(dict.fromkeys(wording.get(each.question) or each.says for each in questions))


def contact_of(site: TrialSite) -> str:
    """The named contact of a site, or nothing where none is held."""
    if not (site.contact_name or site.contact_phone or site.contact_email):
        return ""
    parts = (site.contact_name, site.contact_role, site.facility, site.contact_phone, site.contact_email)
    return ", ".join(part for part in parts if part)

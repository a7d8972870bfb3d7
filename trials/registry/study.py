"""One study's JSON, turned into a record of the register: part by part, each on its own."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from trials.registry.arms import arms_of
from trials.registry.errors import Refused
from trials.registry.numbers import nct_number, numbers_of
from trials.registry.record import PHASES, SEXES, STATUSES, Record
from trials.registry.sites import sites_of
from trials.registry.values import (
    Left,
    age_of,
    code,
    cut,
    day_or_month,
    part,
    readable,
    rows,
    shown,
    text,
    whole_day,
    whole_text,
)

MODULES: Final = frozenset(
    {
        "identificationModule",
        "statusModule",
        "sponsorCollaboratorsModule",
        "oversightModule",
        "descriptionModule",
        "conditionsModule",
        "designModule",
        "armsInterventionsModule",
        "outcomesModule",
        "eligibilityModule",
        "contactsLocationsModule",
        "referencesModule",
        "ipdSharingStatementModule",
    }
)
"""Modules of `protocolSection` (ClinicalTrials.gov API v2)."""

LONGEST_ELIGIBILITY: Final = 50_000
"""The registry itself takes 20,000 characters."""
LONGEST_SUMMARY: Final = 20_000
MOST_CONDITIONS: Final = 200
OLD_SHAPE: Final = (
    "This record has the form of the registry’s old interface (API v1), which it closed in June 2024. Download the "
    "study again from ClinicalTrials.gov as JSON: that is API v2, with a “protocolSection”."
)


def read_study(study: object, left: Left) -> Record:
    """The record in one study's JSON; raises Refused where it is none, or has no number to be known by."""
    protocol = _protocol(study)
    identity = part(protocol, "identificationModule", left)
    nct = _number(identity)
    for name in protocol:
        if name not in MODULES:
            left.say(f"The part {shown(name)} is not one that the registry has: it was left.")
    status = part(protocol, "statusModule", left)
    posted_on = whole_day(
        part(status, "lastUpdatePostDateStruct", left).get("date"), left, label="The day of the last update"
    )
    fields: dict[str, object] = {"nct": nct, "title": _title(identity, nct, left)}
    fields |= _said(
        official_title=text(identity, "officialTitle", left, label="The official title", limit=600),
        sponsor=_sponsor(protocol, left),
    )
    fields |= numbers_of(identity, left)
    fields |= _statuses(status, left, is_whole=posted_on is not None)
    fields |= _described(protocol, left)
    fields |= _who(part(protocol, "eligibilityModule", left), left, is_whole=posted_on is not None)
    fields |= _given(protocol, str(fields.get("status", "")), left)
    aliases = [each for each in rows(identity, "nctIdAliases", left) if isinstance(each, str)]
    return Record(
        nct=nct,
        aliases=tuple(filter(None, map(nct_number, aliases))),
        acronym=text(identity, "acronym", left, label="The acronym", limit=80),
        posted_on=posted_on,
        version=_version(study, left),
        fields=fields,
    )


def _protocol(study: object) -> Mapping[str, object]:
    if not isinstance(study, Mapping):
        raise Refused(f"This is not a study but {shown(study)}.")
    protocol = study.get("protocolSection")
    if isinstance(protocol, Mapping):
        return protocol
    if is_old_shape(study):
        raise Refused(OLD_SHAPE)
    raise Refused("This record has no “protocolSection”, where API v2 of ClinicalTrials.gov keeps a study.")


def is_old_shape(record: Mapping[str, object]) -> bool:
    """Whether it is of API v1, whose names begin with capitals."""
    return any(name in record for name in ("FullStudiesResponse", "FullStudy", "Study", "ProtocolSection"))


def _number(identity: Mapping[str, object]) -> str:
    value = identity.get("nctId")
    if value in (None, ""):
        raise Refused("This study has no number (“nctId”), so it cannot be told which study it is.")
    nct = nct_number(value) if isinstance(value, str) else ""
    if not nct:
        raise Refused(
            f"{shown(value)} is not a ClinicalTrials.gov number. It has the form NCT followed by eight digits, "
            "for example NCT01343043."
        )
    return nct


def _said(**values: str) -> dict[str, object]:
    """Those that the record speaks of: what it does not say clears nothing."""
    return {name: value for name, value in values.items() if value}


def _title(identity: Mapping[str, object], nct: str, left: Left) -> str:
    title = text(identity, "briefTitle", left, label="The title", limit=300)
    if not title:
        title = text(identity, "officialTitle", left, label="The title", limit=300)
    if not title:
        left.say("The record has no title: it is held under its number until a person gives one.")
    return title or nct


def _sponsor(protocol: Mapping[str, object], left: Left) -> str:
    module = part(protocol, "sponsorCollaboratorsModule", left)
    return text(part(module, "leadSponsor", left), "name", left, label="The sponsor", limit=200)


def _statuses(module: Mapping[str, object], left: Left, *, is_whole: bool) -> dict[str, object]:
    status = code(
        module.get("overallStatus"),
        STATUSES,
        left,
        label="The status",
        otherwise="the status was left, and a person has to say it",
    )
    if "overallStatus" not in module:
        left.say("The record has no status.")
    why = text(module, "whyStopped", left, label="Why it stopped", limit=300)
    return _said(
        status=status,
        starts=day_or_month(part(module, "startDateStruct", left).get("date"), left, label="The start"),
        ends=day_or_month(part(module, "completionDateStruct", left).get("date"), left, label="The end"),
    ) | ({"why_stopped": why} if why or is_whole else {})


def _described(protocol: Mapping[str, object], left: Left) -> dict[str, object]:
    description = part(protocol, "descriptionModule", left)
    summary = whole_text(description, "briefSummary", left, label="The summary", limit=LONGEST_SUMMARY)
    conditions = _conditions(part(protocol, "conditionsModule", left), left)
    phases = _phases(part(protocol, "designModule", left), left)
    lists = {"conditions": conditions, "phases": phases}
    return _said(summary=summary) | {name: value for name, value in lists.items() if value}


def _conditions(module: Mapping[str, object], left: Left) -> list[str]:
    names = []
    for each in rows(module, "conditions", left)[:MOST_CONDITIONS]:
        if isinstance(each, Mapping) and isinstance(each.get("name"), str):
            left.say(
                "Conditions are groups of values instead of texts: their names were taken, their codes left."
            )
            each = each["name"]
        if isinstance(each, str) and readable(each):
            names.append(cut(readable(each), left, label="A condition", limit=200))
        else:
            left.say(f"The condition {shown(each)} is not a text: it was left.")
    return list(dict.fromkeys(names))


def _phases(module: Mapping[str, object], left: Left) -> list[str]:
    found = [
        code(each, PHASES, left, label="The phase", otherwise="it was left")
        for each in rows(module, "phases", left)
    ]
    return list(dict.fromkeys(filter(None, found)))


def _who(module: Mapping[str, object], left: Left, *, is_whole: bool) -> dict[str, object]:
    criteria = whole_text(
        module, "eligibilityCriteria", left, label="The eligibility text", limit=LONGEST_ELIGIBILITY
    )
    sex = code(module.get("sex"), SEXES, left, label="The sex", otherwise="it was left")
    found = _said(eligibility=criteria, sex=sex)
    ages = {name: _age(module, name, left) for name in ("minimumAge", "maximumAge")}
    low, high = (age_of(ages[name] or "") for name in ("minimumAge", "maximumAge"))
    if low and high and low.days > high.days:
        left.say(
            f"The minimum age {shown(ages['minimumAge'])} is above the maximum age "
            f"{shown(ages['maximumAge'])}: both were left."
        )
        return found
    for column, name in (("minimum_age", "minimumAge"), ("maximum_age", "maximumAge")):
        value = ages[name]
        if value or (value == "" and module and is_whole):
            found[column] = value
    return found


def _age(module: Mapping[str, object], name: str, left: Left) -> str | None:
    """As published, where its form is known; empty where there is no such bound, None where it was left."""
    value = module.get(name)
    if value in (None, "", "N/A"):
        return ""
    if isinstance(value, str) and age_of(value):
        return value.strip()
    label = "minimum" if name == "minimumAge" else "maximum"
    left.say(f"The {label} age {shown(value)} is not a number with its unit, such as 18 Years: it was left.")
    return None


def _given(protocol: Mapping[str, object], status: str, left: Left) -> dict[str, object]:
    arms = arms_of(part(protocol, "armsInterventionsModule", left), left)
    sites = sites_of(part(protocol, "contactsLocationsModule", left), status, left)
    return {name: value for name, value in (("arms", arms), ("sites", sites)) if value}


def _version(study: object, left: Left) -> date | None:
    """The day of the registry's data from which the record was taken."""
    derived = part(study, "derivedSection", left) if isinstance(study, Mapping) else {}
    day = part(derived, "miscInfoModule", left).get("versionHolder")
    return whole_day(day, left, label="The day of the registry’s data")

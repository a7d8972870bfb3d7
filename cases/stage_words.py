"""How pages say stages and the risk of a GIST: how each came about, who overrode it, and what differs today."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from accounts.models import Team
from cases.clinical import combinations, icdo3, vocabulary
from cases.clinical.combinations import Question
from cases.clinical.editions import EDITIONS
from cases.clinical.gist_risk import AFIP_SITES, NOT_SIGNED_OFF, afip, afip_site, is_gastric, joensuu
from cases.clinical.prefixes import PREFIXES, written
from cases.clinical.staging import other_edition_note, stage
from cases.models import Episode, Staging
from cases.models.staging import Basis
from cases.services.reading import day_words

ORDER = ["", *Basis.values]


def in_order(rows: Iterable[Staging]) -> list[Staging]:
    """By basis, as an episode comes by them; one from before bases were kept only where there is no other."""
    found = sorted(rows, key=lambda row: ORDER.index(row.basis))
    return [row for row in found if row.basis] or found


def standing(episode: Episode) -> list[Staging]:
    """The stages that hold, in order; one statement."""
    rows = Staging.objects.filter(episode=episode).standing().select_related("overridden_by", "withdraws")
    return in_order(rows)


def cards(episode: Episode, rows: list[Staging], team: Team) -> list[dict[str, Any]]:
    """One for each stage that holds."""
    return [card(row, episode, team, is_of_today=row is rows[-1]) for row in rows]


def card(row: Staging, episode: Episode, team: Team, *, is_of_today: bool = False) -> dict[str, Any]:
    """A stage for the page: result, categories as clinicians write them, explanation, override, differences."""
    return {
        "row": row,
        "is_of_today": is_of_today,
        "basis": row.get_basis_display() if row.basis else "Recorded",
        "meaning": PREFIXES[row.prefix].words if row.prefix else "recorded before the basis was kept",
        "result": f"Stage {row.group}" if row.group else vocabulary.NO_GROUP[row.status],
        "written": _written(row),
        "edition": EDITIONS[row.edition].name,
        "on": day_words(timezone.localtime(row.computed_at).date()),
        "lines": lines(row),
        "override": _override(row),
        "withdrawn": row.reason if row.withdraws_id else "",
        "differs": _differs(row, episode, team, is_of_today),
    }


def lines(row: Staging) -> list[dict[str, str]]:
    """How the stage came about, with its source."""
    found = [{"key": line["label"], "value": line["text"]} for line in row.explanation]
    return [*found, {"key": "Source", "value": EDITIONS[row.edition].source}]


def _written(row: Staging) -> str:
    """pT3 N0 cM0 G3."""
    whole = written(
        prefix=row.prefix,
        t=row.t or None,
        n=row.n or None,
        m=row.m or None,
        grade=_grade(row),
        edition=row.edition,
        group=row.group or None,
        status=row.status,
    )
    return whole.partition(f", {EDITIONS[row.edition].short}:")[0]


def _grade(row: Staging) -> str | None:
    """The grade, or the mitotic rate of a GIST, that the table was entered with: a line of the explanation."""
    labels = {line["label"] for line in row.explanation}
    rates = {f"Mitotic rate {rate}": rate for rate in vocabulary.MITOTIC_RATES}
    entered = [label for label in vocabulary.GRADES if label in labels]
    return next(iter([*entered, *(rates[label] for label in rates if label in labels)]), None)


def _override(row: Staging) -> dict[str, str] | None:
    if not row.is_overridden or row.computed is None or row.overridden_at is None:
        return None
    was = row.computed
    group = f"stage {was['group']}" if was["group"] else vocabulary.STAGE_STATUSES[was["status"]].lower()
    categories = " ".join(was[key] for key in ("t", "n", "m") if was[key])
    table = vocabulary.FAMILIES.get(was["family"], "") if was["family"] != row.family else ""
    return {
        "by": row.overridden_by.full_name if row.overridden_by else "",
        "on": day_words(timezone.localtime(row.overridden_at).date()),
        "reason": row.reason,
        "computed": f"{group} ({', '.join(part for part in (categories, table) if part)})",
    }


def _differs(row: Staging, episode: Episode, team: Team, is_of_today: bool) -> list[str]:
    """What else could be said, and is only shown: nothing rewrites a record."""
    found = [_tables_of_today(row, _case(row))]
    if is_of_today and row.basis != Basis.POST_TREATMENT and not found[0]:
        found.append(_facts_of_today(row, episode))
    if note := other_edition(row):
        own = EDITIONS[team.staging_edition]
        stages_now = f" {own.short} is the edition in which the team stages now."
        found.append(f"{note}.{stages_now if own.key != row.edition else ''}")
    return [words for words in found if words]


def other_edition(row: Staging) -> str:
    """What the other edition makes of the same facts, where that differs and no clinician decided otherwise."""
    return "" if row.is_overridden else other_edition_note(_case(row)) or ""


def _case(row: Staging) -> dict[str, Any]:
    facts = {key: value for key, value in row.inputs.items() if key != "edition"}
    return facts | {"staging_edition": row.edition}


def _tables_of_today(row: Staging, case: Mapping[str, Any]) -> str:
    now = stage(case, row.edition)
    if row.is_overridden or (row.status, row.group, row.t) == (now.status, now.group or "", now.t or ""):
        return ""
    outcome = now.group or vocabulary.STAGE_STATUSES[now.status].lower()
    return f"{_recorded(row)}; with the tables of today: {outcome}."


def _facts_of_today(row: Staging, episode: Episode) -> str:
    now = stage(episode.facts, row.edition)
    if row.is_overridden or (now.status, now.group or "") == (row.status, row.group):
        return ""
    outcome = now.group or vocabulary.STAGE_STATUSES[now.status].lower()
    return f"{_recorded(row)}; with the facts of today: {outcome}."


def _recorded(row: Staging) -> str:
    day = day_words(timezone.localtime(row.computed_at).date())
    return f"Recorded {row.group or 'without a group'} under {EDITIONS[row.edition].short} on {day}"


def warnings(facts: Mapping[str, Any]) -> list[Question]:
    """What type and site together leave open: never a block."""
    asked = combinations.questions(morphology=facts.get("morphology"), topography=facts.get("topography"))
    return list(asked)


def gist_panel(episode: Episode, team: Team) -> dict[str, Any] | None:
    """The risk of a GIST with how it came about; percentages only where the team's pathologist turned them on."""
    facts = episode.facts
    if not icdo3.is_gist(facts.get("morphology") or ""):
        return None
    told = episode.fact_sources.get("gist", {})
    size = facts.get("size_mm")
    where = {"topography": facts.get("topography"), "family": facts.get("family")}
    mitoses = told.get("mitoses", {}).get("value")
    ruptured = told.get("ruptured", {}).get("value")
    risk = joensuu(size_mm=size, mitoses_per_5mm2=mitoses, gastric=is_gastric(**where), ruptured=ruptured)
    sources = {"Size": _text(episode, "size_mm"), "Site": _text(episode, "topography")}
    sources |= {"Mitoses": told.get("mitoses", {}).get("text", "")}
    sources |= {"Rupture": told.get("ruptured", {}).get("text", "")}
    return {
        "risk": risk,
        "lines": [
            {"key": line.label, "value": _with_source(line.text, sources.get(line.label, ""))}
            for line in risk.explanation
        ],
        "treated": any(given.get("timing") == "neoadjuvant" for given in facts.get("prior_treatments") or ()),
        "afip": _afip(size, mitoses, afip_site(**where), team.afip_percentages_by_id is not None),
        "shown_by": team.afip_percentages_by,
        "shown_at": team.afip_percentages_at,
        "not_signed_off": NOT_SIGNED_OFF,
    }


def _afip(size: int | None, mitoses: float | None, column: str | None, shows: bool) -> dict[str, str] | None:
    """The cell of the AFIP table; its risk group always, its per cent only where turned on."""
    if size is None or mitoses is None or column is None:
        return None
    cell = afip(size_mm=size, mitoses_per_5mm2=mitoses, site=column)
    per_cent = f"{cell.per_cent} per cent with progressive disease" if shows and cell.per_cent else ""
    return {
        "site": AFIP_SITES[column],
        "text": cell.text,
        "per_cent": per_cent,
        "note": cell.note,
        "source": cell.source,
    }


def _text(episode: Episode, key: str) -> str:
    return str(episode.fact_sources.get(key, {}).get("text", ""))


def _with_source(text: str, source: str) -> str:
    return f"{text} ({source})" if source else text

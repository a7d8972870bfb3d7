"""How the concordance report is shown: its lines in words, the bar, and the table that a spreadsheet reads."""

from collections.abc import Iterator
from typing import Any, Final

from cases.clinical import icdo3
from cases.importing.report import harmless
from reports.concordance import Counts, Report
from reports.definitions import APART, FEW, GROUPS, RATED
from reports.forms import ConcordanceForm
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import SEVERITIES
from treatments.models import ReasonCode

TITLES: Final = {rule.id: rule.title for rule in RULES}
REASONS: Final = {**dict(ReasonCode.choices), "": "No reason recorded"}
HIDDEN: Final = f"fewer than {FEW}"
HEAD: Final = (
    "Part",
    "Team",
    "Agreed from",
    "To",
    "Rule",
    "Histology",
    "Group or reason",
    "Number",
    "Rate (%)",
)


def histology_name(code: str) -> str:
    return f"{icdo3.morphology_name(code)} ({code})" if code else "Not recorded"


def rule_title(rule: str) -> str:
    return TITLES.get(rule, "Local rule")


def number(report: Report, count: int) -> str:
    shown = report.shown(count)
    return HIDDEN if shown is None else f"{shown:,}"


def percent(rate: float | None) -> str:
    return "" if rate is None else f"{100 * rate:.0f}%"


def page(report: Report) -> dict[str, Any]:
    """What the template shows, in words."""
    return {
        "plans": number(report, report.total.total),
        "is_empty": not report.total.total,
        "rated": number(report, report.total.rated),
        "groups": [_group(report, group.key) | {"group": group} for group in RATED],
        "apart": [_group(report, group.key) | {"group": group} for group in APART],
        "bar": list(_bar(report)),
        "histologies": [_histology(report, code, counts) for code, counts in report.histologies.items()],
        "rules": [_rule(report, line) for line in report.rules],
        "reasons": list(_reasons(report)),
        "all_reasons": _all_reasons(report),
    }


def _group(report: Report, key: str) -> dict[str, Any]:
    counts = report.total
    return {"number": number(report, counts.by_group[key]), "rate": percent(report.rate(counts, key))}


def _bar(report: Report) -> Iterator[dict[str, Any]]:
    """Where each group begins on the bar and how wide it is, in per cent of the width."""
    whole, begins = report.total.rated, 0.0
    for group in RATED:
        width = 100 * report.total.by_group[group.key] / whole if whole else 0.0
        yield {"key": group.key, "label": group.label, "begins": round(begins, 2), "width": round(width, 2)}
        begins += width


def _histology(report: Report, code: str, counts: Counts) -> dict[str, Any]:
    return {
        "code": code,
        "name": histology_name(code),
        "numbers": [(group.label, number(report, counts.by_group[group.key])) for group in GROUPS],
        "rate": percent(report.rate(counts, "concordant")),
    }


def _rule(report: Report, line: Any) -> dict[str, Any]:
    return {
        "rule": line.rule,
        "title": rule_title(line.rule),
        "severity": line.severity,
        "plans": number(report, line.plans),
        "histologies": [
            (histology_name(code), number(report, plans)) for code, plans in line.by_histology.items()
        ],
    }


def _reasons(report: Report) -> Iterator[dict[str, Any]]:
    for line in report.reasons:
        yield {
            "rule": line.rule,
            "title": rule_title(line.rule),
            "total": number(report, line.total),
            "codes": [
                (label, number(report, line.by_code[code]))
                for code, label in REASONS.items()
                if line.by_code.get(code)
            ],
        }


def _all_reasons(report: Report) -> list[tuple[str, str]]:
    """Every code with the deviations that it stands for, also those that nobody gave."""
    totals = dict.fromkeys(REASONS, 0)
    for line in report.reasons:
        for code, deviations in line.by_code.items():
            totals[code if code in REASONS else "other"] += deviations
    return [(label, number(report, totals[code])) for code, label in REASONS.items() if code or totals[code]]


def lines(form: ConcordanceForm, report: Report) -> Iterator[list[str]]:
    """The report as one table, safe to open in a spreadsheet program."""
    asked = report.asked
    about = [form.team_name, asked.start.isoformat(), asked.end.isoformat()]
    for part, rule, histology, label, count, rate in _cells(report):
        cells = [part, *about, rule or asked.rule, histology or asked.histology, label]
        shown = "" if rate is None else f"{100 * rate:.1f}"
        yield [*map(harmless, cells), number(report, count).replace(",", ""), shown]


Cells = tuple[str, str, str, str, int, float | None]


def _cells(report: Report) -> Iterator[Cells]:
    for group in GROUPS:
        rate = report.rate(report.total, group.key) if group.in_rate else None
        yield "All", "", "", group.label, report.total.by_group[group.key], rate
    for code, counts in report.histologies.items():
        for group in GROUPS:
            rate = report.rate(counts, group.key) if group.in_rate else None
            name = histology_name(code)
            yield "By histology", "", name, group.label, counts.by_group[group.key], rate
    for line in report.rules:
        for code, plans in line.by_histology.items():
            name = histology_name(code)
            yield "By rule", line.rule, name, SEVERITIES[line.severity], plans, None
    for reasons in report.reasons:
        for code, deviations in reasons.by_code.items():
            yield "Reasons", reasons.rule, "", REASONS.get(code, code), deviations, None

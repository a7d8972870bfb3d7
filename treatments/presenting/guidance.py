"""The Guidance page: every rule in words, narrowed by what somebody looks for, and the words that the rules use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cases.clinical import icdo3, vocabulary
from treatments import looking
from treatments.guidance import facts
from treatments.guidance.rules import RULES, Rule
from treatments.guidance.vocabulary import DOCUMENTS, FACT_LABELS, SCOPES
from treatments.presenting.words import SCOPE_NAMES


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody looks for among the rules; empty means any."""

    words: str = ""
    severity: str = ""
    document: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.severity or self.document)

    def fits(self, rule: Rule) -> bool:
        if self.severity not in ("", rule.severity) or self.document not in ("", rule.document):
            return False
        there = _words_of(rule)
        return all(any(word.startswith(begun) for word in there) for begun in _words(self.words))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9-]+", text.lower())


@cache
def _words_of(rule: Rule) -> frozenset[str]:
    """What a rule is found by: any word of its id, title, section, words and facts."""
    parts = (rule.id, rule.title, rule.section, rule.fires_when, rule.message, *_labels(rule))
    return frozenset(word for part in parts for word in _words(part))


def guidance_page(sought: Sought) -> list[dict[str, Any]]:
    """The rules that are sought, by document, as the page lists them; a document without any is left out."""
    parts = [
        {
            "key": document,
            "document": words,
            "rules": [_row(rule) for rule in RULES if rule.document == document and sought.fits(rule)],
        }
        for document, words in DOCUMENTS.items()
    ]
    return [part for part in parts if part["rules"]]


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "section": rule.section,
        "severity": rule.severity,
        "fires_when": rule.fires_when,
        "built": rule.built,
        "scopes": [SCOPE_NAMES[scope] for scope in rule.scopes],
        "facts": _labels(rule),
    }


def _labels(rule: Rule) -> list[str]:
    return [FACT_LABELS.get(key, key) for key in rule.facts]


def scope_rows() -> list[dict[str, Any]]:
    """For each scope its words, and the rules that are silent in it."""
    return [
        {"name": SCOPE_NAMES[scope], "words": words, "silent": looking.not_applied(scope)}
        for scope, words in SCOPES.items()
    ]


def definitions() -> list[tuple[str, str]]:
    """What the words of the rules mean, from the tables that the check reads."""
    small = facts.SMALL_MM
    return [
        (
            "Spread",
            "M1, a metastatic site, or a metastatic recurrence. A lymph node (N1) alone is not spread.",
        ),
        ("Localised", "M0 and not spread. While M is not recorded a sarcoma is neither."),
        ("Small, large", f"At most {small} mm; more than {small} mm."),
        ("Low, high grade", "Grade 1; grade 2 or 3, as recorded. GX is neither."),
        ("Fit", "Performance status 0 to 2, or not recorded."),
        ("Operation on the primary", "Any surgery but the removal of metastases and lymph node dissection."),
        ("In a limb", _sites(facts.LIMB)),
        ("In the shoulder or pelvic girdle", _sites(facts.GIRDLE)),
        ("Site that is unspecified", f"{', '.join(sorted(facts.UNSPECIFIED))}, C76, C80"),
        ("At the spine", f"{_sites(facts.SPINE)}; or marked as close to the spine."),
        ("Rhabdomyosarcoma and Ewing sarcoma", f"Morphology {_codes(facts.EXCEPTIONS)}."),
        ("Subtypes that responded to checkpoint inhibitors", _histologies(facts.RESPONSIVE)),
        ("GIST drugs", f"{', '.join(sorted(facts.GIST_DRUGS))}, in any modality."),
        ("Checkpoint drugs", f"{', '.join(sorted(facts.CHECKPOINT_DRUGS))}."),
        ("Brand names", f"Read as their generic names: {_brands()}."),
    ]


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


def _sites(codes: Iterable[str]) -> str:
    return "; ".join(f"{icdo3.topography_name(code)} ({code})" for code in sorted(codes))


def _histologies(codes: Iterable[str]) -> str:
    """Names with their codes; codes of one name, an older and a current one, together."""
    by_name: dict[str, list[str]] = {}
    for code in sorted(codes):
        by_name.setdefault(icdo3.morphology_name(f"{code}/3"), []).append(code)
    return "; ".join(f"{name} ({', '.join(codes)})" for name, codes in by_name.items())


def _brands() -> str:
    judged = facts.GIST_DRUGS | facts.CHECKPOINT_DRUGS
    pairs = sorted(vocabulary.GENERIC_DRUGS.items())
    return ", ".join(
        f"{brand.title()} ({name})" for brand, name in pairs if name in judged and " " not in brand
    )

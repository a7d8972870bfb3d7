"""Which rules looked at which treatment, so that a page can say what was not checked; pure, without Django."""

from treatments.guidance.rules import RULES, Rule


def rules_about(modality: str, scope: str) -> list[Rule]:
    """The rules that speak of a treatment of that modality in that scope, built or not."""
    return [rule for rule in RULES if modality in rule.modalities and scope in rule.scopes]


def looked(modality: str, scope: str) -> list[Rule]:
    return [rule for rule in rules_about(modality, scope) if rule.built]


def did_not_look(modality: str, scope: str) -> list[Rule]:
    """Rules about the treatment that are not built: nobody should read their silence as consent."""
    return [rule for rule in rules_about(modality, scope) if not rule.built]


def not_built(scope: str) -> list[Rule]:
    return [rule for rule in RULES if not rule.built and scope in rule.scopes]


def not_applied(scope: str) -> list[Rule]:
    """Rules that are silent in this scope, because their document does not write about such tumours."""
    return [rule for rule in RULES if scope not in rule.scopes]

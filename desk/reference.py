"""The reference pages of docs/, written from the tables that the code itself reads."""

import ast
from collections.abc import Callable
from pathlib import Path

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.workflow import Workflow
from cases import workflow as cases
from followup import workflow as followup
from mdt import workflow as mdt
from treatments import workflow as treatments
from treatments.guidance.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
NOTE = "Written by `manage.py reference` from the code; edits here are lost.\n"

WORKFLOWS: tuple[Workflow, ...] = (
    cases.REFERRAL,
    cases.CASE,
    treatments.PLAN,
    treatments.RECHECK,
    mdt.MEETING,
    mdt.LISTING,
    followup.REVIEW,
    followup.OPINION,
)


def permissions() -> str:
    """Who may do what: a row for each permission, a mark for each role."""
    roles = list(Role)
    labels = " | ".join(role.label for role in roles)
    head = f"| may | {labels} |\n|{' --- |' * (len(roles) + 1)}\n"
    marks = {p: ["yes" if p in ROLE_PERMISSIONS[role] else "" for role in roles] for p in Permission}
    rows = (f"| {permission.value} | {' | '.join(marks[permission])} |" for permission in Permission)
    return "# Who may do what\n\n" + NOTE + "\n" + head + "\n".join(rows) + "\n"


def states() -> str:
    """A diagram for each workflow."""
    return "# States\n\n" + NOTE + "".join(_diagram(workflow) for workflow in WORKFLOWS)


def _diagram(workflow: Workflow) -> str:
    arrows = "".join(
        f"    {current} --> {following}\n"
        for current, allowed in workflow.moves.items()
        for following in workflow.labels
        if following in allowed
    )
    names = "".join(
        f"    {state}: {label}\n" for state, label in workflow.labels.items() if state in workflow.moves
    )
    return f"\n## {workflow.thing.capitalize()}\n\n```mermaid\nstateDiagram-v2\n{names}{arrows}```\n"


def rules() -> str:
    """Every rule of the guidance, built or not."""
    head = "| rule | severity | source | looks at | built |\n| --- | --- | --- | --- | --- |\n"
    rows = (
        f"| {rule.id}: {rule.title} | {rule.severity} | {rule.document}, {rule.section} | {', '.join(rule.facts)} | "
        f"{'yes' if rule.built else 'not yet'} |"
        for rule in RULES
    )
    return "# Rules of the guidance check\n\n" + NOTE + "\n" + head + "\n".join(rows) + "\n"


def events() -> str:
    """Every event that the audit records."""
    rows = "\n".join(f"| `{event.value}` | {event.label} |" for event in EventType)
    return f"# Events of the audit\n\n{NOTE}\n| event | words |\n| --- | --- |\n{rows}\n"


def settings() -> str:
    """Every environment variable that the settings read, with its default."""
    tree = ast.parse((ROOT / "config" / "settings.py").read_text())
    defaults: dict[str, str] = {}
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or ast.unparse(call.func).partition(".")[0] != "env":
            continue
        if isinstance(call.args[0], ast.Constant):
            name = str(call.args[0].value)
            default = [ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "default"]
            defaults[name] = defaults.get(name) or "".join(default)
    rows = "\n".join(
        f"| `{name}` | {f'`{default}`' if default else 'none: it must be set'} |"
        for name, default in sorted(defaults.items())
    )
    return f"# Settings\n\n{NOTE}\n| environment variable | default |\n| --- | --- |\n{rows}\n"


PAGES: dict[str, Callable[[], str]] = {
    "permissions.md": permissions,
    "states.md": states,
    "rules.md": rules,
    "events.md": events,
    "settings.md": settings,
}


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())

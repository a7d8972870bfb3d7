"""The reference pages of docs/, written from the tables that the code itself reads."""

import ast
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.workflow import Workflow
from cases import workflow as cases
from followup import workflow as followup
from mdt import outcome_codes
from mdt import workflow as mdt
from treatments import workflow as treatments
from treatments.guidance.check import version
from treatments.guidance.rules import RULES, Rule
from treatments.guidance.vocabulary import DOCUMENTS
from trials import workflow as trials
from trials.criteria import drugs
from trials.criteria.describing import KINDS_DESCRIBED
from trials.criteria.histologies import met_codes
from trials.criteria.reading import groups
from trials.criteria.tree import ANY_SARCOMA, KIND_LABELS, Histology

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
    followup.SCHEDULE,
    followup.OPINION,
    trials.TRIAL_REFERRAL,
    trials.ENQUIRY,
    trials.CHANGE,
    trials.MATCH_RUN,
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
    """Every rule of the guidance, then which tests show each section of the documents."""
    head = (
        "| rule | severity | source | fires when | looks at | scopes |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
    )
    rows = (
        f"| {rule.id}: {rule.title} | {rule.severity} | {rule.document}, {rule.section} | {rule.fires_when} | "
        f"{', '.join(rule.facts) or 'the plan alone'} | {', '.join(rule.scopes)} |"
        for rule in RULES
    )
    return (
        f"# Rules of the guidance check\n\n{NOTE}\nVersion {version()}.\n\n{head}"
        + "\n".join(rows)
        + _coverage()
    )


def _coverage() -> str:
    """Each section of the documents, the rules made from it, and how many tested cases fire them or just do not."""
    fires, silent = (_tested(name) for name in ("FIRES", "SILENT"))
    head = (
        "\n\n## Coverage\n\nEach row of `tests/guidance/rows/` is a case and a plan that fires a rule, or that just "
        "does not. Beside them thousands of random plans are compared with a second reading of the guidance, and the "
        "[benchmark](../how-to/run-the-benchmark.md) has whole cases with their findings.\n\n"
        "| document | section | rule | cases that fire it | near misses |\n"
        "| --- | --- | --- | --- | --- |\n"
    )
    by_section = sorted(
        ((*_place(rule, section), rule.id) for rule in RULES for section in rule.section.split("; ")),
        key=lambda row: row[:2],
    )
    return head + "".join(
        f"| {document} | {section} | {rule} | {fires[rule]} | {silent[rule]} |\n"
        for document, section, rule in by_section
    )


def _place(rule: Rule, section: str) -> tuple[str, str]:
    """Document and section; a rule of one document may name the other as well."""
    return (section, "the article") if section in DOCUMENTS else (rule.document, section)


def _tested(name: str) -> Counter[str]:
    """How many rows of the tests each rule has in the lists of that name."""
    ids = {rule.id for rule in RULES}
    found: Counter[str] = Counter()
    for path in sorted((ROOT / "tests" / "guidance" / "rows").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                rows = (each for each in ast.walk(node.value) if isinstance(each, ast.Tuple) and each.elts)
                firsts = (row.elts[0] for row in rows)
                found.update(
                    str(first.value)
                    for first in firsts
                    if isinstance(first, ast.Constant) and first.value in ids
                )
    return found


def events() -> str:
    """Every event that the audit records."""
    rows = "\n".join(f"| `{event.value}` | {event.label} |" for event in EventType)
    return f"# Events of the audit\n\n{NOTE}\n| event | words |\n| --- | --- |\n{rows}\n"


def outcomes() -> str:
    """Every outcome of a decision, with its published codes or the reason why it has none."""
    head = (
        "The API gives these codes as `outcome_coding`, after the service's own code of the outcome (system "
        "`PUBLIC_URL/codes/outcome`). The relation says what the published code is to the outcome, in the words of "
        "FHIR R4's ConceptMap: equivalent, wider or narrower.\n\n"
        "| outcome | code | system | version | relation | display | read in |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    rows = "".join(
        f"| {outcome.label} | {match.code} | {_address(match.system)} | {match.version or 'none'} | {match.relation} | "
        f"{match.display} | {match.source} |\n"
        for outcome in mdt.Outcome
        for match in outcome_codes.MATCHES.get(outcome, ())
    )
    without = "".join(f"| {outcome.label} | {why} |\n" for outcome, why in outcome_codes.UNMATCHED.items())
    return (
        f"# Outcomes of a decision, in published codes\n\n{NOTE}\n{head}{rows}\n"
        f"## Without a published equivalent\n\n| outcome | why |\n| --- | --- |\n{without}"
    )


def _address(system: str) -> str:
    return system if "://" in system else f"`PUBLIC_URL/codes/{system}`"


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


def criteria() -> str:
    """The tree of a trial's criteria, and each kind of leaf in it."""
    head = (
        'A tree is `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}` or a leaf with a `kind`. Any leaf may have '
        "`words`, as the protocol says it. Each is met, not met or unknown; what is unknown never counts as no: all is "
        "not met when one is not, met when each is, else unknown; any is met when one is, not met when none can be, "
        "else unknown; the opposite of unknown is unknown.\n\n"
        "| kind | example | met when | unknown when |\n| --- | --- | --- | --- |\n"
    )
    rows = "".join(
        f"| {KIND_LABELS[kind.example['kind']]} | `{json.dumps(kind.example)}` | {kind.met} | {kind.open} |\n"
        for kind in KINDS_DESCRIBED
    )
    names = "".join(f"| `{name}` | {label} |\n" for name, label in drugs.class_labels().items())
    listed = "".join(f"- {group}: {_codes(group)}\n" for group in groups())
    return (
        f"# Criteria of a trial\n\n{NOTE}\n{head}{rows}\n## Groups of histologies\n\n{listed}\n"
        f"## Classes of drugs\n\n| class | words |\n| --- | --- |\n{names}"
    )


def _codes(group: str) -> str:
    if group == ANY_SARCOMA:
        return "whatever in the list is malignant (/3)"
    return ", ".join(sorted(met_codes(Histology(groups=(group,)))))


PAGES: dict[str, Callable[[], str]] = {
    "permissions.md": permissions,
    "states.md": states,
    "rules.md": rules,
    "events.md": events,
    "outcomes.md": outcomes,
    "settings.md": settings,
    "criteria.md": criteria,
}


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())

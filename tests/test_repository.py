"""The rules of the house that a test can hold: rooms, words, sizes, privacy, and documents that match the code."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from desk import reference

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["audit", "accounts", "cases", "trials", "treatments", "mdt", "followup"]
TOP_ROOMS = ["interop", "reports", "desk"]
PURE = ["cases/clinical/", "trials/criteria/", "trials/registry/", "treatments/guidance/"]
PURE_FILES = [
    "accounts/calendar.py",
    "followup/comparing.py",
    "mdt/alerts.py",
    "mdt/checklist.py",
    "mdt/minimum.py",
    "mdt/quorum.py",
    "mdt/rhythm.py",
    "mdt/standards.py",
    "reports/kappa.py",
    "treatments/presence.py",
]
FORBIDDEN_NAMES = {"core", "common", "utils", "helpers", "signals"}
PRIVACY_CLASSES = {"none", "staff", "identifying", "clinical"}


def tracked_files(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


CODE = [path for path in tracked_files("*.py") if "migrations" not in path.parts]
PRODUCT = [path for path in CODE if path.relative_to(ROOT).parts[0] not in {"tests", "bench"}]


def imported_by(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_rooms_import_one_way(path):
    room = path.relative_to(ROOT).parts[0]
    if room not in ROOMS + TOP_ROOMS:
        return
    above = TOP_ROOMS if room in TOP_ROOMS else ROOMS[ROOMS.index(room) + 1 :] + TOP_ROOMS
    wrong = {name for name in imported_by(path) if name.split(".")[0] in set(above) - {room}}
    assert not wrong, f"{room} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_clinical_knowledge_is_pure(path):
    name = name_of(path)
    if not name.startswith(tuple(PURE)) and name not in PURE_FILES:
        return
    assert not {
        module
        for module in imported_by(path)
        if module.split(".")[0] in {"django", "celery", "rest_framework"}
    }


def test_no_room_for_odds_and_ends():
    found = [
        name_of(path) for path in PRODUCT if {path.stem, *path.relative_to(ROOT).parts[:-1]} & FORBIDDEN_NAMES
    ]
    assert not found


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_every_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree), "begins with a docstring of one or two lines"


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_files_and_functions_stay_small(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    assert not long


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_errors_are_never_swallowed_and_nothing_is_left_over(path):
    text = path.read_text()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
            assert ast.unparse(node.type) not in {"Exception", "BaseException"}, (
                f"line {node.lineno} catches everything"
            )
    assert not re.search(r"#.*\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b", text)


def test_the_repository_names_no_machine_and_no_registry():
    machine = re.compile(r"(?m)(^|[\s\"'=(])/(work|farm|root|home)/")
    address = re.compile(r"https?://[^\s\"']*(pypi|pythonhosted|registry\.npmjs|simple/)")
    found = []
    for path in tracked_files():
        if path.suffix in {".png", ".svg"} or path.name == "test_repository.py":
            continue
        text = path.read_text(errors="replace")
        if machine.search(text) or address.search(text):
            found.append(name_of(path))
    assert not found


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_reference_pages_match_the_code(page):
    assert (reference.FOLDER / page).read_text() == reference.PAGES[page](), "run manage.py reference"


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert project == settings.VERSION
    assert f"## {project}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_model_field_has_a_privacy_class():
    classes = tomllib.loads((ROOT / "docs" / "privacy.toml").read_text())
    models = {
        f"{model._meta.app_label}.{model.__name__}": model
        for model in apps.get_models()
        if model._meta.app_label in ROOMS + TOP_ROOMS and not model.__name__.endswith("History")
    }
    assert set(classes) == set(models)
    for name, model in models.items():
        fields = {field.name for field in model._meta.concrete_fields}
        assert set(classes[name].values()) <= PRIVACY_CLASSES, name
        assert set(classes[name]) - {"default"} <= fields, f"{name} has no such field"


def test_the_readme_is_short_and_its_links_lead_somewhere():
    readme = (ROOT / "README.md").read_text()
    assert len(readme.splitlines()) <= 80
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", readme):
        assert (ROOT / target).exists(), target

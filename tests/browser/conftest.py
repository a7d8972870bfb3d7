"""Journeys in real Chromium against the running service, with the demonstration centre in it."""

import os
import shutil
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Page, sync_playwright

from config.settings import env
from desk.demo import loading
from tests.browser.kept import KeptCentre

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path or not Path(path).exists():
        pytest.skip("no Chromium was found: install Debian's package chromium, or name one in CHROMIUM")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "1"  # Playwright runs its own loop beside the test's own queries
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def kept(django_db_setup):
    """The demonstration centre as it is when it was just loaded."""
    database = env.db("DATABASE_OWNER_URL")
    where = connection.get_connection_params()
    return KeptCentre(
        dbname=connection.settings_dict["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=where.get("host"),
    )


@pytest.fixture
def centre(live_server, transactional_db, kept):
    """The demonstration centre, served."""
    kept.put_back()
    return live_server.url


class Person:
    """Someone at a browser of their own."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def opens(self, path: str) -> None:
        self.page.goto(self.address + path)

    def follows(self, link: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=link).first.click()

    def types(self, **fields: str) -> None:
        """By the field's name; a select takes the words that it shows."""
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]").first
            if field.evaluate("field => field.tagName") == "SELECT":
                option = field.locator("option").filter(has_text=value).first
                field.select_option(value=option.get_attribute("value"))
            else:
                field.fill(value)

    def ticks(self, label: str) -> None:
        self.page.get_by_label(label).first.check()

    def attaches(self, path: Path, *, to: str) -> None:
        self.page.locator(f"[name={to}]").set_input_files(path)

    def presses(self, button: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button).first.click()

    def sees(self, *words: str) -> None:
        shown = self.page.locator("body").inner_text()
        missing = [each for each in words if each.lower() not in shown.lower()]
        assert not missing, f"{missing} not on the page:\n{shown}"

    def does_not_see(self, *words: str) -> None:
        shown = self.page.locator("body").inner_text().lower()
        assert not [each for each in words if each.lower() in shown]

    def finds(self, words: str) -> None:
        self.page.locator("#find").fill(words)
        with self.page.expect_navigation():
            self.page.locator("#find").press("Enter")

    def has_no_axe_violations(self) -> None:
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))"
            ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))"
        )
        assert not found, f"{self.page.url}: {found}"


@pytest.fixture
def signed_in(chromium, centre):
    """Signs a demo login in at a browser window of its own."""
    contexts, people = [], []

    def signed_in(login: str, **window) -> Person:
        context = chromium.new_context(**window)
        contexts.append(context)
        person = Person(context.new_page(), centre)
        people.append(person)
        person.opens("/account/login/")
        person.page.locator("[name=login]").fill(f"{login}@{loading.DOMAIN}")
        person.page.locator("[name=password]").fill(loading.PASSWORD)
        person.presses("Sign in")
        return person

    yield signed_in
    for context in contexts:
        context.close()
    assert not [
        complaint for person in people for complaint in person.complaints if not is_expected(complaint)
    ]


def is_expected(complaint: str) -> bool:
    """A refused form answers with a status that Chromium remarks on; leaving a page ends its check of the plan."""
    return complaint.startswith(("Failed to load resource: the server responded with a status of 4", "htmx:"))

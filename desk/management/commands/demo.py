"""Loads the demonstration centre into an empty database, and prints its logins."""

import tomllib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.permissions import Role
from accounts.services import Opened
from desk.demo import loading


class Command(BaseCommand):
    help = "Load the demonstration centre into an empty database; says so and changes nothing where there is data."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demonstration centre is for demonstrations: set DEMO=1. Its logins are public."
            )
        try:
            client = loading.load()
        except loading.NotEmpty:
            self.stdout.write("The database has data already: the demonstration centre was not loaded.")
        else:
            self._keep(client)
        self._say_logins()

    def _keep(self, client: Opened) -> None:
        """The client's secret is kept nowhere else: the demonstration leaves it in a file of its own."""
        path = settings.VAR_DIR / "demo-client.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"client_id={client.client_id}\nclient_secret={client.secret}\n")
        path.chmod(0o600)

    def _say_logins(self) -> None:
        people = tomllib.loads(loading.CENTRE.read_text())["people"]
        self.stdout.write(f"Demo logins, each with the password {loading.PASSWORD}:")
        for person in people:
            self.stdout.write(
                f"  {person['login']}@{loading.DOMAIN:14} {Role(person['role']).label}, {person['full_name']}"
            )
        self.stdout.write(
            f"A hospital system's client for the API is in {settings.VAR_DIR / 'demo-client.txt'}"
        )

"""Opens a client for a hospital system and prints its id and secret, once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from accounts.services import open_client


class Command(BaseCommand):
    help = "Open a client for a hospital system: it then gets tokens at /api/v1/token/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What the client is called, for example: Records system")
        parser.add_argument("--organisation", required=True, help="ODS code of its organisation")

    def handle(self, *args: Any, name: str, organisation: str, **options: Any) -> None:
        owner = Organisation.objects.filter(code=organisation).first()
        if owner is None:
            raise CommandError(f"No organisation has the ODS code {organisation}.")
        try:
            client = open_client(name=name, organisation=owner, by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"client_id: {client.client_id}\nclient_secret: {client.secret}")

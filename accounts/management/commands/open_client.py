"""Opens a client for a hospital system and prints its id and secret, once."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from accounts.scopes import CHECK, READ
from accounts.services import open_client

NO_KEYS = '{file} holds no JSON Web Key Set: {{"keys": [...]}} with at least one key.'


class Command(BaseCommand):
    help = "Open a client for a hospital system: it then gets tokens at /api/v1/token/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What the client is called, for example: Records system")
        parser.add_argument("--organisation", required=True, help="ODS code of its organisation")
        parser.add_argument(
            "--scopes", default=f"{READ},{CHECK}", help="With commas between them: cases.read"
        )
        parser.add_argument(
            "--public-keys",
            type=Path,
            help="File of its public keys (a JSON Web Key Set), instead of a secret",
        )
        parser.add_argument("--contact", default="", help="E-mail address of who is asked when it fails")
        parser.add_argument("--sandbox", action="store_true", help="Its organisation is for trying out")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = Organisation.objects.filter(code=options["organisation"]).first()
        if owner is None:
            raise CommandError(f"No organisation has the ODS code {options['organisation']}.")
        keys = _read(options["public_keys"])
        try:
            opened = open_client(
                name=options["name"],
                organisation=owner,
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                public_keys=keys,
                contact=options["contact"],
                is_sandbox=options["sandbox"],
                by=None,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"client_id: {opened.client_id}")
        if not keys:
            self.stdout.write(f"client_secret: {opened.secret}")


def _read(file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        keys = json.loads(file.read_text())
    except OSError as error:
        raise CommandError(f"{file} cannot be read.") from error
    except ValueError as error:
        raise CommandError(NO_KEYS.format(file=file)) from error
    if not isinstance(keys, dict) or not keys:
        raise CommandError(NO_KEYS.format(file=file))
    return keys

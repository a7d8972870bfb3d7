"""The texts that a team writes: each change is a new version, and the built-in text is never lost."""

from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from mdt.letters.placeholders import wrong_in
from mdt.models import LetterTemplate
from mdt.workflow import TextKind


@cache
def built_in(kind: str) -> str:
    """The text that a team has until it writes its own."""
    return Path(__file__).with_name(f"{kind}.txt").read_text()


def newest(team: Team | int, kind: str) -> LetterTemplate | None:
    """The version in use; one whose text is empty is the way back to the built-in text."""
    return LetterTemplate.objects.filter(team=team, kind=kind).order_by("-number").first()


def text_in_use(team: Team | int, kind: str) -> tuple[str, LetterTemplate | None]:
    """The text, and the team's version that it is from; none where it is the built-in one."""
    version = newest(team, kind)
    return (version.text, version) if version and version.text else (built_in(kind), None)


@transaction.atomic
def change_template(*, team: Team, kind: str, seen: int, text: str, by: User) -> LetterTemplate:
    """Keep another text for documents of this kind; letters that are drafted already stay as they are.

    `seen`: the number of the version that the edit was made on, 0 for the built-in text. An empty text goes back
    to the built-in one. Raises ValidationError with everything that is wrong with the text, and where.
    """
    by.must(Permission.EDIT_LETTERS, team)
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    current = newest(team, kind)
    if seen != (current.number if current else 0):
        raise StaleVersion(current)
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    _refuse(text, kind, current)
    number = current.number + 1 if current else 1
    made = LetterTemplate.objects.create(team=team, kind=kind, number=number, text=text, edited_by=by)
    audit.record(EventType.LETTER_TEMPLATE_CHANGED, target=made, by=by, data={"kind": kind, "number": number})
    return made


def _refuse(text: str, kind: str, current: LetterTemplate | None) -> None:
    if kind not in TextKind.values:
        raise ValidationError("Choose what the text is for.")
    if text == (current.text if current else ""):
        raise ValidationError({"text": ["This is the text that is in use already."]})
    wrong = wrong_in(text, kind) if text else []
    if wrong:
        raise ValidationError({"text": [str(each) for each in wrong]})

"""A place to try things out: an organisation of its own with invented people, which no real team ever sees."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.http import int_to_base36

from accounts.models import Client, Membership, Organisation, Team, User
from accounts.permissions import Competence, Permission, Role
from accounts.scopes import CHECK, READ, WRITE
from accounts.services.clients import Opened, open_client
from audit.workflow import WrongState

CODE = "SBX"
PEOPLE = {
    Role.COORDINATOR: "Pat Sandbox (coordinator)",
    Role.SURGEON: "Dr Sam Sandbox (surgeon)",
    Role.ONCOLOGIST: "Dr Alex Sandbox (oncologist)",
    Role.NURSE_SPECIALIST: "Kim Sandbox (nurse)",
    Role.PATHOLOGIST: "Dr Jo Sandbox (pathologist)",
    Role.RADIOLOGIST: "Dr Robin Sandbox (radiologist)",
    Role.PALLIATIVE_CARE: "Dr Lee Sandbox (palliative care)",
}
"""Nobody signs in as one of them: they are there to be named as key worker, chair or author."""


@transaction.atomic
def open_sandbox(*, organisation: Organisation, by: User) -> Opened:
    """A test organisation, its team, and a client that may do there whatever a coordinator does.

    Whoever asks keeps its client too. One at a time for each organisation: raises WrongState while its last is open.
    """
    if organisation.is_sandbox or organisation.pk not in by.organisation_ids(Permission.MANAGE_CLIENTS):
        raise PermissionDenied(f"Your role does not include: {Permission.MANAGE_CLIENTS.value}.")
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    code = f"{CODE}{organisation.pk}"
    if Client.objects.open().filter(organisation__code__startswith=f"{code}-").exists():
        raise WrongState("sandbox", "open", "opened again")
    number = Organisation.objects.filter(code__startswith=f"{code}-").count() + 1
    made = Organisation.objects.create(
        name=f"Sandbox {organisation.pk}-{number} of {organisation.name}"[:200],
        code=f"{code}-{number}",
        is_sandbox=True,
    )
    team = _team(made)
    Membership.objects.create(user=by, organisation=made, role=Role.INTEGRATION_ENGINEER)
    keeper = User.objects.get(pk=by.pk)  # who knows of the membership
    opened = open_client(
        name="Sandbox system", organisation=made, scopes=[READ, WRITE, CHECK], is_sandbox=True, by=keeper
    )
    Membership.objects.create(user=opened.account, organisation=made, team=team, role=Role.COORDINATOR)
    return opened


def prefix_of(number: int) -> str:
    """Of case references: S and four digits to the base 36, of which there are enough for every organisation."""
    return f"S{int_to_base36(number).upper():0>4}"


def _team(organisation: Organisation) -> Team:
    team = Team.objects.create(
        organisation=organisation,
        name=f"{organisation.name[:180]}: MDT",
        reference_prefix=prefix_of(organisation.pk),
    )
    for role, name in PEOPLE.items():
        person = User(email=f"{role}@{organisation.code.lower()}.sandbox.invalid", full_name=name)
        person.set_unusable_password()
        person.save()
        competences = list(Competence) if role == Role.ONCOLOGIST else []
        Membership.objects.create(
            user=person, organisation=organisation, team=team, role=role, competences=competences
        )
    return team

"""The database itself keeps history: the application's role can add to it and change nothing."""

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from audit import services
from audit.events import EventType
from tests import factories

pytestmark = pytest.mark.django_db

FIXED = {"audit_event", "audit_read", "treatments_check", "mdt_decision", "mdt_dissent"}
FIXED |= {"treatments_recheckedplan", "treatments_seenchange"}
FIXED |= {f"treatments_localrule{part}" for part in ("version", "approval", "retirement")}
FIXED |= {f"trials_{part}" for part in ("criteriaversion", "enquirystep", "trialreferralstep")}
HISTORY = {model._meta.db_table for model in apps.get_models() if model.__name__.endswith("History")}


def privileges(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) p"
            " WHERE has_table_privilege(current_user, %s, p)",
            [table],
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize("table", sorted(FIXED | HISTORY))
def test_the_application_can_only_read_and_add(table):
    assert privileges(table) == {"SELECT", "INSERT"}


def test_every_clinical_room_keeps_history():
    assert {table.split("_")[0] for table in HISTORY} >= {
        "cases",
        "trials",
        "treatments",
        "mdt",
        "followup",
        "accounts",
    }


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET type = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_raw_sql_cannot_change_an_event(statement):
    services.record(EventType.CASE_CHANGED, target=factories.case(factories.team()), by=None)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_not_even_the_owner_changes_an_event_by_accident(owner_cursor):
    with transaction.atomic():
        services.record(EventType.CASE_CHANGED, target=factories.case(factories.team()), by=None)
    with pytest.raises(Exception, match="Cannot update or delete"):
        owner_cursor.execute("DELETE FROM audit_event")


def test_raw_changes_of_a_clinical_row_leave_history():
    patient = factories.patient(family_name="Before")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_patient SET family_name = 'After' WHERE id = %s", [patient.pk])
    names = list(patient.history.order_by("pgh_id").values_list("family_name", flat=True))
    assert names == ["Before", "After"]


def test_a_proposed_plans_treatments_cannot_be_changed_by_raw_sql():
    episode = factories.episode_with_facts(factories.team())
    plan = episode.plans.create(number=1, intent="curative", proposed_by=factories.user())
    plan.treatments.create(position=0, modality="surgery", procedure="limb_sparing")
    plan.status = "proposed"
    plan.save()
    with pytest.raises(DatabaseError, match="fixed once it is proposed"), transaction.atomic():
        plan.treatments.update(procedure="amputation")

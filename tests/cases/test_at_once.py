"""Two people at the same moment: one answer to a referral, one record of a person, one number for each case."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.permissions import Role
from audit.workflow import StaleVersion, WrongState
from cases import services
from cases.models import Case, Patient
from cases.services import CaseDetails
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run them in threads that start together; what each gave or raised."""
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except (StaleVersion, WrongState) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_a_referral_is_accepted_once(referral, coordinator, nurse):
    def accept():
        return services.accept_referral(referral=referral, version=1, key_worker=nurse, by=coordinator)

    given = at_once(accept, accept, accept)
    assert sum(isinstance(each, Case) for each in given) == 1
    assert Case.objects.count() == 1


def test_a_person_is_registered_once(coordinator, person):
    details = person()

    def register():
        return services.register_patient(details=details, by=coordinator)

    assert len({patient.pk for patient in at_once(register, register, register)}) == 1
    assert Patient.objects.count() == 1


def test_no_reference_is_given_twice(team):
    def take():
        return services.next_references(team, 2026, 20)

    given = [reference for references in at_once(take, take, take) for reference in references]
    assert len(set(given)) == 60


def test_of_two_edits_of_one_version_one_is_refused(case, surgeon, coordinator):
    def change(words, by):
        details = CaseDetails(patient_wants=words)
        return lambda: services.change_case(case=case, version=1, details=details, by=by)

    given = at_once(change("one", surgeon), change("two", coordinator))
    assert sum(isinstance(each, StaleVersion) for each in given) == 1
    assert Case.objects.get().version == 2


def test_two_reports_at_once_are_both_in_the_facts(case, episode, radiologist, pathologist):
    at_once(
        lambda: services.report_imaging(
            episode=episode,
            report={"modality": "mri", "reported_on": case.opened_on, "size_mm": 82},
            by=radiologist,
        ),
        lambda: services.report_pathology(
            episode=episode,
            report={"kind": "biopsy", "reported_on": case.opened_on, "morphology": "8890/3"},
            by=pathologist,
        ),
    )
    episode.refresh_from_db()
    assert {"size_mm", "morphology"} <= set(episode.facts)


def test_two_teams_number_their_cases_apart(coordinator, person):
    other = factories.member(Role.COORDINATOR, factories.team(reference_prefix="SEV"))
    teams = [coordinator.active_memberships[0].team, other.active_memberships[0].team]
    assert services.next_references(teams[0], 2026) == ["PEN-2026-0001"]
    assert services.next_references(teams[1], 2026) == ["SEV-2026-0001"]

"""Two people at one letter in the same moment, on connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services import patients
from mdt import letters
from mdt.models import Letter
from tests.mdt.letters.conftest import letter_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """What each gave, or the refusal that it met."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=10)
            return act()
        except (StaleVersion, WrongState) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_of_two_who_check_one_has_checked_it(decide, nurse, surgeon):
    letter = letter_of(decide(), "patient")
    given = at_once(
        lambda: letters.check_letter(letter=letter, version=letter.version, by=nurse),
        lambda: letters.check_letter(letter=letter, version=letter.version, by=surgeon),
    )
    (made,) = [each for each in given if isinstance(each, Letter)]
    letter.refresh_from_db()
    assert letter.checked_by == made.checked_by
    assert Event.objects.filter(type=EventType.LETTER_CHECKED).count() == 1


def test_of_two_who_issue_one_has_issued_it_and_one_file_is_kept(decide, coordinator, surgeon, stored):
    letter = letter_of(decide(), "clinical")
    given = at_once(
        lambda: letters.issue_letter(letter=letter, version=letter.version, by=coordinator),
        lambda: letters.issue_letter(letter=letter, version=letter.version, by=surgeon),
    )
    assert [isinstance(each, Letter) for each in given].count(True) == 1
    assert len(stored()) == 1


def test_a_death_and_a_letter_in_the_same_moment_end_in_one_order(decide, checked, case, coordinator):
    letter = checked(decide())
    given = at_once(
        lambda: patients.record_death(patient=case.patient, died_on=None, by=coordinator),
        lambda: letters.issue_letter(letter=letter, version=letter.version, by=coordinator),
    )
    letter.refresh_from_db()
    assert letter.status == ("issued" if isinstance(given[1], Letter) else "stopped")


def test_a_death_and_a_print_in_the_same_moment_end_in_one_order(decide, checked, issued, case, coordinator):
    letter = issued(checked(decide()))
    given = at_once(
        lambda: patients.record_death(patient=case.patient, died_on=None, by=coordinator),
        lambda: letters.use_letter(letter=letter, how="printed", by=coordinator),
    )
    assert letter.uses.count() == isinstance(given[1], bytes)
    assert isinstance(given[1], bytes | WrongState)


def test_an_event_that_two_workers_hold_makes_one_letter_of_each_kind(decide):
    decision = decide()
    Letter.objects.all().delete()
    event = Event.objects.get(type=EventType.DECISION_RECORDED)
    at_once(lambda: letters.make_letters(event=event), lambda: letters.make_letters(event=event))
    assert sorted(Letter.objects.values_list("decision", "kind")) == [
        (decision.pk, "clinical"),
        (decision.pk, "patient"),
    ]

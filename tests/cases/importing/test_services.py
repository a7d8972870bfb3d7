"""What an import writes, and what it leaves alone when the same source comes again."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from cases.importing import mapping as mappings
from cases.importing import services
from cases.importing.errors import BrokenFile
from cases.importing.planning import Outcome
from cases.models import (
    Case,
    CaseEvent,
    Diagnosis,
    Episode,
    HospitalNumber,
    ImportedText,
    ImportRow,
    ImportRun,
    PathologyReport,
    Patient,
    Staging,
    TreatmentGiven,
)
from cases.models.case import CaseEventType
from cases.services import (
    CaseDetails,
    change_case,
    open_case,
    record_death,
    record_performance_status,
    refresh_facts,
)
from cases.workflow import CaseStatus, ClosedReason
from tests import factories
from tests.cases.importing.conftest import MAPPING, row

TABLES = (
    Patient,
    Case,
    Episode,
    Diagnosis,
    PathologyReport,
    TreatmentGiven,
    ImportedText,
    ImportRow,
    CaseEvent,
)


def outcomes(run):
    return list(run.rows.values_list("outcome", flat=True))


def the_case():
    return Case.objects.select_related("patient", "current_episode").get()


def test_a_row_becomes_a_case_with_patient_episode_facts_and_stage(bring_in, write, team):
    run = bring_in(write(row()))
    assert (run.status, run.rows_total, run.taken) == ("finished", 1, 1)
    case = the_case()
    assert case.reference == f"PEN-{timezone.localdate().year}-0001"
    assert (case.team, case.status, case.opened_on) == (team, CaseStatus.FOLLOW_UP, date(2020, 3, 14))
    assert (case.source, case.source_id) == ("COUNTY", "K001")
    assert (case.patient.family_name, case.patient.nhs_number, case.patient.sex) == ("", None, "female")
    number = case.patient.hospital_numbers.get()
    assert (number.source, number.number, number.organisation) == ("COUNTY", "K001", None)
    episode = case.current_episode
    assert (episode.number, episode.kind, episode.age_at_diagnosis) == (1, "primary", 54)
    assert episode.facts == {
        "morphology": "8890/3",
        "topography": "C49.2",
        "size_mm": 82,
        "grade": "G2",
        "m": "M0",
        "disease_status": "primary",
        "age": 54,
        "prior_treatments": [
            {"modality": "surgery", "procedure": "wide_excision"},
            {"modality": "radiotherapy", "timing": "adjuvant"},
        ],
        "staging_edition": "AJCC8",
    }
    assert Staging.objects.get(episode=episode).group == "IIIA"
    assert episode.fact_sources["size_mm"]["id"] == PathologyReport.objects.get().pk


def test_an_imported_case_says_the_same_as_one_that_people_recorded(bring_in, write, coordinator):
    """The facts that were put together in bulk are those that the room's own service puts together."""
    bring_in(write(row()))
    before = Episode.objects.get()
    after = refresh_facts(episode=before, by=coordinator)
    assert (after.facts, after.fact_sources) == (before.facts, before.fact_sources)
    assert Staging.objects.count() == 1


def test_a_death_closes_the_case_and_shows_on_its_timeline(bring_in, write):
    bring_in(write(row(Status="dead")))
    case = the_case()
    assert case.patient.is_dead
    assert case.patient.died_on is None
    assert (case.status, case.closed_reason) == (CaseStatus.CLOSED, ClosedReason.DIED)
    closed = case.events.get(type=CaseEventType.CLOSED)
    assert closed.note == "Died; the date of death is not held"


def test_a_known_date_of_death_is_the_day_on_the_timeline(bring_in, write):
    text = MAPPING + '\n[[take]]\nto = "patient.died_on"\nfrom = "Note"\n'
    bring_in(write(row(Status="dead", Note="2021-02-01")), text)
    case = the_case()
    assert case.closed_on == case.patient.died_on == date(2021, 2, 1)
    assert case.events.filter(type=CaseEventType.DIED, on=date(2021, 2, 1)).exists()


def test_the_timeline_says_when_only_the_year_of_the_diagnosis_is_known(bring_in, write):
    text = MAPPING.replace('from = "Diagnosed"', 'from = "Diagnosed"\nrule = "year"')
    bring_in(write(row(Diagnosed="2012")), text)
    event = CaseEvent.objects.get(type=CaseEventType.DIAGNOSED)
    assert event.on == date(2012, 1, 1)
    assert event.note == "Leiomyosarcoma NOS. Of the date of diagnosis only the year is known."


def test_a_row_without_a_date_is_dated_on_the_day_of_the_import_and_says_so(bring_in, write):
    run = bring_in(write(row(Diagnosed="")))
    assert outcomes(run) == [Outcome.REMARKS]
    assert the_case().opened_on == timezone.localdate()


def test_what_was_not_understood_is_kept_with_the_case_and_told_in_the_report(bring_in, write):
    run = bring_in(write(row(Grade="high", Note="seen twice")))
    texts = dict(ImportedText.objects.values_list("column", "value"))
    assert texts == {"Grade": "high", "Note": "seen twice"}
    told = run.rows.get()
    assert told.case == the_case()
    assert told.remarks == [
        {"column": "Grade", "value": "high", "done": "Grade: not taken; it is none of: G1, G2, G3, GX."}
    ]


def test_a_refused_row_writes_nothing_but_the_reason(bring_in, write):
    run = bring_in(write(row(Morphology="8850/0"), row(Case_no="K002")))
    assert (run.taken, run.refused) == (1, 1)
    assert outcomes(run) == [Outcome.REFUSED, Outcome.TAKEN]
    assert the_case().source_id == "K002"


def test_every_written_row_has_history_and_the_import_is_audited(bring_in, write, coordinator):
    run = bring_in(write(row(), row(Case_no="K002")))
    for model in (
        Patient,
        HospitalNumber,
        Case,
        Episode,
        Diagnosis,
        PathologyReport,
        TreatmentGiven,
        Staging,
    ):
        history = model.history.rel.related_model.objects
        assert set(history.values_list("pgh_label", flat=True)) == {"insert"}, model
        assert history.count() == model.objects.count() > 0, model
    told = Event.objects.filter(by=coordinator).order_by("pk").values_list("type", "target_id", "case_id")
    cases = list(Case.objects.order_by("pk").values_list("pk", "patient_id"))
    assert list(told) == [
        (EventType.IMPORT_STARTED, run.pk, None),
        *((EventType.PATIENT_REGISTERED, patient, case) for case, patient in cases),
        *((EventType.CASE_IMPORTED, case, case) for case, _ in cases),
        (EventType.IMPORT_FINISHED, run.pk, None),
    ]


def test_when_the_audit_cannot_be_written_nothing_of_the_batch_is(bring_in, write, monkeypatch):
    monkeypatch.setattr("cases.importing.writing.audit.record_many", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bring_in(write(row()))
    assert [model.objects.count() for model in TABLES] == [0] * len(TABLES)


def test_a_second_import_of_the_same_file_changes_nothing_and_says_so(bring_in, write):
    path = write(row(), row(Case_no="K002", Grade="high"))
    bring_in(path)
    before = [list(model.objects.order_by("pk").values()) for model in TABLES if model is not ImportRow]
    run = bring_in(path)
    assert (run.unchanged, run.taken, run.updated) == (2, 0, 0)
    assert [list(m.objects.order_by("pk").values()) for m in TABLES if m is not ImportRow] == before


def test_a_changed_row_brings_an_untouched_case_up_to_date(bring_in, write):
    bring_in(write(row(Note="old"), row(Case_no="K002")))
    reference = Case.objects.get(source_id="K001").reference
    run = bring_in(
        write(row(Grade="G3", Length="17", Given="surgery", Note="new", Sex="M"), row(Case_no="K002"))
    )
    assert (run.updated, run.unchanged) == (1, 1)
    case = Case.objects.select_related("patient", "current_episode").get(source_id="K001")
    assert (case.reference, case.version, case.current_episode.version) == (reference, 2, 2)
    assert case.patient.sex == "male"
    facts = case.current_episode.facts
    assert (facts["grade"], facts["size_mm"], len(facts["prior_treatments"])) == ("G3", 170, 1)
    assert case.current_episode.diagnoses.count() == case.current_episode.pathology_reports.count() == 1
    assert [s.group for s in case.current_episode.stagings.all()] == ["IIIB", "IIIA"]
    assert case.imported_texts.get().value == "new"


def test_what_an_update_replaces_stays_in_the_history(bring_in, write):
    bring_in(write(row()))
    bring_in(write(row(Grade="G3")))
    history = PathologyReport.history.rel.related_model.objects
    assert sorted(history.values_list("pgh_label", "grade")) == [
        ("delete", "G2"),
        ("insert", "G2"),
        ("insert", "G3"),
    ]


def test_an_update_keeps_the_edition_of_the_stage_that_it_follows(bring_in, write, team):
    bring_in(write(row()))
    team.staging_edition = "UICC8"
    team.save()
    assert bring_in(write(row(Note="a word"))).updated == 1
    assert Staging.objects.count() == 1
    bring_in(write(row(Grade="G3", Length="17"), row(Case_no="K002")))
    assert [stage.edition for stage in stages_of("K001")] == ["AJCC8", "AJCC8"]
    assert [stage.edition for stage in stages_of("K002")] == ["UICC8"]
    episode = Case.objects.get(source_id="K001").current_episode
    assert episode.facts["staging_edition"] == "AJCC8"
    assert refresh_facts(episode=episode, by=None).facts == episode.facts
    assert Staging.objects.count() == 3


def stages_of(source_id):
    return Case.objects.get(source_id=source_id).current_episode.stagings.all()


def test_an_update_can_be_updated_again(bring_in, write):
    bring_in(write(row()))
    bring_in(write(row(Grade="G3")))
    assert bring_in(write(row(Grade="G1"))).updated == 1
    assert bring_in(write(row(Grade="G1"))).unchanged == 1


def test_a_death_that_a_later_file_tells_of_is_recorded_as_one(bring_in, write):
    bring_in(write(row()))
    bring_in(write(row(Status="dead")))
    assert the_case().status == CaseStatus.CLOSED
    assert Event.objects.filter(type=EventType.PATIENT_DIED, target_id=the_case().patient_id).count() == 1


def change_the_case(case, by):
    change_case(case=case, version=case.version, details=CaseDetails(patient_wants="to keep the leg"), by=by)


def add_a_fact(case, by):
    record_performance_status(episode=case.current_episode, value=1, on=date(2021, 1, 1), by=by)


def tell_of_a_death(case, by):
    record_death(patient=case.patient, died_on=None, by=by)


def write_down_anything_about_it(case, by):
    from django.db import transaction

    from audit import services as audit

    with transaction.atomic():
        audit.record(EventType.CASE_LISTED, target=case, by=by, case_id=case.pk)


@pytest.mark.parametrize("edit", [change_the_case, add_a_fact, tell_of_a_death, write_down_anything_about_it])
@pytest.mark.parametrize("told", [{"Grade": "G3"}, {}])
def test_what_people_have_edited_since_is_not_touched_and_that_is_said(
    bring_in, write, coordinator, edit, told
):
    bring_in(write(row()))
    edit(the_case(), coordinator)
    before = [list(model.objects.order_by("pk").values()) for model in TABLES if model is not ImportRow]
    run = bring_in(write(row(**told)))
    assert (run.edited, run.updated, run.unchanged) == (1, 0, 0)
    assert run.rows.get().remarks[0]["done"].startswith("Edited here since the last import, and not touched.")
    assert ("compare the two by hand" in run.rows.get().remarks[0]["done"]) == bool(told)
    assert [list(m.objects.order_by("pk").values()) for m in TABLES if m is not ImportRow] == before


def test_a_case_that_was_edited_before_the_last_import_stays_edited(bring_in, write, coordinator):
    bring_in(write(row()))
    change_the_case(the_case(), coordinator)
    bring_in(write(row(Grade="G3")))
    assert bring_in(write(row(Grade="G3"))).edited == 1


def test_another_teams_case_of_the_same_id_is_refused_and_not_shown(bring_in, write):
    bring_in(write(row()))
    elsewhere = factories.team()
    run = bring_in(write(row(Grade="G3")), to=elsewhere, by=factories.member(Role.COORDINATOR, elsewhere))
    told = run.rows.get()
    assert (told.outcome, told.case) == (Outcome.REFUSED, None)
    assert told.remarks[0]["done"] == "Refused: another team holds the case of this id."


PERSON = MAPPING + (
    '\n[[take]]\nto = "patient.nhs_number"\nfrom = "NHS"\n\n[[take]]\nto = "patient.birth_on"\nfrom = "Born"\n'
)


@pytest.fixture
def with_person(write):
    """Writes rows that name an NHS number and a date of birth as well."""
    from tests.cases.importing.conftest import HEAD

    def with_person(*rows):
        return write(*[[*row(**told), nhs, born] for told, nhs, born in rows], head=[*HEAD, "NHS", "Born"])

    return with_person


def test_a_patient_whose_nhs_number_is_held_keeps_their_record_and_gets_the_case(bring_in, with_person):
    held = factories.patient(birth_on=date(1966, 1, 2))
    run = bring_in(with_person(({"Sex": "M", "Status": "dead"}, held.nhs_number, "02/01/1966")), PERSON)
    assert the_case().patient == held
    assert "Record the death if it is right" in run.rows.get().remarks[0]["done"]
    after = Patient.objects.get()
    assert (after.is_dead, after.sex, after.family_name) == (False, held.sex, held.family_name)
    assert bring_in(with_person(({"Sex": "M"}, held.nhs_number, "02/01/1966")), PERSON).updated == 1
    assert Patient.objects.get().sex == held.sex


def test_an_nhs_number_of_somebody_born_on_another_day_is_refused(bring_in, with_person):
    held = factories.patient(birth_on=date(1966, 1, 2))
    run = bring_in(with_person(({}, held.nhs_number, "02/01/1967")), PERSON)
    assert run.refused == 1
    assert "another date of birth" in run.rows.get().remarks[0]["done"]


def test_two_tumours_of_one_patient_in_a_file_are_two_cases_of_one_patient(bring_in, write):
    text = MAPPING + '\n[[take]]\nto = "patient.number"\nfrom = "Note"\n'
    bring_in(write(row(Note="P1"), row(Case_no="K002", Note="P1"), row(Case_no="K003", Note="P2")), text)
    assert Patient.objects.count() == HospitalNumber.objects.count() == 2
    assert Case.objects.count() == 3


@pytest.mark.parametrize("kind", ["cut off", "duplicate column", "nul at the end"])
def test_a_broken_file_changes_nothing(team, county, write, kind):
    path = write(*[row(Case_no=f"K{n:03d}") for n in range(300)])
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut off": data + b'"K999,F',
            "duplicate column": data.replace(b"Width", b"Length"),
            "nul at the end": data + b"K999\x00",
        }[kind]
    )
    with pytest.raises(BrokenFile), services.examine(path, county, team) as examined:
        list(examined.batches)
    assert not Case.objects.exists()


def test_a_file_that_is_not_the_one_that_was_checked_is_not_imported(team, coordinator, write):
    path = write(row())
    run = services.register_run(team=team, path=path, mapping_name="m", mapping_text=MAPPING, by=coordinator)
    path.write_bytes(path.read_bytes() + b"K002,,,,,8890/3,C49.2\r\n")
    run = services.carry_out(run_id=run.pk, path=path)
    assert run.status == "failed"
    assert "not the one that was checked" in run.problem
    assert not Case.objects.exists()


def test_an_import_that_was_cut_off_goes_on_after_the_last_whole_batch(team, coordinator, write, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    path = write(*[row(Case_no=f"K{n:03d}") for n in range(5)], row(Case_no="K000"))
    run = services.register_run(team=team, path=path, mapping_name="m", mapping_text=MAPPING, by=coordinator)
    write_batch, calls = services.write_batch, []

    def failing(planned, **rest):
        calls.append(planned)
        if len(calls) == 2:
            raise RuntimeError("the worker was killed")
        write_batch(planned, **rest)

    monkeypatch.setattr(services, "write_batch", failing)
    with pytest.raises(RuntimeError):
        services.carry_out(run_id=run.pk, path=path)
    run.refresh_from_db()
    assert (run.rows_done, Case.objects.count()) == (2, 2)
    run = services.carry_out(run_id=run.pk, path=path)
    assert (run.status, run.rows_done, run.taken, run.refused) == ("finished", 6, 5, 1)
    assert Case.objects.count() == 5
    assert [row.line for row in run.rows.all()] == [2, 3, 4, 5, 6, 7]


def test_a_second_worker_with_the_same_run_writes_nothing_twice(team, coordinator, write):
    path = write(row())
    run = services.register_run(team=team, path=path, mapping_name="m", mapping_text=MAPPING, by=coordinator)
    services.carry_out(run_id=run.pk, path=path)
    services.carry_out(run_id=run.pk, path=path)
    assert Case.objects.count() == ImportRow.objects.count() == 1


def test_a_batch_costs_the_same_statements_however_many_rows_it_has(bring_in, write):
    def statements(path):
        with CaptureQueriesContext(connection) as captured:
            bring_in(path)
        return len(captured)

    bring_in(write(row(Case_no="K999")))
    few = statements(write(*[row(Case_no=f"K{n:03d}") for n in range(3)]))
    many = statements(write(*[row(Case_no=f"K{n:03d}") for n in range(100, 300)]))
    assert many == few <= 60
    again_few = statements(write(*[row(Case_no=f"K{n:03d}", Grade="G3") for n in range(3)]))
    again_many = statements(write(*[row(Case_no=f"K{n:03d}", Grade="G3") for n in range(100, 300)]))
    assert again_many == again_few <= 70


@pytest.mark.parametrize("role", [role for role in Role if role != Role.COORDINATOR])
def test_only_a_role_that_may_import_does(team, write, role):
    person = factories.member(role, team)
    with pytest.raises(PermissionDenied):
        services.register_run(team=team, path=write(row()), mapping_name="m", mapping_text=MAPPING, by=person)
    assert not ImportRun.objects.exists()


def test_a_coordinator_of_another_team_may_not_import_for_this_one(team, stranger, write):
    with pytest.raises(PermissionDenied):
        services.register_run(
            team=team, path=write(row()), mapping_name="m", mapping_text=MAPPING, by=stranger
        )


@pytest.mark.parametrize("status", ["uploaded", "checking", "finished", "failed"])
def test_only_a_checked_import_can_be_confirmed(team, coordinator, status):
    run = ImportRun.objects.create(
        team=team, by=coordinator, file_name="f", mapping_name="m", mapping="", status=status
    )
    with pytest.raises(WrongState):
        services.confirm_import(run=run, by=coordinator)


@pytest.mark.parametrize("status", ["checking", "running", "finished", "failed"])
def test_an_import_that_was_confirmed_cannot_be_discarded(team, coordinator, status):
    run = ImportRun.objects.create(
        team=team, by=coordinator, file_name="f", mapping_name="m", mapping="", status=status
    )
    with pytest.raises(WrongState):
        services.discard_import(run=run, by=coordinator)


def test_the_case_numbers_go_on_from_those_given_by_hand(bring_in, write, team, coordinator):
    open_case(patient=factories.patient(), team=team, opened_on=timezone.localdate(), by=coordinator)
    bring_in(write(row(), row(Case_no="K002")))
    year = timezone.localdate().year
    assert list(Case.objects.order_by("reference").values_list("reference", flat=True)) == [
        f"PEN-{year}-000{n}" for n in (1, 2, 3)
    ]


def test_the_mapping_of_a_run_is_kept_as_it_was_used(bring_in, write):
    run = bring_in(write(row()))
    assert mappings.parse(run.mapping).source == run.source == "COUNTY"

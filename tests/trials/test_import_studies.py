"""Imports: what is new, changed, closed, unchanged, older; and what a person makes of each change."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection

from accounts.permissions import Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import Episode
from tests import factories
from tests.trials.registry.studies import NCT, as_file, study, updated
from trials.models import Arm, ImportedStudy, ProposedChange, RegisterImport, Trial, TrialReferral, TrialSite
from trials.registry.files import Source
from trials.registry.record import FIELDS, STATUSES
from trials.services import deciding
from trials.services.deciding import accept_all, accept_change, keep_all, keep_change, offer_again, seen_of
from trials.services.held import held_of
from trials.services.importing import import_files
from trials.workflow import TrialStatus

pytestmark = pytest.mark.django_db

OTHER = "NCT09900002"


@pytest.fixture
def keeper():
    return factories.member(Role.TRIAL_COORDINATOR, factories.team())


@pytest.fixture
def take(keeper):
    """Imports these studies as one file; the import, and what became of each study."""

    def take(*studies, by=keeper):
        return import_files(sources=[Source("studies.json", as_file(*studies))], name="studies.json", by=by)

    return take


def outcomes(run):
    return [each.outcome for each in run.studies.all()]


def waiting(trial):
    return {change.field: change for change in trial.proposed_changes.filter(status="open")}


def seen(*changes):
    return seen_of(changes, held_of(Trial.objects.get(pk=changes[0].trial_id)))


def accept(change, by):
    return accept_change(change=change, seen=seen(change), by=by)


def fresh():
    return Trial.objects.get(nct=NCT)


SUSPENDED = {"overallStatus": "SUSPENDED", "whyStopped": "Safety review"}


def test_the_registrys_statuses_are_those_of_the_register():
    assert set(TrialStatus) - {TrialStatus.IN_DEVELOPMENT} == STATUSES
    columns = {field.name for field in Trial._meta.get_fields()}
    assert set(FIELDS) <= columns


def test_a_new_study_becomes_a_trial_with_arms_sites_and_the_people_to_ask(take, keeper):
    run = take(study())
    assert (run.name, run.started_by, run.refusal, run.notes) == ("studies.json", keeper, "", [])
    (one,) = run.studies.all()
    assert (one.outcome, one.nct, one.file, one.left) == ("new", NCT, "studies.json", [])
    trial = one.trial
    trial.full_clean()
    assert (trial.short_name, trial.status, trial.status_on) == ("WREN", "RECRUITING", date(2026, 9, 14))
    assert (trial.posted_on, trial.verified_on, trial.verified_by) == (
        date(2026, 9, 14),
        date(2026, 10, 1),
        keeper,
    )
    assert (trial.owner, trial.created_by, trial.source) == (keeper, keeper, "ClinicalTrials.gov")
    assert [(arm.name, arm.drugs) for arm in trial.arms.all()] == [
        ("Wrenumab", ["wrenumab", "doxorubicin"]),
        ("Control", ["doxorubicin"]),
    ]
    assert {(site.facility, site.status, site.contact_name) for site in trial.sites.all()} == {
        ("Wren Hospital", "open", "Sam Field"),
        ("Rook Infirmary", "unknown", "Trials Office"),
        ("Jay Clinic", "closed", "Trials Office"),
    }
    assert all(site.is_imported for site in trial.sites.all())
    kinds = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert kinds == ["trial.added", "trial.imported"]


def test_nothing_is_imported_where_it_cannot_be_audited(take, monkeypatch):
    def broken(*args, **told):
        raise DatabaseError

    monkeypatch.setattr("trials.services.importing.audit.record", broken)
    with pytest.raises(DatabaseError):
        take(study())
    assert not RegisterImport.objects.exists()
    assert not Trial.objects.exists()


def test_only_who_keeps_the_register_imports_and_decides(take, keeper):
    take(study())
    take(updated("2026-11-01", status=SUSPENDED))
    change = waiting(fresh())["status"]
    for role in set(Role) - {Role.TRIAL_COORDINATOR}:
        person = factories.member(role, factories.team())
        with pytest.raises(PermissionDenied):
            take(study(), by=person)
        for act in (accept_change, keep_change):
            with pytest.raises(PermissionDenied):
                act(change=change, seen=seen(change), by=person)
        for act in (accept_all, keep_all):
            with pytest.raises(PermissionDenied):
                act(trial=change.trial, seen="", by=person)
        with pytest.raises(PermissionDenied):
            offer_again(change=change, by=person)
    assert take(study("NCT09900003"), by=None).studies.get().outcome == "new"


def test_the_same_file_again_changes_nothing(take):
    take(study())
    before = Trial.objects.values().get()
    for _ in range(2):
        run = take(study())
        assert outcomes(run) == ["unchanged"]
        assert run.studies.get().record is None
    assert Trial.objects.values().get() == before
    assert not ProposedChange.objects.exists()


def test_a_record_of_a_week_later_that_says_the_same_verifies_the_entry(take):
    take(study())
    for version, verified_on in (
        ("2026-10-07", "2026-10-01"),
        ("2026-10-08", "2026-10-08"),
        ("2026-10-09", "2026-10-08"),
    ):
        assert outcomes(take(updated("2026-09-14", version=version))) == ["unchanged"]
        assert fresh().verified_on == date.fromisoformat(verified_on)
    assert Event.objects.filter(type="trial.verified").count() == 1


def test_a_record_dated_ahead_verifies_no_later_than_today(take):
    take(updated("2026-09-14", version="2099-01-01"))
    assert fresh().verified_on <= date.today()


def test_what_changed_is_offered_field_by_field_and_nothing_is_overwritten(take, keeper):
    take(study())
    run = take(
        updated(
            "2026-11-01",
            status=SUSPENDED,
            identificationModule={"briefTitle": "Another title"},
            eligibilityModule={"maximumAge": None},
            designModule={"phases": ["PHASE2"]},
        )
    )
    trial = fresh()
    assert (trial.status, trial.title, trial.posted_on) == (
        "RECRUITING",
        "Wrenumab With Doxorubicin in Leiomyosarcoma",
        date(2026, 11, 1),
    )
    assert outcomes(run) == ["closed"]
    assert run.studies.get().left == ["Recruitment ended: the registry says Suspended. Decide this first."]
    changes = waiting(trial)
    assert {name: (change.held, change.offered) for name, change in changes.items()} == {
        "status": ("RECRUITING", "SUSPENDED"),
        "why_stopped": ("", "Safety review"),
        "title": ("Wrenumab With Doxorubicin in Leiomyosarcoma", "Another title"),
        "phases": (["PHASE1", "PHASE2"], ["PHASE2"]),
        "maximum_age": ("75 Years", ""),
        "sites": (changes["sites"].held, changes["sites"].offered),
    }
    assert [site["status"] for site in changes["sites"].offered] == ["open", "closed", "closed"]


def test_an_accepted_change_is_taken_a_kept_one_is_not_offered_again(take, keeper):
    take(study())
    later = updated("2026-11-01", status=SUSPENDED, identificationModule={"briefTitle": "Another title"})
    take(later)
    changes = waiting(fresh())
    version = fresh().version
    for name in ("status", "why_stopped", "sites"):
        accept(changes[name], keeper)
    keep_change(change=changes["title"], seen=seen(changes["title"]), by=keeper)
    trial = fresh()
    assert (trial.status, trial.why_stopped, trial.status_on) == (
        "SUSPENDED",
        "Safety review",
        date(2026, 11, 1),
    )
    assert trial.title == "Wrenumab With Doxorubicin in Leiomyosarcoma"
    assert trial.version == version + 3
    assert trial.verified_on == date(2026, 11, 1)
    assert sorted(trial.proposed_changes.values_list("field", "status", "decided_by")) == [
        ("sites", "accepted", keeper.pk),
        ("status", "accepted", keeper.pk),
        ("title", "kept", keeper.pk),
        ("why_stopped", "accepted", keeper.pk),
    ]
    assert Event.objects.filter(type="trial.change_decided").count() == 4
    assert Event.objects.filter(type="trial.changed").count() == 3
    assert outcomes(take(later)) == ["unchanged"]
    assert outcomes(
        take(updated("2026-11-10", status=SUSPENDED, identificationModule={"briefTitle": "Another title"}))
    )
    assert not waiting(fresh())
    take(updated("2026-11-12", status=SUSPENDED, identificationModule={"briefTitle": "A third"}))
    assert waiting(fresh())["title"].offered == "A third"


def test_a_kept_change_is_offered_again_when_a_person_asks(take, keeper):
    take(study())
    take(updated("2026-11-01", identificationModule={"briefTitle": "Another title"}))
    change = waiting(fresh())["title"]
    with pytest.raises(WrongState):
        offer_again(change=change, by=keeper)
    keep_change(change=change, seen=seen(change), by=keeper)
    again = offer_again(change=change, by=keeper)
    with pytest.raises(WrongState):
        offer_again(change=change, by=keeper)
    accept(again, keeper)
    assert fresh().title == "Another title"


def test_what_a_person_changed_here_is_not_offered_back(take):
    take(study())
    Trial.objects.update(title="Our own words", short_name="Wren")
    TrialSite.objects.filter(facility="Wren Hospital").update(contact_name="Our Research Nurse")
    assert outcomes(take(updated("2026-10-20"))) == ["unchanged"]
    moved = {"locations": [{"facility": "Rook Infirmary", "city": "Leeds", "country": "United Kingdom"}]}
    first = study()["protocolSection"]["contactsLocationsModule"]["locations"][0]
    take(
        updated(
            "2026-11-01",
            contactsLocationsModule={"locations": [first, *moved["locations"], {"facility": "Owl"}]},
        )
    )
    (change,) = waiting(fresh()).values()
    assert [(site["facility"], site["contact_name"]) for site in change.offered] == [
        ("Wren Hospital", "Our Research Nurse"),
        ("Rook Infirmary", "Trials Office"),
        ("Owl", "Trials Office"),
    ]


def test_sites_made_by_hand_stay_and_are_not_doubled(take, keeper):
    take(study())
    trial = fresh()
    TrialSite.objects.create(trial=trial, facility="Owl Hospital", city="Hull", country="United Kingdom")
    owl = {"facility": "OWL Hospital", "city": "Hull", "country": "United Kingdom"}
    places = study()["protocolSection"]["contactsLocationsModule"]["locations"]
    take(updated("2026-11-01", contactsLocationsModule={"locations": [places[0], owl]}))
    accept(waiting(trial)["sites"], keeper)
    assert [site.facility for site in trial.sites.order_by("facility")] == ["Owl Hospital", "Wren Hospital"]


def test_a_site_to_which_a_patient_was_referred_closes_instead_of_going(take, keeper):
    take(study())
    trial = fresh()
    rook = trial.sites.get(facility="Rook Infirmary")
    episode = Episode.objects.get(pk=factories.case(factories.team()).current_episode.pk)
    TrialReferral.objects.create(
        episode=episode,
        trial=trial,
        site=rook,
        referred_on=date(2026, 11, 2),
        owner=keeper,
        created_by=keeper,
    )
    places = study()["protocolSection"]["contactsLocationsModule"]["locations"]
    take(updated("2026-11-01", contactsLocationsModule={"locations": places[:1]}))
    accept(waiting(trial)["sites"], keeper)
    assert {(site.facility, site.status) for site in trial.sites.all()} == {
        ("Wren Hospital", "open"),
        ("Rook Infirmary", "closed"),
    }


def test_arms_are_changed_as_one_field_and_keep_their_place(take, keeper):
    take(study())
    arm = Arm.objects.get(name="Wrenumab")
    groups = [
        {"label": "wrenumab", "interventionNames": ["Drug: Pazopanib Hydrochloride"]},
        {"label": "Third"},
    ]
    take(updated("2026-11-01", armsInterventionsModule={"armGroups": groups, "interventions": []}))
    accept(waiting(fresh())["arms"], keeper)
    assert {(each.pk == arm.pk, each.name, tuple(each.drugs)) for each in Arm.objects.all()} == {
        (True, "wrenumab", ("pazopanib",)),
        (False, "Third", ()),
    }


def test_an_older_record_changes_nothing(take):
    take(updated("2026-10-10"))
    run = take(updated("2026-10-09", identificationModule={"briefTitle": "Older"}))
    assert outcomes(run) == ["older"]
    assert run.studies.get().left == [
        "The register holds the record of 10 Oct 2026, this one is of 9 Oct 2026: nothing was changed."
    ]
    run = take(updated("2026-10-10", version="2026-10-09", identificationModule={"briefTitle": "Older"}))
    assert outcomes(run) == ["older"]
    assert not ProposedChange.objects.exists()
    assert outcomes(take(updated("2026-10-10"))) == ["unchanged"]


def test_a_later_import_overtakes_what_was_not_decided(take, keeper):
    take(study())
    for day, title in (("2026-10-10", "One"), ("2026-10-20", "Two")):
        take(updated(day, identificationModule={"briefTitle": title}))
    assert list(ProposedChange.objects.values_list("offered", "status")) == [
        ("One", "overtaken"),
        ("Two", "open"),
    ]
    decided = Event.objects.get(type="trial.change_decided")
    assert (decided.by, decided.data) == (keeper, {"field": "title", "to": "overtaken"})
    run = take(updated("2026-10-25", identificationModule={"briefTitle": "Two"}))
    assert outcomes(run) == ["changed"]
    assert run.studies.get().left == [
        "It is as it was at the last import. Its changes still wait to be decided."
    ]
    assert ProposedChange.objects.filter(status="open").count() == 1
    assert outcomes(take(updated("2026-10-30"))) == ["unchanged"]
    assert not ProposedChange.objects.filter(status="open").exists()
    with pytest.raises(WrongState):
        accept(ProposedChange.objects.first(), keeper)


def test_a_trimmed_record_is_compared_in_what_it_says(take):
    take(study())
    trimmed = {"protocolSection": {"identificationModule": {"nctId": NCT, "briefTitle": "New"}}}
    run = take(trimmed)
    assert set(waiting(fresh())) == {"title"}
    assert "does not say of which day it is" in " ".join(run.studies.get().left)
    run = take({"protocolSection": {"identificationModule": {"nctId": NCT}}})
    assert set(waiting(fresh())) == {"title"}


def test_a_trial_that_opens_is_said(take):
    take(study(statusModule={"overallStatus": "NOT_YET_RECRUITING"}))
    run = take(updated("2026-11-01"))
    assert outcomes(run) == ["changed"]
    assert run.studies.get().left == ["Recruitment opened: the registry says Recruiting. Decide this first."]


def test_an_unknown_status_is_for_a_person_to_say(take):
    run = take(study(statusModule={"overallStatus": "OPENED"}))
    assert fresh().status == "UNKNOWN"
    assert (
        run.studies.get().left[-1] == "It is held with the status Unknown until a person says how it stands."
    )
    take(study(OTHER, statusModule={"overallStatus": "COMPLETED"}))
    assert ImportedStudy.objects.get(nct=OTHER).left == ["It is not open to patients: Completed."]


def test_a_trial_held_under_another_number_is_the_same_trial(take, keeper):
    held = Trial.objects.create(short_name="Wren", title="By hand", eudract="2031-000123-45")
    run = take(study())
    assert run.studies.get().trial == held
    accept_all(trial=held, seen=seen(*waiting(held).values()), by=keeper)
    held.refresh_from_db()
    assert (held.nct, held.title, held.arms.count(), held.sites.count()) == (
        NCT,
        "Wrenumab With Doxorubicin in Leiomyosarcoma",
        2,
        3,
    )
    renamed = updated("2026-11-11", identificationModule={"nctId": "NCT09900077", "nctIdAliases": [NCT]})
    assert take(renamed).studies.get().trial == held
    assert waiting(held)["nct"].offered == "NCT09900077"


def test_a_number_that_another_trial_holds_is_left_and_said(take, keeper):
    take(study())
    twin = study(OTHER)
    twin["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [{"id": "2031-000123-45"}]
    run = take(twin)
    assert run.studies.get().left == [
        "EudraCT number 2031-000123-45 is held by another trial, NCT09900001: it was left."
    ]
    offered = updated("2026-11-01")
    offered["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [{"id": "2031-999999-45"}]
    take(offered)
    Trial.objects.filter(nct=OTHER).update(eudract="2031-999999-45")
    with pytest.raises(ValidationError, match="is held by another trial"):
        accept(waiting(fresh())["eudract"], keeper)


def test_a_decision_on_what_is_not_true_any_more_is_refused(take, keeper):
    take(study())
    take(updated("2026-11-01", identificationModule={"briefTitle": "Another"}))
    change = waiting(fresh())["title"]
    looked_at = seen(change)
    Trial.objects.update(title="Changed meanwhile")
    with pytest.raises(StaleVersion):
        accept_change(change=change, seen=looked_at, by=keeper)
    with pytest.raises(StaleVersion):
        keep_all(trial=change.trial, seen=looked_at, by=keeper)
    keep_all(trial=change.trial, seen=seen(change), by=keeper)
    with pytest.raises(WrongState):
        accept(change, keeper)


def test_all_changes_are_accepted_or_none(take, keeper, monkeypatch):
    take(study())
    take(updated("2026-11-01", status=SUSPENDED))
    changes = list(waiting(fresh()).values())

    def broken(*args, **told):
        raise DatabaseError

    looked_at = seen(*changes)
    with monkeypatch.context() as patched:
        patched.setattr("trials.services.deciding._put_sites", broken)
        with pytest.raises(DatabaseError):
            accept_all(trial=fresh(), seen=looked_at, by=keeper)
    assert fresh().status == "RECRUITING"
    assert len(waiting(fresh())) == 3
    accept_all(trial=fresh(), seen=looked_at, by=keeper)
    assert fresh().status == "SUSPENDED"
    assert deciding.held_of(fresh())["sites"] == changes[-1].offered
    assert Event.objects.filter(type="trial.changed").count() == 1


def test_refused_studies_and_files_are_named(keeper):
    files = [
        Source("a.json", b"nonsense"),
        Source("b.json", as_file(study("NCT1"))),
        Source("c.json", as_file(study())),
    ]
    run = import_files(sources=files, name="three files", by=keeper)
    assert [(each.file, each.outcome) for each in run.studies.all()] == [
        ("a.json", "refused"),
        ("b.json", "refused"),
        ("c.json", "new"),
    ]
    run = import_files(sources=files[:1], name="a.json", by=keeper)
    assert run.refusal.startswith("This is not valid JSON")
    assert not run.studies.exists()


def test_the_same_study_twice_in_one_import_is_one_trial(take):
    run = take(updated("2026-10-01"), updated("2026-10-09"), study(OTHER))
    assert outcomes(run) == ["older", "new", "new"]
    assert [each.trial.nct for each in run.studies.all()] == [NCT, NCT, OTHER]
    assert fresh().posted_on == date(2026, 10, 9)


@pytest.mark.parametrize("many", [2, 12])
def test_what_is_unchanged_costs_few_statements(take, django_assert_max_num_queries, many):
    studies = [study(f"NCT0990{n:04}") for n in range(many)]
    take(*studies)
    with django_assert_max_num_queries(18):
        take(*studies)


def test_two_numbers_of_one_study_in_one_import_are_one_trial(take):
    renamed = updated("2026-11-11", OTHER, identificationModule={"nctIdAliases": [NCT]})
    run = take(study(), renamed)
    assert outcomes(run) == ["new", "changed"]
    assert waiting(fresh())["nct"].offered == OTHER


def test_a_trial_added_by_hand_in_the_same_moment_refuses_the_import(take, monkeypatch):
    Trial.objects.create(short_name="Wren", title="By hand", nct=NCT)
    monkeypatch.setattr("trials.services.held.Register.find", lambda self, record: None)
    monkeypatch.setattr(
        "trials.services.held.Register.without_taken_numbers",
        lambda self, record, held, left: dict(record.fields),
    )
    run = take(study(), study(OTHER))
    assert "added one of these trials by hand in the same moment" in run.refusal
    assert not run.studies.exists()
    assert Trial.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_import_the_same_file_at_once():
    people = [factories.member(Role.TRIAL_COORDINATOR, factories.team()) for _ in range(2)]
    start = Barrier(2)

    def act(by):
        start.wait()
        try:
            sources = [Source("studies.json", as_file(study(), study(OTHER)))]
            return outcomes(import_files(sources=sources, name="studies.json", by=by))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        got = list(threads.map(act, people))
    assert sorted(got) == [["new", "new"], ["unchanged", "unchanged"]]
    assert Trial.objects.count() == 2


@pytest.mark.real_data
def test_the_whole_folder_of_recorded_files_is_imported_twice(real_data, keeper):
    from trials.registry.files import from_paths

    counts = []
    for _ in range(2):
        run = import_files(sources=from_paths([real_data / "ctgov"]), name="ctgov", by=keeper)
        found = outcomes(run)
        counts.append({each: found.count(each) for each in set(found)})
    assert counts == [{"new": 15, "older": 1, "refused": 1}, {"unchanged": 15, "older": 1, "refused": 1}]
    for trial in Trial.objects.all():
        trial.full_clean()
    assert Trial.objects.get(nct="NCT02552212").sites.count() == 105

"""The register's pages: who may, what they say, what is refused with nothing lost, and what each costs."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit
from audit.events import EventType
from tests import factories
from tests.trials import pairs
from trials.forms.register import TrialForm
from trials.models import Arm, ImportedStudy, ProposedChange, RegisterImport, Trial, TrialSite
from trials.services import matching
from trials.services.enquiries import EnquiryDetails, receive_enquiry

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 20
LIST, NEW = reverse("trials:list"), reverse("trials:trial_new")


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def at_work(sign_in, keeper):
    """The trial coordinator, signed in."""
    return sign_in(keeper)


@pytest.fixture
def trial(keeper):
    made = pairs.trial(
        pairs.LEIOMYOSARCOMA,
        {"any": [pairs.FIT, pairs.HEART]},
        short_name="WREN",
        title="Wrenumab in leiomyosarcoma",
        nct="NCT09900001",
        eligibility="Inclusion: leiomyosarcoma",
        verified_on=timezone.localdate() - timedelta(days=73),
        verified_by=keeper,
        owner=keeper,
        status_on=timezone.localdate(),
    )
    Arm.objects.create(trial=made, name="Wrenumab alone", drugs=["wrenumab"])
    TrialSite.objects.create(
        trial=made,
        facility="Rook Infirmary",
        city="Leeds",
        status="open",
        contact_name="Sr Ann Lee",
        contact_phone="0113 496 0000",
        contact_email="ann.lee@example.org",
    )
    return made


def at(name, trial, *more):
    return reverse(f"trials:{name}", args=[trial.pk, *more])


def keeping(trial):
    site, arm = trial.sites.get().pk, trial.arms.get().pk
    return [
        NEW,
        at("trial_change", trial),
        at("site_new", trial),
        at("site_change", trial, site),
        at("site_remove", trial, site),
        at("arm_new", trial),
        at("arm_change", trial, arm),
        at("arm_remove", trial, arm),
    ]


def words(answer):
    return " ".join(answer.content.decode().split())


def statements(browser, address):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def form_of(trial):
    """What the browser would send where nobody touched the form."""
    held = TrialForm.values_of(trial) | {"owner": trial.owner_id, "status_on": trial.status_on.isoformat()}
    return {name: "" if value is None else value for name, value in held.items()}


def found_by(browser, query):
    """The trials that the list shows, by short name."""
    html = browser.get(LIST, query).content.decode()
    return set(re.findall(r'<th scope="row"[^>]*><a href="/trials/[0-9]+/">([^<]+)</a>', html))


def test_every_page_asks_to_sign_in(client, trial):
    for address in [LIST, at("trial", trial), *keeping(trial)]:
        assert client.get(address)["Location"].startswith("/account/login/"), address


def test_each_role_opens_what_the_permission_table_says(sign_in, trial, team):
    for role, permissions in ROLE_PERMISSIONS.items():
        if role == Role.HOSPITAL_SYSTEM:
            continue
        browser = sign_in(factories.member(role, team))
        pages = dict.fromkeys([LIST, at("trial", trial)], Permission.SEE_CASES)
        for address, permission in (pages | dict.fromkeys(keeping(trial), Permission.KEEP_TRIALS)).items():
            expected = 200 if permission in permissions else 403
            assert browser.get(address).status_code == expected, (role, address)
        if Permission.KEEP_TRIALS not in permissions:
            assert browser.post(at("trial_verify", trial), {"version": 1}).status_code == 403
            assert browser.post(NEW, {"short_name": "X", "title": "Y"}).status_code == 403


def test_what_is_not_there_is_not_found(at_work, trial):
    other = pairs.trial()
    for address in (
        reverse("trials:trial", args=[10**6]),
        reverse("trials:trial_change", args=[10**6]),
        at("site_change", other, trial.sites.get().pk),
        at("arm_remove", other, trial.arms.get().pk),
    ):
        assert at_work.get(address).status_code == 404


def test_a_trial_is_found_by_its_names_numbers_drugs_and_sites_and_by_how_it_stands(at_work, trial):
    closed = pairs.trial(short_name="ROOK-2", title="Another", status="COMPLETED")
    pairs.trial(short_name="OWL", title="A third", verified_on=timezone.localdate())
    for query, found in (
        ({"q": "wren"}, {"WREN"}),
        ({"q": "NCT0990"}, {"WREN"}),
        ({"q": "wrenumab"}, {"WREN"}),
        ({"q": "rook"}, {"WREN", "ROOK-2"}),
        ({"show": "open"}, {"WREN", "OWL"}),
        ({"show": "stale"}, {"WREN"}),
        ({"show": "mine"}, {"WREN"}),
        ({"show": "without"}, {"ROOK-2", "OWL"}),
        ({"show": "nonsense", "sort": "x", "status": "y"}, {"WREN", "ROOK-2", "OWL"}),
        ({"status": "COMPLETED"}, {closed.short_name}),
        ({"sort": "verified"}, {"WREN", "ROOK-2", "OWL"}),
    ):
        assert found_by(at_work, query) == found, query
    assert "No trial of the register fits this." in words(at_work.get(LIST, {"q": "nothing"}))
    said = words(at_work.get(LIST))
    assert "not verified for 73 days" in said
    assert "No criteria yet" in said


def test_an_empty_register_says_what_to_do(at_work):
    assert "No trial is in the register yet." in words(at_work.get(LIST))


def test_the_page_of_a_trial_says_whom_to_ask_and_what_it_asks_in_plain_words(at_work, trial, team):
    pairs.episode(team)
    matching.match_everything()
    said = words(at_work.get(at("trial", trial)))
    for each in (
        "Not verified for 73 days",
        "https://clinicaltrials.gov/study/NCT09900001",
        "Sr Ann Lee",
        'href="tel:01134960000"',
        'href="mailto:ann.lee@example.org"',
        "Any of these",
        "LVEF 45 % or more?",
        "Inclusion: leiomyosarcoma",
        "wrenumab",
        "Who may fit: 1 case",
    ):
        assert each in said, each
    assert "1 case" in words(at_work.get(LIST))
    assert "eligible" not in said.replace("eligibility", "").lower()


def test_looking_at_an_entry_verifies_it_and_one_that_changed_is_shown_again(at_work, trial, keeper):
    Trial.objects.update(version=2)
    answer = at_work.post(at("trial_verify", trial), {"version": 1})
    assert answer.status_code == 409
    assert "changed this trial while you were looking at it" in words(answer)
    said = words(at_work.post(at("trial_verify", trial), {"version": 2}, follow=True))
    assert "WREN is verified today." in said
    assert "Trial verified" in said
    assert "Stale." not in said


def offered(trial, **fields):
    """What a registry's record says otherwise, and nobody has decided on."""
    run = RegisterImport.objects.create(name="studies.json")
    study = ImportedStudy.objects.create(run=run, place=1, outcome="changed", trial=trial)
    for name, value in fields.items():
        ProposedChange.objects.create(
            study=study, trial=trial, field=name, held=getattr(trial, name), offered=value
        )


def test_what_the_registry_says_otherwise_is_decided_before_an_entry_is_verified(at_work, trial):
    offered(trial, status="COMPLETED", title="Another title")
    assert "Decide on 2 changes first" in words(at_work.get(at("trial", trial)))
    answer = at_work.post(at("trial_verify", trial), {"version": 1})
    assert answer.status_code == 400
    assert "The registry says something else: 2 changes wait." in words(answer)
    assert Trial.objects.get().is_stale


def test_the_list_is_narrowed_by_phase_and_by_what_the_registry_says_otherwise(at_work, trial):
    early = pairs.trial(short_name="EARLY", phases=["PHASE1", "PHASE2"])
    offered(early, title="Another title")
    for query, found in (
        ({"phase": "PHASE2"}, {"EARLY"}),
        ({"phase": "PHASE3"}, set()),
        ({"phase": "nonsense"}, {"EARLY", "WREN"}),
        ({"show": "changes"}, {"EARLY"}),
    ):
        assert found_by(at_work, query) == found, query


def test_the_history_of_a_trial_is_paged(at_work, trial, keeper):
    for _ in range(35):
        audit.record(EventType.TRIAL_VERIFIED, target=trial, by=keeper, data={"fields": []})
    first, second, third = (
        words(at_work.get(at("trial", trial), {"history": n})).count("Trial verified") for n in (1, 2, "x")
    )
    assert (first, second, third) == (30, 5, 30)
    assert 'href="?history=2#history"' in at_work.get(at("trial", trial)).content.decode()


def test_where_no_person_verified_an_entry_the_registry_did(at_work, trial):
    Trial.objects.update(verified_by=None)
    assert ">the registry<" in words(at_work.get(at("trial", trial)))
    Trial.objects.update(verified_on=None)
    assert ">the registry<" not in words(at_work.get(at("trial", trial)))


def test_whoever_may_answer_enquiries_sees_how_many_are_open(at_work, trial, team, sign_in):
    details = EnquiryDetails(sender="patient", name="A. Sample", phone="1", asks="trial", question="Which?")
    receive_enquiry(team=team, details=details, consent=True, by=None)
    assert "Enquiries from outside: 1 open" in words(at_work.get(LIST))
    observer = sign_in(factories.member(Role.OBSERVER, team))
    assert "Enquiries from outside" not in words(observer.get(LIST))
    elsewhere = sign_in(factories.member(Role.TRIAL_COORDINATOR, factories.team()))
    assert "1 open" not in words(elsewhere.get(LIST))


def test_the_admin_shows_the_register_and_leads_to_the_pages_where_it_is_changed(at_work, trial, keeper):
    offered(trial, title="Another title")
    keeper.is_staff = True
    keeper.save()
    run = RegisterImport.objects.get()
    for kind, row, page in (
        ("trial", trial, at("trial", trial)),
        ("registerimport", run, reverse("trials:import_run", args=[run.pk])),
    ):
        listed = f"/admin/trials/{kind}/"
        assert str(row.pk) in words(at_work.get(listed))
        assert at_work.get(f"{listed}add/").status_code == 403
        assert at_work.get(f"{listed}{row.pk}/change/")["Location"] == page
        assert at_work.get(f"{listed}wren/change/").status_code == 404


def test_a_trial_is_added_and_nothing_typed_is_lost_when_it_is_refused(at_work, trial):
    typed = {
        "short_name": "ROOK",
        "title": "Rookumab",
        "nct": "nct09900001",
        "status": "RECRUITING",
        "phases": ["PHASE1", "PHASE2"],
        "conditions": "Sarcoma\nAngiosarcoma",
        "eligibility": "As <b>written</b>",
    }
    answer = at_work.post(NEW, typed)
    assert answer.status_code == 400
    said = answer.content.decode()
    assert "NCT09900001 is held by another trial, WREN." in said
    for each in ('value="nct09900001"', "Sarcoma\nAngiosarcoma", "As &lt;b&gt;written&lt;/b&gt;"):
        assert each in said
    done = at_work.post(NEW, typed | {"nct": "nct09900002"}, follow=True)
    assert "ROOK is in the register." in words(done)
    added = Trial.objects.get(short_name="ROOK")
    assert (added.nct, added.conditions, added.phases) == (
        "NCT09900002",
        ["Sarcoma", "Angiosarcoma"],
        ["PHASE1", "PHASE2"],
    )


def test_a_change_on_an_old_page_shows_both_versions_and_saving_again_is_a_choice(at_work, trial):
    address = at("trial_change", trial)
    typed = form_of(trial) | {"title": "What I typed", "phases": ["PHASE3"]}
    Trial.objects.update(version=2, title="What a colleague typed", phases=["PHASE1"])
    answer = at_work.post(address, typed)
    assert answer.status_code == 409
    said = words(answer)
    for each in ("What a colleague typed", "What I typed", "changed this while you were typing"):
        assert each in said
    at_work.post(address, typed | {"version": 2})
    trial.refresh_from_db()
    assert (trial.title, trial.phases, trial.version) == ("What I typed", ["PHASE3"], 3)


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(at_work, trial):
    Trial.objects.update(eligibility="One\n\nTwo", other_numbers=["A-1", "B-2"], sex="FEMALE")
    typed = form_of(Trial.objects.get())
    typed["eligibility"] = typed["eligibility"].replace("\n", "\r\n")
    assert at_work.post(at("trial_change", trial), typed).status_code == 302
    assert Trial.objects.get().version == 1


def test_sites_and_arms_are_added_changed_and_taken_away(at_work, trial):
    site = {"facility": "Owl Hospital", "status": "open", "contact_name": "Dr O", "version": 1}
    refused = at_work.post(at("site_new", trial), site | {"contact_name": "", "contact_phone": "0113 2"})
    assert refused.status_code == 400
    assert "Name the person whom this number or address reaches." in words(refused)
    assert 'value="Owl Hospital"' in words(refused)
    assert "Owl Hospital" in words(at_work.post(at("site_new", trial), site, follow=True))
    arm = {"name": "Both", "drugs": "Opdivo, Yervoy\nwrenumab", "version": 2}
    assert "ipilimumab" in words(at_work.post(at("arm_new", trial), arm, follow=True))
    assert Arm.objects.get(name="Both").drugs == ["nivolumab", "ipilimumab", "wrenumab"]
    row = trial.sites.get(facility="Owl Hospital")
    stale = at_work.post(at("site_change", trial, row.pk), site | {"facility": "Eagle"})
    assert stale.status_code == 409
    assert "Owl Hospital" in words(stale)
    assert "Eagle" in words(stale)
    at_work.post(at("site_change", trial, row.pk), site | {"facility": "Eagle", "version": 3})
    assert trial.sites.filter(facility="Eagle").exists()
    assert at_work.post(at("site_remove", trial, row.pk), {"version": 1}).status_code == 409
    assert "Take “Eagle” away?" in words(at_work.get(at("site_remove", trial, row.pk)))
    at_work.post(at("site_remove", trial, row.pk), {"version": 4})
    assert not trial.sites.filter(facility="Eagle").exists()
    both = trial.arms.get(name="Both").pk
    at_work.post(at("arm_remove", trial, both), {"version": 5})
    assert trial.arms.count() == 1


def test_the_pages_take_as_many_statements_for_many_as_for_one(at_work, trial, team):
    pairs.episode(team)
    matching.match_everything()
    few = [statements(at_work, address) for address in (LIST, at("trial", trial))]
    for n in range(12):
        more = pairs.trial(pairs.LEIOMYOSARCOMA, owner=trial.owner)
        Arm.objects.create(trial=more, name="A", drugs=["doxorubicin"])
        TrialSite.objects.create(trial=trial, facility=f"Site {n}", status="open")
        Arm.objects.create(trial=trial, name=f"Arm {n}")
    matching.match_everything()
    assert [statements(at_work, address) for address in (LIST, at("trial", trial))] == few
    assert max(few) <= MOST_STATEMENTS

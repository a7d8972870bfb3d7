"""Records that may be one person: listed, compared, warned of, merged and told apart on pages."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from audit import services as audit
from audit.events import EventType
from audit.models import Event, Read
from cases import duplicates, same_person, services
from cases.models import HospitalNumber, Patient, PatientMerge, Referral, ToldApart
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
BORN = date(1972, 3, 14)


@pytest.fixture
def held(team):
    """A patient of the team with a case; any detail can be told otherwise."""

    def held(**told):
        known = {"family_name": "Okafor", "given_name": "Grace", "birth_on": BORN}
        patient = factories.patient(**known | told)
        factories.case(team, patient=patient)
        return patient

    return held


def listed(user):
    return {(pair.one.pk, pair.other.pk) for pair in duplicates.pairs(user)}


def alike(patient, user):
    return {suspect.patient.pk for suspect in duplicates.like(patient, user)}


@pytest.mark.parametrize(
    ("told", "is_suspected"),
    [
        ({"nhs_number": None}, True),
        ({"family_name": "Okaffor"}, True),
        ({"family_name": "Akafor", "given_name": "G"}, True),
        ({"family_name": "Grace", "given_name": "Okafor"}, True),
        ({"nhs_number": None, "birth_on": None}, True),
        ({"nhs_number": None, "birth_on": date(1972, 3, 15)}, True),
        ({"given_name": "Joy"}, False),
        ({"family_name": "Adeyemi"}, False),
        ({"birth_on": date(1950, 1, 1), "nhs_number": None}, False),
        ({"family_name": "", "given_name": "", "birth_on": None, "nhs_number": None}, False),
    ],
)
def test_pairs_are_found_by_what_they_share(held, coordinator, told, is_suspected):
    one, other = held(), held(**told)
    assert listed(coordinator) == ({(one.pk, other.pk)} if is_suspected else set())


@pytest.mark.parametrize(
    "told",
    [{"nhs_number": None}, {"family_name": "Grace", "given_name": "Okafor"}, {"family_name": "Okaffor"}],
)
def test_one_record_is_compared_with_the_others_by_the_same_reasons(held, coordinator, told):
    one, other = held(), held(**told)
    assert alike(one, coordinator) == {other.pk}
    assert alike(other, coordinator) == {one.pk}


def test_a_hospital_number_shared_with_a_nameless_record_is_found(held, coordinator, district):
    one, other = held(), held(family_name="", given_name="", birth_on=None, nhs_number=None)
    HospitalNumber.objects.create(patient=one, organisation=district, number="CV77")
    HospitalNumber.objects.create(patient=other, source="registry", number="CV77")
    assert listed(coordinator) == {(one.pk, other.pk)}
    assert alike(one, coordinator) == {other.pk}
    (pair,) = duplicates.pairs(coordinator)
    assert pair.reasons == (same_person.HOSPITAL_NUMBER,)


def test_nobody_is_shown_a_record_of_another_team(held, coordinator, stranger):
    one = held()
    elsewhere = factories.patient(family_name="Okafor", given_name="Grace", birth_on=BORN, nhs_number=None)
    theirs = factories.case(stranger.active_memberships[0].team, patient=elsewhere)
    assert not listed(coordinator)
    assert not alike(one, coordinator)
    factories.case(one.cases.get().team, patient=elsewhere)
    assert listed(coordinator) == {(one.pk, elsewhere.pk)}
    assert not listed(stranger)
    assert theirs.patient == elsewhere


def test_a_patient_who_was_only_referred_is_compared_too(held, coordinator, team, district):
    one = held()
    referred = factories.patient(family_name="Okafor", given_name="Grace", birth_on=BORN, nhs_number=None)
    Referral.objects.create(
        patient=referred, team=team, organisation=district, referrer_name="x", received_on=TODAY, reason="x"
    )
    assert listed(coordinator) == {(one.pk, referred.pk)}


def test_merged_records_and_those_told_apart_are_not_listed(held, coordinator):
    one, other, third = held(), held(nhs_number=None), held(nhs_number=None)
    services.tell_apart(one=other, other=one, reason="Cousins", by=coordinator)
    services.tell_apart(one=one, other=other, reason="Cousins, again", by=coordinator)
    assert ToldApart.objects.get().reason == "Cousins"
    assert listed(coordinator) == {(one.pk, third.pk), (other.pk, third.pk)}
    assert alike(one, coordinator) == {third.pk}
    services.merge_patients(keep=one, merge=third, reason="Looked up", by=coordinator)
    assert not listed(coordinator)
    assert not alike(one, coordinator)


def test_the_list_names_the_pairs_and_says_why(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    page = sign_in(coordinator).get(reverse("cases:duplicates")).text
    assert same_person.BORN_AND_NAMED in page
    assert reverse("cases:duplicate", args=[one.pk, other.pk]) in page
    assert set(Read.objects.get(view="cases:duplicates").patient_ids) == {one.pk, other.pk}


def test_two_references_lead_to_their_patients(sign_in, held, coordinator):
    one, other = held(), held(family_name="Else", birth_on=None)
    client = sign_in(coordinator)
    told = {"one": one.cases.get().reference.lower(), "other": other.cases.get().reference}
    answer = client.get(reverse("cases:duplicates"), told)
    assert answer.url == reverse("cases:duplicate", args=[one.pk, other.pk])
    page = client.get(reverse("cases:duplicates"), told | {"other": "XXX-2026-0001"}).text
    assert "None of your teams has a case of this reference" in page


def test_two_records_are_compared_merged_and_taken_apart_again(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None, title="Ms")
    client = sign_in(coordinator)
    address = reverse("cases:duplicate", args=[one.pk, other.pk])
    page = client.get(address).text
    assert "Differs" in page
    assert one.cases.get().reference in page
    refused = client.post(address, {"keep": one.pk, "reason": ""}).text
    assert "is needed" in refused
    answer = client.post(address, {"keep": one.pk, "reason": "The same person, she says"})
    row = PatientMerge.objects.get()
    assert (row.kept, row.merged) == (one, other)
    assert answer.url == reverse("cases:patient_merge", args=[row.pk])
    assert "The same person, she says" in client.get(answer.url).text
    assert client.get(address).status_code == 404
    assert client.post(answer.url, {"reason": "They are cousins"}).status_code == 302
    assert Patient.objects.not_merged().count() == 2
    page = client.get(answer.url).text
    assert "They are cousins" in page
    assert "Undo the merge" not in page
    assert client.post(answer.url, {"reason": "again"}).status_code == 409


def test_the_second_record_can_be_the_one_that_is_kept(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    typed = {"keep": other.pk, "reason": "Looked up"}
    sign_in(coordinator).post(reverse("cases:duplicate", args=[one.pk, other.pk]), typed)
    assert PatientMerge.objects.get().kept == other


def test_different_nhs_numbers_are_asked_about_and_nothing_typed_is_lost(sign_in, held, coordinator):
    one, other = held(), held()
    client = sign_in(coordinator)
    address = reverse("cases:duplicate", args=[one.pk, other.pk])
    answer = client.post(address, {"keep": one.pk, "reason": "She says so"})
    assert "different NHS numbers" in answer.text
    assert "She says so" in answer.text
    answer = client.post(address, {"keep": one.pk, "reason": "She says so", "numbers_checked": "on"})
    assert answer.status_code == 302


def test_a_death_of_one_record_alone_needs_a_tick_and_undoing_says_what_it_ended(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    services.record_death(patient=other, died_on=None, by=coordinator)
    client = sign_in(coordinator)
    address = reverse("cases:duplicate", args=[one.pk, other.pk])
    typed = {"keep": one.pk, "reason": "She says so"}
    asked = client.post(address, typed)
    assert "ends for good the plans, treatments, reviews and letters" in asked.text
    assert "She says so" in asked.text
    case = one.cases.get()
    assert client.post(address, typed | {"death_checked": "on"}).status_code == 302
    row = PatientMerge.objects.get()
    for type in (EventType.PLAN_NOT_DELIVERED, EventType.TRIAL_REFERRAL_MOVED):
        audit.record(type, target=case, by=None, case_id=case.pk)
    page = reverse("cases:patient_merge", args=[row.pk])
    for found in (client.get(page).text, client.post(page, {"reason": "Cousins"}, follow=True).text):
        ended = found.partition("What the death has ended")[2]
        assert f"{case.reference}</a>: Plan not delivered" in ended
        assert f"{case.reference}</a>: Referral to a trial withdrawn" in ended


def test_two_living_records_are_asked_nothing_about_death(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    address = reverse("cases:duplicate", args=[one.pk, other.pk])
    assert "This person has died" not in sign_in(coordinator).get(address).text


def test_cases_of_other_teams_are_counted_before_they_go_over(sign_in, held, coordinator, stranger):
    one, other = held(), held(nhs_number=None)
    theirs = [factories.case(stranger.active_memberships[0].team, patient=other) for _ in range(2)]
    address = reverse("cases:duplicate", args=[one.pk, other.pk])
    client = sign_in(coordinator)
    page = client.get(address).text
    assert "2 if the first record is kept, 0 if the second is" in page
    assert theirs[0].reference not in page
    merged = client.post(address, {"keep": one.pk, "reason": "She says so"}, follow=True).text
    assert "Cases of other teams" in merged
    assert theirs[0].reference not in merged


def test_once_a_merge_is_undone_nobody_reads_the_name_of_another_teams_patient(
    sign_in, held, coordinator, stranger
):
    one, other = held(), held(family_name="Okaffor", nhs_number=None)
    row = services.merge_patients(keep=one, merge=other, reason="x", by=coordinator)
    services.undo_merge(merge=row, reason="x", by=coordinator)
    factories.case(stranger.active_memberships[0].team, patient=other)
    client = sign_in(stranger)
    for name, args in (("cases:patient_merge", [row.pk]), ("cases:duplicates", [])):
        page = client.get(reverse(name, args=args)).text
        assert "OKAFFOR" in page
        assert "OKAFOR" not in page
        assert set(Read.objects.get(view=name).patient_ids) == {other.pk}
    assert "A record of another team" in client.get(reverse("cases:patient_merge", args=[row.pk])).text


def test_the_two_records_say_who_told_them_apart_and_why(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    services.tell_apart(one=other, other=one, reason="Cousins, says the GP", by=coordinator)
    for pair in ([one.pk, other.pk], [other.pk, one.pk]):
        page = sign_in(coordinator).get(reverse("cases:duplicate", args=pair)).text
        assert f"by {coordinator.full_name}" in page
        assert "Cousins, says the GP" in page
        assert "Keep them apart" not in page


def test_that_they_are_two_people_can_be_taken_back(sign_in, held, coordinator, stranger, team):
    one, other = held(), held(nhs_number=None)
    services.tell_apart(one=one, other=other, reason="Cousins", by=coordinator)
    back = reverse("cases:duplicate_apart_back", args=[one.pk, other.pk])
    assert sign_in(stranger).post(back).status_code == 404
    assert sign_in(factories.member(Role.SURGEON, team)).post(back).status_code == 403
    client = sign_in(coordinator)
    assert back in client.get(reverse("cases:duplicate", args=[one.pk, other.pk])).text
    page = client.post(back, follow=True).text
    assert "Taken back" in page
    assert "Keep them apart" in page
    assert listed(coordinator) == {(one.pk, other.pk)}
    event = Event.objects.get(type=EventType.APART_TAKEN_BACK)
    assert (event.by, event.data) == (coordinator, {"patients": [one.pk, other.pk]})
    assert client.post(back).status_code == 409


def test_where_the_event_cannot_be_written_they_stay_two_people(held, coordinator, monkeypatch):
    one, other = held(), held(nhs_number=None)
    services.tell_apart(one=one, other=other, reason="Cousins", by=coordinator)
    monkeypatch.setattr("cases.services.merging.audit.record", None)
    with pytest.raises(TypeError), transaction.atomic():
        services.take_back_apart(one=one, other=other, by=coordinator)
    assert ToldApart.objects.exists()


def test_nameless_records_of_one_birthday_are_not_compared(held, coordinator):
    for number in range(3):
        patient = held(family_name="", given_name="", nhs_number=None)
        HospitalNumber.objects.create(patient=patient, source="registry", number=f"R{number}")
    assert not list(duplicates._candidates(coordinator))


def test_two_people_are_kept_apart(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    client = sign_in(coordinator)
    address = reverse("cases:duplicate_apart", args=[one.pk, other.pk])
    assert "is needed" in client.post(address, {"apart-reason": ""}).text
    assert client.post(address, {"apart-reason": "Cousins"}).status_code == 302
    assert "No two records" in client.get(reverse("cases:duplicates")).text


def test_who_may_not_merge_is_refused_and_another_team_finds_nothing(
    sign_in, team, held, stranger, coordinator
):
    one, other = held(), held(nhs_number=None)
    row = services.merge_patients(keep=one, merge=other, reason="x", by=coordinator)
    services.undo_merge(merge=row, reason="x", by=coordinator)
    pair = reverse("cases:duplicate", args=[one.pk, other.pk])
    client = sign_in(factories.member(Role.SURGEON, team))
    for address in (reverse("cases:duplicates"), pair, reverse("cases:patient_merge", args=[row.pk])):
        assert client.get(address).status_code == 403
    client = sign_in(stranger)
    assert client.get(pair).status_code == 404
    assert client.get(reverse("cases:patient_merge", args=[row.pk])).status_code == 404
    assert client.post(reverse("cases:duplicate_apart", args=[one.pk, other.pk])).status_code == 404


def test_the_case_and_the_referral_warn_without_naming_anybody(sign_in, held, coordinator, team, referral):
    twin = factories.patient(
        family_name=referral.patient.family_name,
        given_name=referral.patient.given_name,
        birth_on=referral.patient.birth_on,
        nhs_number=None,
        title="Dame",
    )
    case = factories.case(team, patient=twin)
    client = sign_in(coordinator)
    for address in (
        reverse("desk:case", args=[case.reference]),
        reverse("cases:referral", args=[referral.pk]),
    ):
        page = client.get(address).text
        assert "This patient may be held twice." in page
        assert "Compare the two records" in page
    client = sign_in(factories.member(Role.SURGEON, team))
    page = client.get(reverse("desk:case", args=[case.reference])).text
    assert "Ask the coordinator" in page


def test_reads_of_both_records_are_shown_in_who_looked(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    client = sign_in(coordinator)
    client.get(reverse("desk:case", args=[other.cases.get().reference]))
    reference = one.cases.get().reference
    who = reverse("desk:who_looked", args=[reference])
    assert "Summary" not in client.get(who).text.partition("Reads of this record")[2]
    services.merge_patients(keep=one, merge=other, reason="x", by=coordinator)
    assert "Summary" in client.get(who).text.partition("Reads of this record")[2]


TYPED = {
    "family_name": "Okafor",
    "given_name": "Grace",
    "birth_on": "1972-03-14",
    "sex": "female",
    "referrer_name": "Ms Kettley",
    "received_on": "2026-11-02",
    "urgency": "urgent",
    "reason": "A deep lump",
}


def test_a_referral_of_somebody_who_looks_held_is_asked_about_first(
    sign_in, held, coordinator, team, district
):
    one = held()
    client = sign_in(coordinator)
    typed = TYPED | {"team": team.pk, "organisation": district.pk}
    asked = client.post(reverse("cases:referral_new"), typed)
    assert "Is this the same person?" in asked.text
    assert "A deep lump" in asked.text
    assert not Referral.objects.exists()
    same = typed | {f"ask_patient_{one.pk}": "use"}
    assert client.post(reverse("cases:referral_new"), same).status_code == 302
    assert Referral.objects.get().patient == one


def test_the_answer_that_it_is_another_person_makes_a_new_record(sign_in, held, coordinator, team, district):
    one = held(nhs_number=None)
    client = sign_in(coordinator)
    typed = TYPED | {"team": team.pk, "organisation": district.pk}
    unknown = client.post(reverse("cases:referral_new"), typed | {f"ask_patient_{one.pk}": "use"})
    assert "No NHS number is held for this person" in unknown.text
    answer = client.post(reverse("cases:referral_new"), typed | {f"ask_patient_{one.pk}": "keep"})
    assert answer.status_code == 302
    assert Patient.objects.count() == 2


def test_a_number_that_was_typed_is_not_thrown_away_for_the_one_of_the_record(
    sign_in, held, coordinator, team, district
):
    one, number = held(given_name="G"), factories.nhs_number()
    client = sign_in(coordinator)
    typed = TYPED | {"team": team.pk, "organisation": district.pk, "nhs_number": number}
    answer = client.post(reverse("cases:referral_new"), typed | {f"ask_patient_{one.pk}": "use"})
    assert "Check both numbers" in answer.text
    assert number in answer.text
    assert not Referral.objects.exists()
    right = typed | {"nhs_number": "", f"ask_patient_{one.pk}": "use"}
    assert client.post(reverse("cases:referral_new"), right).status_code == 302
    assert Referral.objects.get().patient == one


def test_only_one_record_is_taken_for_the_person(sign_in, held, coordinator, team, district):
    one, other = held(), held()
    client = sign_in(coordinator)
    typed = TYPED | {"team": team.pk, "organisation": district.pk}
    both = typed | {f"ask_patient_{one.pk}": "use", f"ask_patient_{other.pk}": "use"}
    answer = client.post(reverse("cases:referral_new"), both)
    assert "Only one of the records can be" in answer.text
    assert not Referral.objects.exists()
    chosen = both | {f"ask_patient_{other.pk}": "keep"}
    assert client.post(reverse("cases:referral_new"), chosen).status_code == 302
    assert Referral.objects.get().patient == one


def test_nobody_is_asked_about_a_number_that_is_held(sign_in, held, coordinator, team, district):
    one = held()
    held(nhs_number=None)
    typed = TYPED | {"team": team.pk, "organisation": district.pk, "nhs_number": one.nhs_number}
    assert sign_in(coordinator).post(reverse("cases:referral_new"), typed).status_code == 302
    assert Referral.objects.get().patient == one


def test_the_pages_cost_the_same_with_many_pairs(sign_in, held, coordinator):
    one, other = held(), held(nhs_number=None)
    client = sign_in(coordinator)
    addresses = [
        reverse("cases:duplicates"),
        reverse("cases:duplicate", args=[one.pk, other.pk]),
        reverse("desk:case", args=[one.cases.get().reference]),
    ]
    few = [_cost(client, address) for address in addresses]
    for n in range(8):
        held(nhs_number=None)
        HospitalNumber.objects.create(patient=other, source="registry", number=f"R{n}")
    many = [_cost(client, address) for address in addresses]
    assert many == few
    assert max(few) <= 15


def _cost(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as spent:
        assert client.get(address).status_code == 200
    return len(spent)

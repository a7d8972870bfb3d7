"""Pages of the cases room: who may see what, what is refused and how it is said, and what they cost."""

from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Event, Read
from cases import services
from cases.models import Case, Patient, Referral, ReportRequest
from cases.services import CaseDetails
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
MOST_STATEMENTS = 15
SNIPPETS = {
    "HTML": "<script>alert(1)</script><b>x</b>",
    "SQL": "Robert'); DROP TABLE cases_case;--",
}


def of(view, case, *more):
    return reverse(f"cases:{view}", args=[case.reference, *more])


TEAM_PAGES = {
    "facts": Permission.SEE_CASES,
    "pathology_new": Permission.REPORT_PATHOLOGY,
    "imaging_new": Permission.REPORT_IMAGING,
    "report_ask": Permission.LIST_CASES,
    "patient_change": Permission.CHANGE_CASE,
    "case_change": Permission.CHANGE_CASE,
    "death": Permission.CHANGE_CASE,
    "close": Permission.CHANGE_CASE,
    "episode_new": Permission.RECORD_FACTS,
}
RECORDS = ["diagnosis", "performance-status", "biomarker", "treatment", "not-known", "staging-table"]


def pages_of(case):
    """(address, permission) of every page about one case."""
    found = [(of(view, case), permission) for view, permission in TEAM_PAGES.items()]
    return found + [(of("record", case, what), Permission.RECORD_FACTS) for what in RECORDS]


@pytest.mark.parametrize("view", ["list", "referral_list", "referral_new", "report_waiting"])
def test_lists_ask_to_sign_in(client, view):
    answer = client.get(reverse(f"cases:{view}"))
    assert answer.status_code == 302
    assert "login" in answer.url


def test_pages_of_a_case_ask_to_sign_in(client, case):
    for address, _ in pages_of(case):
        assert client.get(address).status_code == 302, address


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role]])
def test_each_page_of_a_case_opens_for_the_roles_that_the_table_names(case, team, sign_in, role):
    client = sign_in(factories.member(role, team))
    for address, permission in pages_of(case):
        expected = 200 if permission in ROLE_PERMISSIONS[role] else 403
        assert client.get(address).status_code == expected, address


def test_another_hospitals_case_is_not_found(case, sign_in, stranger):
    client = sign_in(stranger)
    for address, _ in pages_of(case):
        assert client.get(address).status_code == 404, address
        assert client.post(address).status_code in (404, 405), address


def test_a_referring_clinician_does_not_open_the_whole_record(case, sign_in, referrer):
    client = sign_in(referrer)
    for address, _ in pages_of(case):
        assert client.get(address).status_code == 404, address


def test_the_case_list_sends_a_referring_clinician_to_their_own_patients(sign_in, referrer):
    answer = sign_in(referrer).get(reverse("cases:list"))
    assert (answer.status_code, answer.url) == (302, reverse("desk:outcomes"))


@pytest.mark.parametrize("role", list(Role))
def test_lists_open_for_the_roles_that_the_table_names(team, sign_in, role):
    client = sign_in(factories.member(role, team))
    held = ROLE_PERMISSIONS[role]
    follows = {Permission.SEE_CASES, Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL} & held
    expected = {
        "referral_list": bool(follows),
        "referral_new": bool({Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL} & held),
        "report_waiting": bool({Permission.REPORT_PATHOLOGY, Permission.REPORT_IMAGING} & held),
    }
    for view, opens in expected.items():
        assert client.get(reverse(f"cases:{view}")).status_code == (200 if opens else 403), view


class TestReferralPages:
    @pytest.fixture
    def typed(self, team, district):
        """A referral as it is typed in."""
        return {
            "team": team.pk,
            "organisation": district.pk,
            "nhs_number": factories.nhs_number(),
            "family_name": "Okafor",
            "given_name": "Grace",
            "birth_on": "14/03/1992",
            "sex": "female",
            "referrer_name": "Ms Joan Kettley",
            "received_on": "2026-10-30",
            "urgency": "urgent",
            "topography": "C49.2",
            "reason": "A deep lump in the thigh",
        }

    def test_a_typed_referral_waits_in_the_list(self, sign_in, coordinator, typed):
        client = sign_in(coordinator)
        answer = client.post(reverse("cases:referral_new"), typed, follow=True)
        assert "Referral received." in answer.text
        assert "OKAFOR, Grace" in client.get(reverse("cases:referral_list")).text
        assert Patient.objects.get().birth_on == date(1992, 3, 14)

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"nhs_number": "9990000019"}, "the last digit would be 8"),
            ({"nhs_number": "abc"}, "only digits"),
            ({"birth_on": "31/02/1992"}, "Enter a date that exists"),
            ({"birth_on": "yesterday"}, "Enter a date that exists"),
            ({"birth_on": str(TODAY + timedelta(days=400))}, "in the future"),
            ({"birth_on": "1850-01-01"}, "before 1900"),
            ({"received_on": str(TODAY + timedelta(days=1))}, "in the future"),
            ({"received_on": "1980-01-01"}, "before the patient was born"),
            ({"family_name": ""}, "is needed"),
            ({"family_name": "x" * 101}, "at most 100 characters"),
            ({"reason": "x" * 4001}, "at most 4000 characters"),
            ({"sex": "robot"}, "Choose from the list"),
            ({"team": 10**20}, "Choose from the list"),
            ({"team": "1; DROP TABLE"}, "Choose from the list"),
            ({"topography": "leg"}, "fits several"),
            ({"topography": "kneecapitis"}, "is not in the list"),
            ({"reason": "a\x00b"}, "Null characters are not allowed"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self, sign_in, coordinator, typed, told, words):
        answer = sign_in(coordinator).post(reverse("cases:referral_new"), typed | told)
        assert answer.status_code == 200
        assert words in answer.text
        assert "Ms Joan Kettley" in answer.text
        assert not Patient.objects.exists()

    @pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
    def test_code_in_text_is_shown_as_text(self, sign_in, coordinator, typed, snippet):
        told = typed | {"family_name": snippet, "reason": snippet, "referrer_name": snippet}
        answer = sign_in(coordinator).post(reverse("cases:referral_new"), told, follow=True)
        assert Referral.objects.get().reason == snippet
        assert "<script>alert" not in answer.text

    def test_a_number_of_another_centres_patient_attaches_without_showing_the_case(
        self, sign_in, coordinator, typed, stranger
    ):
        other_team = stranger.active_memberships[0].team
        known = factories.patient(birth_on=date(1992, 3, 14))
        theirs = factories.case(other_team, patient=known)
        told = typed | {"nhs_number": known.nhs_number}
        answer = sign_in(coordinator).post(reverse("cases:referral_new"), told, follow=True)
        assert Referral.objects.get().patient == known
        assert theirs.reference not in answer.text

    def test_accepting_opens_the_case(self, sign_in, coordinator, referral, nurse):
        answer = sign_in(coordinator).post(
            reverse("cases:referral_accept", args=[referral.pk]),
            {"accept-version": 1, "accept-key_worker": nurse.pk},
        )
        case = Case.objects.get()
        assert answer.url == reverse("desk:case", args=[case.reference])
        assert case.key_worker == nurse

    def test_a_second_answer_is_refused_and_what_was_typed_is_kept(self, sign_in, coordinator, referral):
        client = sign_in(coordinator)
        address = reverse("cases:referral_return", args=[referral.pk])
        client.post(address, {"return-version": 1, "return-reason": "No imaging"})
        answer = client.post(address, {"return-version": 1, "return-reason": "No histology either"})
        assert answer.status_code == 409
        assert "No histology either" in answer.text
        assert Referral.objects.get().status_reason == "No imaging"

    def test_a_stale_answer_is_refused_and_what_was_typed_is_kept(self, sign_in, coordinator, referral):
        Referral.objects.filter(pk=referral.pk).update(version=5)
        answer = sign_in(coordinator).post(
            reverse("cases:referral_return", args=[referral.pk]),
            {"return-version": 1, "return-reason": "No histology"},
        )
        assert answer.status_code == 409
        assert "No histology" in answer.text
        assert Referral.objects.get().status == "received"

    def test_an_answer_without_its_version_is_not_taken(self, sign_in, coordinator, referral):
        address = reverse("cases:referral_return", args=[referral.pk])
        assert sign_in(coordinator).post(address, {"return-reason": "x"}).status_code == 409
        assert Referral.objects.get().status == "received"

    def test_another_centre_does_not_find_it(self, sign_in, stranger, referral):
        client = sign_in(stranger)
        assert client.get(reverse("cases:referral", args=[referral.pk])).status_code == 404
        for action in ("accept", "return", "decline", "resubmit"):
            address = reverse(f"cases:referral_{action}", args=[referral.pk])
            assert client.post(address, {}).status_code == 404

    def test_a_team_member_without_the_permission_reads_it_only(self, sign_in, surgeon, referral):
        client = sign_in(surgeon)
        page = client.get(reverse("cases:referral", args=[referral.pk]))
        assert page.status_code == 200
        assert "Accept and open the case" not in page.text
        address = reverse("cases:referral_accept", args=[referral.pk])
        assert client.post(address, {"accept-version": 1}).status_code == 403

    def test_a_referring_clinician_refers_and_sees_own_ones_only(
        self, sign_in, referrer, referral, typed, team
    ):
        elsewhere = factories.member(Role.REFERRER, organisation=factories.organisation(), specialty="GP")
        client = sign_in(referrer)
        answer = client.post(reverse("cases:referral_new"), typed, follow=True)
        assert "Referral received." in answer.text
        assert referrer.full_name in answer.text
        made = Referral.objects.latest("id")
        assert made.pk != referral.pk
        assert sign_in(elsewhere).get(reverse("cases:referral", args=[made.pk])).status_code == 404
        assert "OKAFOR" not in sign_in(elsewhere).get(reverse("cases:referral_list")).text


class TestCaseList:
    def test_search_is_kept_in_the_session_and_out_of_the_address(self, sign_in, coordinator, case, team):
        factories.case(team, patient=factories.patient(family_name="Winstanley"))
        client = sign_in(coordinator)
        answer = client.post(reverse("cases:list"), {"q": "winst"}, follow=True)
        assert answer.redirect_chain == [(reverse("cases:list"), 302)]
        assert "WINSTANLEY" in answer.text
        assert "SAMPLE" not in answer.text
        assert "SAMPLE" in client.post(reverse("cases:list"), {"q": ""}, follow=True).text

    @pytest.mark.parametrize(
        "how", ["name", "both names", "birth date", "nhs number", "hospital number", "reference"]
    )
    def test_a_case_is_found_by_what_people_know(self, sign_in, coordinator, case, how):
        patient = case.patient
        patient.hospital_numbers.create(number="CV123", source="test")
        words = {
            "name": "sam",
            "both names": "Sample, Al",
            "birth date": "14/03/1972",
            "nhs number": f"{patient.nhs_number[:3]} {patient.nhs_number[3:6]} {patient.nhs_number[6:]}",
            "hospital number": "CV12",
            "reference": case.reference[:8].lower(),
        }[how]
        answer = sign_in(coordinator).post(reverse("cases:list"), {"q": words}, follow=True)
        assert case.reference in answer.text

    @pytest.mark.parametrize(
        "query", ["status=nonsense", "team=abc", "page=-1", "page=zz", "sort=DROP", "status=all", "sort=name"]
    )
    def test_a_wrong_filter_is_no_filter(self, sign_in, coordinator, case, query):
        answer = sign_in(coordinator).get(reverse("cases:list") + f"?{query}")
        assert answer.status_code == 200
        assert case.reference in answer.text

    def test_closed_cases_are_shown_when_asked_for(self, sign_in, coordinator, case):
        services.close_case(case=case, reason="completed", by=coordinator)
        client = sign_in(coordinator)
        assert case.reference not in client.get(reverse("cases:list")).text
        assert case.reference in client.get(reverse("cases:list") + "?status=closed").text

    def test_whose_records_it_showed_is_recorded(self, sign_in, coordinator, case):
        sign_in(coordinator).get(reverse("cases:list"))
        assert Read.objects.get().patient_ids == [case.patient_id]


class TestReports:
    SCORES = {
        "kind": "biopsy",
        "morphology": "leiomyosarcoma",
        "reported_on": "2026-11-16",
        "differentiation_score": "3",
        "mitoses_per_10_hpf": "14",
        "necrosis_percent": "20",
    }

    def test_what_waits_is_listed_with_its_question(self, sign_in, pathologist, case):
        page = sign_in(pathologist).get(reverse("cases:report_waiting")).text
        assert "Can the leg be kept?" in page
        assert case.reference in page
        assert page.count("Enter the report") == 1

    def test_grade_and_stage_are_told_after_saving(self, sign_in, pathologist, radiologist, case):
        services.record_diagnosis(
            episode=case.current_episode,
            morphology="",
            topography="C49.2",
            on=TODAY,
            by=factories.member(Role.SURGEON, case.team),
        )
        client = sign_in(radiologist)
        seen = {"modality": "mri", "examined_on": "2026-11-09", "reported_on": "2026-11-10"}
        seen |= {"size_mm": "82", "depth": "deep", "node_status": "N0", "metastasis_status": "M0"}
        client.post(of("imaging_new", case), seen)
        request = ReportRequest.objects.get(kind="pathology")
        answer = sign_in(pathologist).post(of("pathology_new", case), self.SCORES | {"request": request.pk})
        assert answer.url == reverse("desk:case", args=[case.reference])
        case.current_episode.refresh_from_db()
        assert case.current_episode.facts["grade"] == "G3"
        assert _messages(answer) == [
            "Imaging report saved. Stage not determined: a fact is missing.",
            "Pathology report saved. Grade 3 (FNCLCC 3 + 2 + 1 = 6). Stage IIIA, AJCC, 8th edition.",
        ]
        request.refresh_from_db()
        assert request.answered_at

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"kind": ""}, "is needed"),
            ({"morphology": "spindle"}, "fits several"),
            ({"morphology": "xyzzy"}, "is not in the list"),
            ({"mitoses_per_10_hpf": "-1"}, "greater than or equal to 0"),
            ({"mitoses_per_10_hpf": "5000"}, "less than or equal to 1000"),
            ({"mitoses_per_10_hpf": "many"}, "Enter a number"),
            ({"mitoses_score": "3"}, "14 mitoses per 10 fields give score 2, not 3"),
            ({"necrosis_percent": "101"}, "less than or equal to 100"),
            ({"necrosis_score": "2"}, "20 per cent necrosis gives score 1, not 2"),
            ({"differentiation_score": "4"}, "Choose from the list"),
            ({"grade": "G1"}, "is G3, not G1"),
            ({"size_mm": "-5"}, "greater than or equal to 1"),
            ({"size_mm": "40"}, "A biopsy does not measure the tumour"),
            ({"margin": "R0"}, "A biopsy has no surgical margin"),
            ({"reported_on": str(TODAY + timedelta(days=1))}, "in the future"),
            ({"reported_on": "1960-01-01"}, "before the patient was born"),
            ({"reported_on": ""}, "is needed"),
            ({"summary": "x" * 20_001}, "at most 20000 characters"),
            ({"request": "999999"}, "Choose from the list"),
        ],
    )
    def test_an_impossible_pathology_report_is_refused_in_words(
        self, sign_in, pathologist, case, told, words
    ):
        typed = self.SCORES | {"tests_pending": "FISH for MDM2"} | told
        answer = sign_in(pathologist).post(of("pathology_new", case), typed)
        assert answer.status_code == 200
        assert words in answer.text
        assert "FISH for MDM2" in answer.text
        assert not case.current_episode.pathology_reports.exists()

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"modality": ""}, "is needed"),
            ({"size_mm": "0"}, "greater than or equal to 1"),
            ({"size_mm": "8.2"}, "Enter a whole number"),
            ({"examined_on": str(TODAY + timedelta(days=1))}, "in the future"),
            ({"reported_on": "2026-11-01"}, "is before the examination"),
            ({"metastatic_sites": ["lung"], "metastasis_status": "M0"}, "beside M0"),
            ({"metastatic_sites": ["moon"]}, "moon"),
            ({"t_category": "T4c"}, "not in the table of this site"),
            ({"near_spine": "perhaps"}, "Choose from the list"),
        ],
    )
    def test_an_impossible_imaging_report_is_refused_in_words(
        self, sign_in, radiologist, case, surgeon, told, words
    ):
        services.record_diagnosis(
            episode=case.current_episode, morphology="8890/3", topography="C49.2", on=TODAY, by=surgeon
        )
        typed = {
            "modality": "mri",
            "examined_on": "2026-11-09",
            "reported_on": "2026-11-10",
            "summary": "Deep mass",
        }
        answer = sign_in(radiologist).post(of("imaging_new", case), typed | told)
        assert answer.status_code == 200
        assert words in answer.text
        assert "Deep mass" in answer.text
        assert not case.current_episode.imaging_reports.exists()


def _messages(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


class TestChanges:
    def test_a_stale_edit_of_a_case_shows_both_versions_and_keeps_what_was_typed(
        self, sign_in, coordinator, surgeon, case, nurse
    ):
        services.change_case(
            case=case,
            version=case.version,
            details=CaseDetails(key_worker=nurse, patient_wants="To walk the dog"),
            by=surgeon,
        )
        client = sign_in(coordinator)
        typed = {"version": 1, "patient_wants": "To keep the leg", "key_worker": nurse.pk}
        answer = client.post(of("case_change", case), typed)
        assert answer.status_code == 409
        assert "To walk the dog" in answer.text
        assert answer.text.count("To keep the leg") == 2
        assert surgeon.full_name in answer.text
        assert Case.objects.get().patient_wants == "To walk the dog"
        again = client.post(of("case_change", case), typed | {"version": 2})
        assert again.status_code == 302
        assert Case.objects.get().patient_wants == "To keep the leg"

    def test_a_stale_edit_of_a_patient_shows_both_versions(self, sign_in, coordinator, case):
        Patient.objects.filter(pk=case.patient_id).update(version=4, family_name="Okafor")
        typed = {"version": 1, "family_name": "Okafor-Jones", "sex": "female", "birth_on": "1972-03-14"}
        answer = sign_in(coordinator).post(of("patient_change", case), typed)
        assert answer.status_code == 409
        assert "Okafor-Jones" in answer.text
        assert Patient.objects.get().family_name == "Okafor"

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"nhs_number": "9990000019"}, "the last digit would be 8"),
            ({"birth_on": "1899-01-01"}, "before 1900"),
            ({"birth_on": "x"}, "Enter a date that exists"),
            ({"family_name": "x" * 101}, "at most 100 characters"),
            ({"hospital_number": "A1"}, "Choose the hospital that the number belongs to"),
            ({"sex": ""}, "is needed"),
        ],
    )
    def test_impossible_patient_details_are_refused_in_words(self, sign_in, coordinator, case, told, words):
        typed = {"version": 1, "family_name": "Sample", "given_name": "Pia", "sex": "female"} | told
        answer = sign_in(coordinator).post(of("patient_change", case), typed)
        assert answer.status_code == 200
        assert words in answer.text
        assert "Pia" in answer.text

    def test_a_death_is_recorded_after_a_warning(self, sign_in, coordinator, case):
        client = sign_in(coordinator)
        assert "stop at once" in client.get(of("death", case)).text
        client.post(of("death", case), {"died_on": "2026-11-10"})
        assert Patient.objects.get().died_on == date(2026, 11, 10)

    @pytest.mark.parametrize("died_on", [str(TODAY + timedelta(days=1)), "1950-01-01", "soon"])
    def test_an_impossible_death_is_refused(self, sign_in, coordinator, case, died_on):
        answer = sign_in(coordinator).post(of("death", case), {"died_on": died_on})
        assert answer.status_code == 200
        assert not Patient.objects.get().is_dead

    def test_closing_asks_for_a_reason(self, sign_in, coordinator, case):
        client = sign_in(coordinator)
        assert "is needed" in client.post(of("close", case), {"on": str(TODAY)}).text
        assert (
            client.post(of("close", case), {"reason": "lost_to_follow_up", "on": str(TODAY)}).status_code
            == 302
        )
        again = client.post(of("close", case), {"reason": "lost_to_follow_up", "on": str(TODAY)})
        assert again.status_code == 409
        assert "cannot become closed" in again.text

    def test_a_recurrence_starts_an_episode(self, sign_in, coordinator, case):
        typed = {"kind": "local_recurrence", "started_on": str(TODAY)}
        assert sign_in(coordinator).post(of("episode_new", case), typed).status_code == 302
        page = sign_in(coordinator).get(of("facts", case)).text
        assert "2, local recurrence" in page
        assert sign_in(coordinator).get(of("facts", case) + "?episode=1").status_code == 200
        assert sign_in(coordinator).get(of("facts", case) + "?episode=9").status_code == 404

    def test_a_report_is_asked_for(self, sign_in, coordinator, case):
        typed = {"kind": "imaging", "question": "Any lung nodule?", "due_on": ""}
        assert sign_in(coordinator).post(of("report_ask", case), typed).status_code == 302
        assert ReportRequest.objects.filter(question="Any lung nodule?", kind="imaging").exists()
        late = typed | {"due_on": "2020-01-01"}
        assert "has passed" in sign_in(coordinator).post(of("report_ask", case), late).text


class TestFacts:
    @pytest.mark.parametrize(
        ("what", "typed", "fact"),
        [
            (
                "diagnosis",
                {"morphology": "LMS", "topography": "C49.2", "certainty": "confirmed"},
                "topography",
            ),
            ("performance-status", {"value": "1"}, "performance_status"),
            ("biomarker", {"name": "NY-ESO-1", "result": "Positive"}, "biomarkers"),
            ("treatment", {"modality": "surgery", "procedure": "wide_excision"}, "prior_treatments"),
            ("not-known", {"fact": "grade", "reason": "The specimen is lost"}, "not_known"),
            ("staging-table", {"family": "retroperitoneum"}, "family"),
        ],
    )
    def test_each_kind_of_fact_is_recorded(self, sign_in, surgeon, case, what, typed, fact):
        answer = sign_in(surgeon).post(of("record", case, what), {"on": str(TODAY)} | typed)
        assert answer.url == of("facts", case)
        case.current_episode.refresh_from_db()
        assert fact in case.current_episode.facts
        assert Event.objects.filter(case_id=case.pk, by=surgeon).exists()

    @pytest.mark.parametrize(
        ("what", "typed", "words"),
        [
            ("diagnosis", {"certainty": "confirmed"}, "Enter the type or the site"),
            ("diagnosis", {"morphology": "8890/3", "certainty": "sure"}, "Choose from the list"),
            ("diagnosis", {"morphology": "8890/3", "certainty": "confirmed", "on": ""}, "is needed"),
            ("diagnosis", {"morphology": "spindle", "certainty": "confirmed"}, "fits several"),
            ("performance-status", {"value": "7"}, "Choose from the list"),
            ("performance-status", {"value": "1", "on": str(TODAY + timedelta(days=2))}, "in the future"),
            ("biomarker", {"name": "NY-ESO-1", "result": "blue"}, "must be one of positive, negative"),
            ("biomarker", {"name": "x" * 41, "result": "yes"}, "at most 40 characters"),
            ("treatment", {"modality": "surgery", "timing": "adjuvant"}, "does not belong to surgery"),
            ("treatment", {"modality": "surgery", "started_on": "2026-02-30"}, "Enter a date that exists"),
            ("not-known", {"fact": "grade", "reason": " "}, "is needed"),
            ("not-known", {"fact": "mood", "reason": "x"}, "Choose from the list"),
            ("staging-table", {"family": "moon"}, "Choose from the list"),
        ],
    )
    def test_an_impossible_fact_is_refused_in_words(self, sign_in, surgeon, case, what, typed, words):
        answer = sign_in(surgeon).post(of("record", case, what), {"on": str(TODAY)} | typed)
        assert answer.status_code == 200
        assert words in answer.text

    def test_an_unknown_kind_of_fact_is_not_found(self, sign_in, surgeon, case):
        assert sign_in(surgeon).get(of("record", case, "mood")).status_code == 404

    def test_each_fact_says_where_it_comes_from(self, sign_in, radiologist, case):
        services.report_imaging(
            episode=case.current_episode,
            report={"modality": "mri", "reported_on": date(2026, 11, 9), "size_mm": 82},
            by=radiologist,
        )
        page = sign_in(radiologist).get(of("facts", case)).text
        assert "82 mm" in page
        assert "MRI 9 Nov 2026" in page
        assert "Cannot be known" in page


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(captured)


def test_lists_cost_the_same_however_many_rows(sign_in, team, coordinator, pathologist, district):
    for _ in range(8):
        case = factories.case(team)
        ReportRequest.objects.create(episode=case.current_episode, kind="pathology", asked_by=coordinator)
        Referral.objects.create(
            patient=case.patient, team=team, organisation=district, reason="x", received_on=TODAY
        )
    for person, view in [
        (coordinator, "list"),
        (coordinator, "referral_list"),
        (pathologist, "report_waiting"),
    ]:
        client = sign_in(person)
        assert statements(client, reverse(f"cases:{view}")) <= MOST_STATEMENTS, view


def test_pages_of_a_case_cost_at_most_fifteen_statements(
    sign_in, case, surgeon, pathologist, radiologist, coordinator, nurse
):
    episode = case.current_episode
    for day in range(1, 9):
        on = date(2026, 11, day)
        services.report_imaging(
            episode=episode, report={"modality": "mri", "reported_on": on}, by=radiologist
        )
        services.report_pathology(
            episode=episode, report={"kind": "biopsy", "reported_on": on}, by=pathologist
        )
        services.record_biomarker(episode=episode, name=f"Test {day}", result="x", on=on, by=surgeon)
        treatment = {"modality": "other", "text": f"{day}"}
        services.record_treatment_given(episode=episode, treatment=treatment, source="told", by=surgeon)
    Case.objects.filter(pk=case.pk).update(source="registry", source_id="1")
    for address, permission in pages_of(case):
        person = next(
            each
            for each in (coordinator, surgeon, pathologist, radiologist)
            if permission in each.active_memberships[0].permissions
        )
        assert statements(sign_in(person), address) <= MOST_STATEMENTS, address

"""What waits for pathologist and radiologist, and entering a report with its grade and stage."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from cases import services
from cases.models import ReportRequest
from tests import factories
from tests.cases.pages import of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


SCORES = {
    "kind": "biopsy",
    "morphology": "leiomyosarcoma",
    "reported_on": "2026-11-16",
    "differentiation_score": "3",
    "mitoses_per_10_hpf": "14",
    "necrosis_percent": "20",
}


def test_what_waits_is_listed_with_its_question(sign_in, pathologist, case):
    page = sign_in(pathologist).get(reverse("cases:report_waiting")).text
    assert "Can the leg be kept?" in page
    assert case.reference in page
    assert page.count("Enter the report") == 1


def test_grade_and_stage_are_told_after_saving(sign_in, pathologist, radiologist, case):
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
    answer = sign_in(pathologist).post(of("pathology_new", case), SCORES | {"request": request.pk})
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
        ({"mitoses_per_10_hpf": "-1"}, "must be 0 or more"),
        ({"mitoses_per_10_hpf": "5000"}, "must be 1,000 or less"),
        ({"mitoses_per_10_hpf": "many"}, "Enter a number"),
        ({"mitoses_score": "3"}, "14 mitoses per 10 fields give score 2, not 3"),
        ({"necrosis_percent": "101"}, "must be 100 or less"),
        ({"necrosis_score": "2"}, "20 per cent necrosis gives score 1, not 2"),
        ({"differentiation_score": "4"}, "Choose from the list"),
        ({"grade": "G1"}, "is G3, not G1"),
        ({"size_mm": "-5"}, "must be 1 or more"),
        ({"size_mm": "40"}, "A biopsy does not measure the tumour"),
        ({"margin": "R0"}, "A biopsy has no surgical margin"),
        ({"reported_on": str(TODAY + timedelta(days=1))}, "in the future"),
        ({"reported_on": "1960-01-01"}, "before the patient was born"),
        ({"reported_on": ""}, "is needed"),
        ({"summary": "x" * 20_001}, "must be 20,000 characters or fewer"),
        ({"request": "999999"}, "Choose from the list"),
    ],
)
def test_an_impossible_pathology_report_is_refused_in_words(sign_in, pathologist, case, told, words):
    typed = SCORES | {"tests_pending": "FISH for MDM2"} | told
    answer = sign_in(pathologist).post(of("pathology_new", case), typed)
    assert answer.status_code == 200
    assert words in answer.text
    assert "FISH for MDM2" in answer.text
    assert not case.current_episode.pathology_reports.exists()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"modality": ""}, "is needed"),
        ({"size_mm": "0"}, "must be 1 or more"),
        ({"size_mm": "8.2"}, "Is it 82 mm?"),
        ({"size_mm": "large"}, "Enter a whole number"),
        ({"examined_on": str(TODAY + timedelta(days=1))}, "in the future"),
        ({"reported_on": "2026-11-01"}, "is before the examination"),
        ({"metastatic_sites": ["lung"], "metastasis_status": "M0"}, "beside M0"),
        ({"metastatic_sites": ["moon"]}, "moon"),
        ({"t_category": "T4c"}, "not in the table of this site"),
        ({"near_spine": "perhaps"}, "Choose from the list"),
    ],
)
def test_an_impossible_imaging_report_is_refused_in_words(sign_in, radiologist, case, surgeon, told, words):
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


def test_an_operation_that_a_colleague_recorded_meanwhile_is_not_recorded_twice(case, pathologist):
    told = {
        "episode": case.current_episode,
        "report": {"kind": "planned_excision", "reported_on": TODAY, "margin": "R0"},
        "operation": {"modality": "surgery", "procedure": "wide_excision"},
        "by": pathologist,
    }
    services.report_specimen(**told)
    with pytest.raises(ValidationError, match="recorded in the meantime"):
        services.report_specimen(**told)
    assert case.current_episode.treatments_given.count() == 1
    assert case.current_episode.pathology_reports.count() == 1


def _messages(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]

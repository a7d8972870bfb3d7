"""Clinical facts in the browser: recorded, refused in words, each with its source."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from cases import services
from tests.cases.pages import of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


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
def test_each_kind_of_fact_is_recorded(sign_in, surgeon, case, what, typed, fact):
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
        ("biomarker", {"name": "x" * 41, "result": "yes"}, "must be 40 characters or fewer"),
        (
            "biomarker",
            {"name": "PD-L1", "result": "high", "percent": "101"},
            "must be from 0 to 100, not 101",
        ),
        ("biomarker", {"name": "PD-L1", "result": "high", "percent": "half"}, "Enter a whole number"),
        (
            "biomarker",
            {"name": "NY-ESO-1", "result": "positive", "percent": "0"},
            "No tumour cell is positive",
        ),
        ("treatment", {"modality": "surgery", "timing": "adjuvant"}, "does not belong to surgery"),
        ("treatment", {"modality": "surgery", "started_on": "2026-02-30"}, "Enter a date that exists"),
        ("not-known", {"fact": "grade", "reason": " "}, "is needed"),
        ("not-known", {"fact": "mood", "reason": "x"}, "Choose from the list"),
        ("staging-table", {"family": "moon"}, "Choose from the list"),
    ],
)
def test_an_impossible_fact_is_refused_in_words(sign_in, surgeon, case, what, typed, words):
    answer = sign_in(surgeon).post(of("record", case, what), {"on": str(TODAY)} | typed)
    assert answer.status_code == 200
    assert words in answer.text


@pytest.mark.parametrize("percent", ["", "1", "100"])
def test_a_biomarker_may_say_how_many_of_the_cells(sign_in, surgeon, case, percent):
    typed = {"name": "NY-ESO-1", "result": "positive", "percent": percent, "on": str(TODAY)}
    sign_in(surgeon).post(of("record", case, "biomarker"), typed)
    row = case.current_episode.biomarkers.get()
    assert row.percent == (int(percent) if percent else None)
    page = sign_in(surgeon).get(of("facts", case)).text
    assert (f"positive, {percent}% of tumour cells" in page) == bool(percent)


def test_an_unknown_kind_of_fact_is_not_found(sign_in, surgeon, case):
    assert sign_in(surgeon).get(of("record", case, "mood")).status_code == 404


def test_each_fact_says_where_it_comes_from(sign_in, radiologist, case):
    services.report_imaging(
        episode=case.current_episode,
        report={"modality": "mri", "reported_on": date(2026, 11, 9), "size_mm": 82},
        by=radiologist,
    )
    page = sign_in(radiologist).get(of("facts", case)).text
    assert "82 mm" in page
    assert "MRI 9 Nov 2026" in page
    assert "Cannot be known" in page

"""What the forms ask before they save: once, with the reason, and what was typed can be kept."""

import html
from datetime import date

import pytest

from tests.cases.pages import of
from tests.cases.told import facts_of

pytestmark = pytest.mark.django_db
MRI = {"modality": "mri", "reported_on": "2026-11-10", "summary": "Deep mass"}
EXCISION = {"kind": "planned_excision", "reported_on": "2026-11-12", "summary": "Excised"}
DIAGNOSIS = {"certainty": "confirmed", "on": "2026-11-05"}


def day(n):
    return date(2026, 11, n)


@pytest.fixture
def asked(sign_in, old):
    """Sends a form; gives the page's text where it was shown again, or None where it was saved."""

    def asked(user, view, case, typed, *more):
        answer = sign_in(user).post(of(view, case, *more), typed)
        return html.unescape(answer.text) if answer.status_code == 200 else None

    return asked


@pytest.mark.parametrize("typed", ["8.2", "8,2", "8.2 cm", "8,2cm", " 8.20 "])
def test_a_size_that_may_be_in_centimetres_is_asked_about_once(asked, radiologist, case, old, typed):
    page = asked(radiologist, "imaging_new", case, MRI | {"size_mm": typed})
    assert "Is it 82 mm?" in page
    assert "Deep mass" in page
    assert not old.imaging_reports.exists()
    assert asked(radiologist, "imaging_new", case, MRI | {"size_mm": typed, "ask_size_mm": "use"}) is None
    assert facts_of(old)["size_mm"] == 82


def test_a_size_can_be_kept_as_typed(asked, radiologist, case, old):
    typed = MRI | {"size_mm": "8.2"}
    assert "No, it is 8 mm (8.2 mm, to the millimetre)" in asked(radiologist, "imaging_new", case, typed)
    assert asked(radiologist, "imaging_new", case, typed | {"ask_size_mm": "keep"}) is None
    assert facts_of(old)["size_mm"] == 8


@pytest.mark.parametrize(("typed", "size"), [("82", 82), ("82 mm", 82), ("82mm", 82), ("600", 600), ("1", 1)])
def test_whole_millimetres_are_not_asked_about(asked, radiologist, case, old, typed, size):
    assert asked(radiologist, "imaging_new", case, MRI | {"size_mm": typed}) is None
    assert facts_of(old)["size_mm"] == size


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("82.5", "such as 83"),
        ("61 cm", "must be 600 or less"),
        ("eight", "Enter a whole number of millimetres"),
        ("0", "must be 1 or more"),
        ("-8.2", "must be 1 or more"),
        ("9" * 30, "must be 20 characters or fewer"),
    ],
)
def test_a_size_that_cannot_be_is_refused(asked, radiologist, case, typed, words):
    assert words in asked(radiologist, "imaging_new", case, MRI | {"size_mm": typed})


def test_a_margin_asks_for_the_operation_which_is_recorded_with_it(asked, pathologist, case, old):
    typed = EXCISION | {"margin": "R0"}
    assert "A margin belongs to an operation, and none is recorded" in asked(
        pathologist, "pathology_new", case, typed
    )
    told = {"operation": "wide_excision", "operated_on": "2026-11-09"}
    assert asked(pathologist, "pathology_new", case, typed | told) is None
    assert facts_of(old)["prior_treatments"] == [{"modality": "surgery", "procedure": "wide_excision"}]
    assert old.treatments_given.get().started_on == day(9)


def test_a_margin_can_be_kept_without_an_operation(asked, pathologist, case, old):
    assert (
        asked(pathologist, "pathology_new", case, EXCISION | {"margin": "R0", "ask_operation": "keep"})
        is None
    )
    assert facts_of(old)["surgical_margin"] == "R0"
    assert not old.treatments_given.exists()


def test_a_margin_beside_a_recorded_operation_is_not_asked_about(asked, pathologist, case, treated):
    treated(modality="surgery", procedure="wide_excision", started_on=day(9))
    assert asked(pathologist, "pathology_new", case, EXCISION | {"margin": "R0"}) is None


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"operation": "wide_excision", "operated_on": "2999-01-01"}, "in the future"),
        ({"operated_on": "2026-11-09"}, "Choose the operation"),
    ],
)
def test_an_impossible_operation_is_refused_with_nothing_saved(asked, pathologist, case, old, told, words):
    typed = EXCISION | {"margin": "R0", "ask_operation": "keep"}
    assert words in asked(pathologist, "pathology_new", case, typed | told)
    assert not old.pathology_reports.exists()
    assert not old.treatments_given.exists()


@pytest.mark.parametrize("typed", ["C49.4", "psoas", "vena cava", "Soft tissue of abdomen, C49.4"])
@pytest.mark.parametrize(("answer", "site"), [("use", "C48.0"), ("keep", "C49.4")])
def test_the_abdomen_asks_whether_the_retroperitoneum_is_meant(
    asked, surgeon, case, old, typed, answer, site
):
    told = DIAGNOSIS | {"morphology": "8890/3", "topography": typed}
    page = asked(surgeon, "record", case, told, "diagnosis")
    assert "Is the retroperitoneum (C48.0) meant?" in page
    assert "vena cava, psoas or flank" in page
    name = "ask_abdomen"
    assert name in page
    assert asked(surgeon, "record", case, told | {name: answer}, "diagnosis") is None
    assert facts_of(old)["topography"] == site


@pytest.mark.parametrize(
    ("morphology", "topography", "words"),
    [
        ("8936/3", "C49.2", "A GIST arises in the gastrointestinal tract"),
        ("9261/3", "C49.2", "is a tumour of bone"),
        ("8811/3", "C40.2", "arises in soft tissue"),
        ("8890/3", "C40.2", None),
        ("9044/3", "C40.2", "one of soft tissue"),
        ("8890/0", "C49.2", "/0 is the code of a benign tumour"),
        ("8890/3", "C49.2", None),
    ],
)
def test_an_impossible_combination_is_asked_about_and_saved_when_it_is_right(
    asked, surgeon, case, old, morphology, topography, words
):
    told = DIAGNOSIS | {"morphology": morphology, "topography": topography}
    page = asked(surgeon, "record", case, told, "diagnosis")
    if words is None:
        assert page is None
        return
    assert words in page
    names = [
        name
        for name in ("gist_site", "bone_only", "soft_tissue_only", "soft_tissue_mostly", "behaviour")
        if f"ask_{name}_0" in page
    ]
    assert len(names) == 1
    question = f"ask_{names[0]}_0"
    assert "Change it above" in asked(surgeon, "record", case, told | {question: "change"}, "diagnosis")
    assert asked(surgeon, "record", case, told | {question: "keep"}, "diagnosis") is None
    assert facts_of(old)["morphology"] == morphology


def test_a_gist_behind_the_abdomen_is_asked_only_whether_it_is_retroperitoneal(asked, surgeon, case):
    page = asked(
        surgeon, "record", case, DIAGNOSIS | {"morphology": "8936/3", "topography": "C49.4"}, "diagnosis"
    )
    assert "Is the retroperitoneum (C48.0) meant?" in page
    assert "A GIST arises in" not in page


def test_what_is_recorded_already_is_not_asked_about_again(asked, surgeon, case, held):
    held(day(5), "8936/3", "C49.2")
    told = DIAGNOSIS | {"morphology": "8936/3", "topography": "C49.2"}
    assert asked(surgeon, "record", case, told, "diagnosis") is None


def test_a_pathologists_type_is_asked_about_where_it_does_not_fit_the_site(
    asked, pathologist, case, held, old
):
    held(day(5), "8890/3", "C49.2")
    typed = {"kind": "biopsy", "reported_on": "2026-11-12", "morphology": "8936/3"}
    assert "A GIST arises in" in asked(pathologist, "pathology_new", case, typed)
    assert asked(pathologist, "pathology_new", case, typed | {"ask_gist_site_0": "keep"}) is None


SCORES = {"differentiation_score": "3", "mitoses_score": "2", "necrosis_score": "1"}


def test_the_reason_is_asked_for_where_fnclcc_is_not_applied(asked, pathologist, case, old, held):
    held(day(5), "9580/3", "C49.2")
    typed = {"kind": "biopsy", "reported_on": "2026-11-12", "morphology": "9120/3"} | SCORES
    page = asked(pathologist, "pathology_new", case, typed)
    assert "FNCLCC is not applied to this type" in page
    assert asked(pathologist, "pathology_new", case, typed | {"ask_not_applied": "use"}) is None
    report = old.pathology_reports.get()
    assert report.not_graded_reason
    assert facts_of(old)["grade"] == "G3"


def test_a_gist_is_asked_about_only_when_it_is_graded(asked, pathologist, case, held):
    held(day(5), "8936/3", "C16.9")
    typed = {"kind": "biopsy", "reported_on": "2026-11-12", "morphology": "8936/3"}
    assert "FNCLCC is not applied" in asked(pathologist, "pathology_new", case, typed | SCORES)
    assert asked(pathologist, "pathology_new", case, typed | {"mitoses_per_5_mm2": "3"}) is None


@pytest.mark.parametrize(("answer", "kept"), [("use", None), ("keep", 3)])
def test_after_treatment_before_surgery_the_form_asks_not_to_grade(
    asked, pathologist, case, old, treated, answer, kept
):
    treated(modality="radiotherapy", timing="neoadjuvant", started_on=day(5))
    typed = EXCISION | SCORES
    assert "scores and grade to be left out" in asked(pathologist, "pathology_new", case, typed)
    assert asked(pathologist, "pathology_new", case, typed | {"ask_after_treatment": answer}) is None
    assert old.pathology_reports.get().differentiation_score == kept
    assert "grade" not in facts_of(old)


def test_the_fields_counted_are_kept_as_they_were_counted(asked, pathologist, case, old, held):
    held(day(5), "8890/3", "C49.2")
    typed = {
        "kind": "biopsy",
        "reported_on": "2026-11-12",
        "differentiation_score": "3",
        "necrosis_percent": "20",
    }
    typed |= {"mitoses_counted": "14", "fields_counted": "10", "field_diameter_mm": "0.55"}
    assert asked(pathologist, "pathology_new", case, typed) is None
    report = old.pathology_reports.get()
    assert (report.mitoses_counted, report.fields_counted, report.mitoses_score) == (14, 10, 2)
    facts_of(old)
    counted = {line["key"]: line["value"] for line in old.fact_sources["grading"]["lines"]}["Counted"]
    assert (
        counted
        == "14 mitoses in 10 fields of 0.55 mm across: 10.2 mitoses per 10 fields of 0.1734 mm²; 20 per cent necrosis"
    )


@pytest.mark.parametrize(
    ("site", "type", "offered", "not_offered"),
    [
        ("C49.2", "8890/3", ["T0, ", "TX, "], ["T1, ", "T4a", "M1a, "]),
        ("C49.0", "8890/3", ["T4a, invades orbit"], ["T1, ", "T2, "]),
        ("C40.2", "9180/3", ["T3, discontinuous", "M1a, metastasis in the lung only"], ["T1, ", "T2, "]),
        ("C41.2", "9180/3", ["T1, one or two", "T4b, "], ["T4c"]),
        ("C18.9", "8890/3", ["T2a, ", "T4c, multifocal"], []),
        ("C16.9", "8936/3", ["T0, "], ["T1, ", "T4, "]),
    ],
)
def test_only_categories_of_the_sites_table_are_offered_with_their_definitions(
    sign_in, radiologist, case, held, site, type, offered, not_offered
):
    held(day(5), type, site)
    page = html.unescape(sign_in(radiologist).get(of("imaging_new", case)).text)
    assert all(words in page for words in offered)
    assert not any(words in page for words in not_offered)


def test_without_a_site_no_t_is_offered(sign_in, radiologist, case):
    page = sign_in(radiologist).get(of("imaging_new", case)).text
    assert "record type and site first" in page
    assert "T4a" not in page

"""The table of follow-up: every row, every pathway that facts lead to, and each due date, leap days among them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from followup import schedules
from followup.models import ReviewKind
from followup.schedules import Phase, add_months, looks, months_since, next_look, pathway_of, pathways

TREATED = date(2026, 1, 15)

MONTHS = {
    "sts_high": [*range(3, 37, 3), *range(42, 61, 6), *range(72, 121, 12)],
    "sts_low": [*range(4, 61, 4), 72, 84],
    "retroperitoneal": [*range(3, 25, 3), *range(30, 61, 6), 72, 84],
    "bone_high": [*range(3, 25, 3), *range(30, 121, 6)],
    "bone_low": [*range(6, 37, 6), 48, 60, 72, 84],
    "gist_high": [*range(3, 61, 3), 72, 84],
    "gist_low": [*range(6, 61, 6)],
    "gist_very_low": [],
}
LIFELONG = {"sts_low", "retroperitoneal", "bone_low", "gist_high"}
WITHOUT_PUBLISHED_SOURCE = {
    "retroperitoneal",
    "bone_high",
    "bone_low",
    "gist_high",
    "gist_low",
    "gist_very_low",
}


@pytest.mark.parametrize("key", MONTHS)
def test_each_pathway_asks_for_its_reviews_in_these_months(key):
    wanted = MONTHS[key]
    found = looks(pathways()[key].phases, from_on=TREATED, last_on=TREATED, how_many=60)
    if key in LIFELONG:
        assert len(found) == 60
        found = found[: len(wanted)]
    assert [look.due_on for look in found] == [add_months(TREATED, month) for month in wanted]


def test_the_table_has_these_pathways_and_no_other():
    assert list(pathways()) == list(MONTHS)


def test_a_row_without_a_published_source_says_so_and_why():
    doubtful = {key for key, row in pathways().items() if row.uncertain}
    assert doubtful == WITHOUT_PUBLISHED_SOURCE
    assert all(bool(row.why) == row.uncertain and row.source for row in pathways().values())


def test_every_phase_can_be_followed_and_lies_within_its_range():
    for row in pathways().values():
        if row.phases:
            assert schedules.phase_errors(row.phases, ReviewKind.values) == []
        assert set(row.if_indicated) <= set(ReviewKind.values)
        for phase in row.phases:
            assert phase.at_least == phase.every_months <= phase.at_most


def test_the_grace_is_two_weeks():
    assert schedules.grace() == timedelta(days=14)


def test_low_grade_has_chest_imaging_once_a_year():
    found = looks(pathways()["sts_low"].phases, from_on=TREATED, last_on=TREATED, how_many=17)
    with_imaging = [look.due_on for look in found if "chest_imaging" in look.kinds]
    assert with_imaging == [add_months(TREATED, month) for month in (12, 24, 36, 48, 60, 72, 84)]


HEAD_AND_NECK, THIGH, BELLY, FEMUR, WOMB, STOMACH = "C49.0", "C49.2", "C48.0", "C40.2", "C54.1", "C16.9"
LEIOMYOSARCOMA, EWING, OSTEOSARCOMA, DESMOID = "8890/3", "9364/3", "9180/3", "8821/1"


@pytest.mark.parametrize("site", [THIGH, HEAD_AND_NECK, "C50.9", "C34.9"])
@pytest.mark.parametrize(
    ("grade", "key"), [("G1", "sts_low"), ("G2", "sts_high"), ("G3", "sts_high"), ("GX", None), (None, None)]
)
def test_soft_tissue_goes_by_its_grade(site, grade, key):
    found = pathway_of({"morphology": LEIOMYOSARCOMA, "topography": site, "grade": grade})
    assert (found.pathway and found.pathway.key) == key
    assert found.reason


@pytest.mark.parametrize("grade", ["G1", "G2", "G3", "GX", None])
def test_the_retroperitoneum_is_one_pathway_whatever_the_grade(grade):
    found = pathway_of({"morphology": LEIOMYOSARCOMA, "topography": BELLY, "grade": grade})
    assert found.pathway.key == "retroperitoneal"


@pytest.mark.parametrize("site", [FEMUR, "C41.2", "C41.4", None])
@pytest.mark.parametrize(
    ("grade", "key"),
    [("G1", "bone_low"), ("G2", "bone_high"), ("G3", "bone_high"), ("GX", None), (None, None)],
)
def test_bone_goes_by_its_grade(site, grade, key):
    found = pathway_of({"morphology": "9220/3", "topography": site or FEMUR, "grade": grade})
    assert (found.pathway and found.pathway.key) == key


def test_ewing_sarcoma_is_of_high_grade_without_being_graded():
    assert pathway_of({"morphology": EWING, "topography": FEMUR}).pathway.key == "bone_high"
    assert pathway_of({"morphology": EWING, "topography": THIGH}).pathway.key == "sts_high"


@pytest.mark.parametrize(
    ("size", "mitoses", "site", "ruptured", "key"),
    [
        (15, 2, STOMACH, False, "gist_very_low"),
        (40, 2, STOMACH, False, "gist_low"),
        (71, 3, STOMACH, False, None),
        (120, 3, STOMACH, False, "gist_high"),
        (40, 2, STOMACH, True, "gist_high"),
        (40, 12, STOMACH, False, "gist_high"),
        (None, 3, STOMACH, False, None),
        (40, None, STOMACH, False, None),
    ],
)
def test_gist_goes_by_its_risk(size, mitoses, site, ruptured, key):
    facts = {"morphology": "8936/3", "topography": site, "size_mm": size}
    told = {"ruptured": {"value": ruptured}}
    if mitoses is not None:
        told["mitoses"] = {"value": mitoses}
    found = pathway_of(facts, {"gist": told})
    assert (found.pathway and found.pathway.key) == key


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "The type of the tumour is not recorded."),
        ({"morphology": LEIOMYOSARCOMA, "grade": "G3"}, "The site is not recorded."),
        ({"morphology": LEIOMYOSARCOMA, "topography": WOMB, "grade": "G3"}, "no row for this site"),
        ({"morphology": DESMOID, "topography": THIGH}, "intermediate behaviour"),
        ({"morphology": "8936/3", "topography": STOMACH}, "GIST"),
        ({"morphology": LEIOMYOSARCOMA, "topography": THIGH}, "grade is not recorded"),
    ],
)
def test_where_no_row_fits_the_reason_is_said(facts, reason):
    found = pathway_of(facts)
    assert found.pathway is None
    assert reason in found.reason


def test_a_family_that_the_mdt_chose_comes_before_the_site():
    facts = {"morphology": LEIOMYOSARCOMA, "topography": "C49.4", "grade": "G3", "family": "retroperitoneum"}
    assert pathway_of(facts).pathway.key == "retroperitoneal"
    facts |= {"topography": THIGH, "family": "bone_pelvis"}
    assert pathway_of(facts).pathway.key == "bone_high"


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 8, 31), 3, date(2026, 11, 30)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 10, 15), 3, date(2027, 1, 15)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
    ],
)
def test_months_end_on_the_last_day_that_there_is(day, months, then):
    assert add_months(day, months) == then
    assert months_since(day, then) == months
    assert months_since(day, then - timedelta(days=1)) == max(months - 1, 0)


def test_every_day_of_two_years_after_every_day_counts_its_months():
    for start in range(0, 800, 13):
        from_on = date(2023, 6, 1) + timedelta(days=start)
        counted = [months_since(from_on, from_on + timedelta(days=day)) for day in range(740)]
        assert counted[0] == 0
        assert counted[-1] == 24
        assert all(after - before in (0, 1) for before, after in pairwise(counted))


def test_before_the_treatment_ended_no_month_has_passed():
    assert months_since(TREATED, TREATED - timedelta(days=400)) == 0


HIGH = pathways()["sts_high"].phases


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (date(2026, 4, 20), date(2026, 7, 20)),  # five days late: the interval counts from the review
        (date(2028, 1, 14), date(2028, 4, 14)),  # the day before month 24
        (date(2029, 1, 15), date(2029, 7, 15)),  # month 36: every 6 months
        (date(2031, 1, 15), date(2032, 1, 15)),  # month 60: yearly
        (date(2035, 1, 15), date(2036, 1, 15)),  # month 108: the last one
        (date(2035, 3, 1), date(2036, 1, 15)),  # late in month 109: still seen at ten years
        (date(2035, 12, 31), date(2036, 1, 15)),  # 15 days before the end
        (date(2036, 1, 1), None),  # within the grace of the end
        (date(2036, 1, 15), None),
        (date(2037, 1, 1), None),
    ],
)
def test_the_next_review_counts_from_the_last_one_and_ends_with_the_last_phase(last, due):
    look = next_look(HIGH, from_on=TREATED, last_on=last)
    assert (look and look.due_on) == due


def test_imaging_that_was_due_before_a_late_review_is_had_then():
    phases = (Phase(None, 4, ("clinic", "ct"), imaging_every_months=12),)
    late = next_look(phases, from_on=TREATED, last_on=add_months(TREATED, 10))
    assert late.kinds == ("clinic", "ct")
    after = next_look(phases, from_on=TREATED, last_on=late.due_on)
    assert after.kinds == ("clinic",)


@pytest.mark.parametrize(
    ("phases", "said"),
    [
        ([], "at least one phase"),
        ([Phase(None, 3, ("clinic",)), Phase(60, 6, ("clinic",))], "Phase 1 has no end"),
        ([Phase(24, 3, ("clinic",)), Phase(24, 6, ("clinic",))], "Phase 2 must end after month 24"),
        ([Phase(24, 0, ("clinic",))], "from 1 to 60 months, not 0"),
        ([Phase(24, 61, ("clinic",))], "from 1 to 60 months, not 61"),
        ([Phase(24, 3, ())], "choose what belongs"),
        ([Phase(24, 3, ("tarot",))], "choose what belongs"),
        ([Phase(601, 3, ("clinic",))], "by month 600"),
    ],
)
def test_phases_that_cannot_be_followed_are_refused_with_the_reason(phases, said):
    assert any(said in line for line in schedules.phase_errors(phases, ReviewKind.values))


def test_a_schedule_keeps_its_phases_and_reads_them_back():
    for row in pathways().values():
        kept = schedules.read_phases([phase.as_json() for phase in row.phases])
        assert [(p.until_months, p.every_months, p.kinds, p.imaging_every_months) for p in kept] == [
            (p.until_months, p.every_months, p.kinds, p.imaging_every_months) for p in row.phases
        ]


@pytest.mark.parametrize("days", [-13, -2, 0, 2, 13])
def test_yearly_imaging_stays_with_its_year_though_each_review_is_held_early_or_late(days):
    phases, last, imaged, planned = pathways()["sts_low"].phases, TREATED, [], None
    while last < add_months(TREATED, 55):
        look = next_look(phases, from_on=TREATED, last_on=last, planned_on=planned)
        planned = look.due_on
        last = look.due_on + timedelta(days=days)
        if len(look.kinds) > 1:
            imaged.append(last)
    years = [add_months(TREATED, months) for months in (12, 24, 36, 48)]
    assert len(imaged) >= 4
    late = [abs(day - year).days for day, year in zip(imaged, years, strict=False)]
    assert max(late) <= 80, "half the time between two reviews, and the days by which they are late"

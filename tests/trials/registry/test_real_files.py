"""Every file of recorded registry data, by name: what is taken, what is left, what is refused."""

import pytest

from trials.registry.errors import Unreadable
from trials.registry.files import from_paths
from trials.registry.reading import read_sources

pytestmark = pytest.mark.real_data

ONE_ARM = ("The record names no arms: what is given is held as one, “All participants”.",)

EXPECTED = {
    # file: [(number, status, phases, arms, sites, what was left)]
    "aact__NCT00763412.json": [("NCT00763412", "COMPLETED", ["NA"], 2, 1, ())],
    "aact__NCT02278341.json": [("NCT02552212", "COMPLETED", ["PHASE3"], 2, 105, ())],
    "aact__NCT02552212.json": [("NCT02552212", "COMPLETED", ["PHASE3"], 2, 105, ())],
    "aact__NCT03418623.json": [("NCT03418623", "COMPLETED", ["PHASE2"], 2, 1, ())],
    "aact__NCT04780763.json": "the form of the registry’s old interface (API v1)",
    "aact__NCT06171568.json": [("NCT06171568", "NOT_YET_RECRUITING", [], 1, 1, ONE_ARM)],
    "biomcp__get_nct02576665_20260811.json": [("NCT02576665", "TERMINATED", ["PHASE1"], 1, 3, ONE_ARM)],
    "biomcp__get_nct06604689_20260811.json": [("NCT06604689", "RECRUITING", [], 1, 0, ONE_ARM)],
    "biomcp__search_keytruda_limit3_20260811.json": [
        ("NCT05431270", "RECRUITING", ["PHASE1", "PHASE2"], 1, 0, ONE_ARM),
        ("NCT03590054", "COMPLETED", ["PHASE1"], 1, 0, ONE_ARM),
        ("NCT04795661", "ACTIVE_NOT_RECRUITING", ["PHASE2"], 1, 0, ONE_ARM),
    ],
    "hadley__select_breast_cancer_trials.ndjson": [
        ("NCT01922921", "COMPLETED", ["PHASE1", "PHASE2"], 2, 1, ()),
        ("NCT01026116", "COMPLETED", ["PHASE3"], 2, 1, ()),
        ("NCT06650748", "NOT_YET_RECRUITING", ["PHASE2"], 4, 1, ()),
        ("NCT00109785", "COMPLETED", ["PHASE1"], 1, 1, ()),
        ("NCT00616135", "COMPLETED", ["PHASE4"], 1, 5, ONE_ARM),
    ],
    "hadley__tests_sample_trial.json": [
        (
            "NCT12345678",
            "RECRUITING",
            ["PHASE2"],
            1,
            0,
            (
                "The part “locationsModule” is not one that the registry has: it was left.",
                "The status “Recruiting” is not written as the registry writes it; read as RECRUITING.",
                "Conditions are groups of values instead of texts: their names were taken, their codes left.",
                "The phase “Phase 2” is not written as the registry writes it; read as PHASE2.",
                "The sex “All” is not written as the registry writes it; read as ALL.",
                "The maximum age “No upper limit” is not a number with its unit, such as 18 Years: it was left.",
                *ONE_ARM,
            ),
        )
    ],
}


def test_every_recorded_file_is_taken_in_part_or_refused(real_data):
    folder = real_data / "ctgov"
    found = {path.name for path in folder.iterdir() if path.suffix in {".json", ".ndjson"}}
    assert found == set(EXPECTED)
    for name, expected in EXPECTED.items():
        if isinstance(expected, str):
            with pytest.raises(Unreadable) as refused:
                read_sources(from_paths([folder / name]))
            assert expected in refused.value.message
            continue
        reading = read_sources(from_paths([folder / name]))
        got = [
            (
                each.nct,
                each.record.fields.get("status"),
                each.record.fields.get("phases", []),
                len(each.record.fields.get("arms", [])),
                len(each.record.fields.get("sites", [])),
                each.left,
            )
            for each in reading.studies
        ]
        assert got == expected, name


def test_the_whole_folder_takes_the_later_of_two_files_of_one_study(real_data):
    reading = read_sources(from_paths([real_data / "ctgov"]))
    twice = [each for each in reading.studies if each.nct == "NCT02552212"]
    assert [(each.record.version.isoformat(), each.follows is None) for each in twice] == [
        ("2024-01-03", True),
        ("2023-12-12", False),
    ]
    refused = [each.file for each in reading.studies if each.record is None]
    assert refused == ["aact__NCT04780763.json"]
    assert len(reading.studies) == 17
    assert reading.notes[0].startswith("This is one page of a search, with 3 of 2,924 studies.")

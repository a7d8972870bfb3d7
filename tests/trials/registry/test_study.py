"""One study: every part of it taken as the register has it, and whatever is odd said in a sentence."""

import json
from copy import deepcopy
from datetime import date

import pytest

from tests.trials.registry.studies import NCT, STUDY, study
from trials.models import Arm, Trial, TrialSite
from trials.registry.reading import read_one
from trials.registry.values import age_of


def read(one):
    return read_one(one, place=1, file="wren.json")


def test_a_study_is_taken_whole():
    got = read(STUDY)
    assert got.left == ()
    record = got.record
    assert (record.nct, record.acronym, record.aliases) == (NCT, "WREN", ())
    assert (record.posted_on, record.version) == (date(2026, 9, 14), date(2026, 10, 1))
    assert record.fields == {
        "nct": NCT,
        "title": "Wrenumab With Doxorubicin in Leiomyosarcoma",
        "official_title": "A Randomised Trial of Wrenumab With Doxorubicin in Advanced Leiomyosarcoma",
        "sponsor": "Wren Hospital",
        "eudract": "2031-000123-45",
        "ctis": "2031-500123-45-00",
        "isrctn": "ISRCTN12345678",
        "iras": "1002003",
        "other_numbers": ["WREN-01", "CCR9999"],
        "status": "RECRUITING",
        "starts": "2025-03",
        "ends": "2029-12-31",
        "why_stopped": "",
        "summary": "Two arms.\nOne of them gets wrenumab.",
        "conditions": ["Leiomyosarcoma", "Sarcoma"],
        "phases": ["PHASE1", "PHASE2"],
        "eligibility": "Inclusion Criteria:\n\n* Leiomyosarcoma",
        "sex": "ALL",
        "minimum_age": "16 Years",
        "maximum_age": "75 Years",
        "arms": [
            {
                "name": "Wrenumab",
                "text": "Wrenumab every three weeks with doxorubicin.",
                "drugs": ["wrenumab", "doxorubicin"],
            },
            {"name": "Control", "text": "Adriamycin; Placebo for wrenumab", "drugs": ["doxorubicin"]},
        ],
        "sites": [
            {
                "facility": "Wren Hospital",
                "city": "London",
                "country": "United Kingdom",
                "status": "open",
                "contact_name": "Sam Field",
                "contact_role": "Contact",
                "contact_phone": "020 7946 0002 ext. 12",
                "contact_email": "sam.field@wren.example",
            },
            {
                "facility": "Rook Infirmary",
                "city": "Leeds",
                "country": "United Kingdom",
                "status": "unknown",
                "contact_name": "Trials Office",
                "contact_role": "Central contact of the study",
                "contact_phone": "020 7946 0001",
                "contact_email": "office@wren.example",
            },
            {
                "facility": "Jay Clinic",
                "city": "Lyon",
                "country": "France",
                "status": "closed",
                "contact_name": "Trials Office",
                "contact_role": "Central contact of the study",
                "contact_phone": "020 7946 0001",
                "contact_email": "office@wren.example",
            },
        ],
    }


def id_module(**values):
    return {"identificationModule": values}


ODD = [
    # what is changed, the field, what it then is (None: not taken), what is said
    ({"statusModule": {"overallStatus": "Recruiting"}}, "status", "RECRUITING", "“Recruiting” is not written as"),
    ({"statusModule": {"overallStatus": "Active, not recruiting"}}, "status", "ACTIVE_NOT_RECRUITING", "read as"),
    ({"statusModule": {"overallStatus": "OPENED"}}, "status", None, "“OPENED” is not one that the registry uses"),
    ({"statusModule": {"overallStatus": "IN_DEVELOPMENT"}}, "status", None, "is not one that the registry uses"),
    ({"statusModule": {"overallStatus": 3}}, "status", None, "“3” is not one that the registry uses"),
    ({"statusModule": {"startDateStruct": {"date": "2025-13"}}}, "starts", None, "neither a day"),
    ({"statusModule": {"startDateStruct": {"date": "March 2025"}}}, "starts", None, "neither a day"),
    ({"statusModule": {"startDateStruct": "2025"}}, "starts", None, "is not a group of values"),
    ({"statusModule": {"completionDateStruct": {"date": "2026-02-30"}}}, "ends", None, "neither a day"),
    ({"statusModule": {"whyStopped": "x" * 400}}, "why_stopped", "x" * 299 + "…", "400 characters and was cut at 300"),
    ({"designModule": {"phases": ["Phase 2", "PHASE9"]}}, "phases", ["PHASE2"], "“PHASE9” is not one that"),
    ({"designModule": {"phases": "PHASE2"}}, "phases", None, "is not a list"),
    (
        {"conditionsModule": {"conditions": [{"name": "Sarcoma", "code": "1"}, 7]}},
        "conditions",
        ["Sarcoma"],
        "their codes left",
    ),
    ({"conditionsModule": {"conditions": ["x" * 250]}}, "conditions", ["x" * 199 + "…"], "was cut at 200"),
    ({"eligibilityModule": {"sex": "All"}}, "sex", "ALL", "read as ALL"),
    ({"eligibilityModule": {"sex": "any"}}, "sex", None, "“any” is not one that"),
    ({"eligibilityModule": {"maximumAge": "No upper limit"}}, "maximum_age", None, "is not a number with its unit"),
    ({"eligibilityModule": {"minimumAge": 18}}, "minimum_age", None, "is not a number with its unit"),
    ({"eligibilityModule": {"minimumAge": "80 Years"}}, "maximum_age", None, "is above the maximum age"),
    ({"eligibilityModule": {"minimumAge": "N/A"}}, "minimum_age", "", ""),
    ({"eligibilityModule": {"maximumAge": None}}, "maximum_age", "", ""),
    ({"eligibilityModule": {"minimumAge": "6 Months"}}, "minimum_age", "6 Months", ""),
    ({"eligibilityModule": {"eligibilityCriteria": "x" * 60_000}}, "eligibility", None, "60,000 characters"),
    ({"eligibilityModule": {"eligibilityCriteria": ["a"]}}, "eligibility", None, "is not a text"),
    ({"descriptionModule": {"briefSummary": "x" * 30_000}}, "summary", None, "A part of it could mislead"),
    ({"sponsorCollaboratorsModule": {"leadSponsor": {"name": "x" * 300}}}, "sponsor", "x" * 199 + "…", "cut at 200"),
    (id_module(briefTitle="x" * 301), "title", "x" * 299 + "…", "was cut at 300"),
    (
        id_module(briefTitle=None),
        "title",
        "A Randomised Trial of Wrenumab With Doxorubicin in Advanced Leiomyosarcoma",
        "",
    ),
    (id_module(briefTitle=None, officialTitle=None), "title", NCT, "has no title"),
    (id_module(briefTitle="Two\x00 \ud800parts"), "title", "Two parts", ""),
    (id_module(secondaryIdInfos=[{"id": "x" * 61}, "2031", {}]), "other_numbers", ["WREN-01"], "it was left"),
    (id_module(secondaryIdInfos=[{"id": "195662"}]), "other_numbers", ["WREN-01", "195662"], ""),
    (id_module(secondaryIdInfos=[{"id": "IRAS 195662"}]), "iras", "195662", ""),
    (id_module(secondaryIdInfos=[{"id": "2023-A00386-39"}]), "eudract", None, ""),
    (id_module(nctIdAliases=["nct09900009", "x"]), "other_numbers", ["WREN-01", "CCR9999", "NCT09900009"], ""),
    (id_module(nctId=" nct09900001 "), "nct", NCT, ""),
    ({"locationsModule": {"locations": []}}, "title", STUDY["protocolSection"]["identificationModule"]["briefTitle"],
     "“locationsModule” is not one that the registry has"),
    ({"contactsLocationsModule": {"locations": ["Leeds", {"country": "France"}]}}, "sites", None, "neither a name nor"),
    ({"contactsLocationsModule": {"locations": None}}, "sites", None, ""),
    ({"armsInterventionsModule": {"armGroups": ["One", {"description": "x"}]}}, "arms", None, "An arm has no name"),
]  # fmt: skip


def test_whatever_is_odd_is_said_and_the_rest_is_taken():
    for modules, name, expected, said in ODD:
        got = read(study(**modules))
        assert got.record, modules
        assert got.record.fields.get(name) == expected, (modules, got.record.fields.get(name))
        sentences = " ".join(got.left)
        assert said in sentences if said else not got.left, (modules, got.left)


def test_modules_that_are_missing_leave_their_fields_out():
    fields = {
        "statusModule": {"status", "starts", "ends"},
        "sponsorCollaboratorsModule": {"sponsor"},
        "descriptionModule": {"summary"},
        "conditionsModule": {"conditions"},
        "designModule": {"phases"},
        "armsInterventionsModule": {"arms"},
        "eligibilityModule": {"eligibility", "sex", "minimum_age", "maximum_age"},
        "contactsLocationsModule": {"sites"},
    }
    whole = set(read(STUDY).record.fields)
    for module, names in fields.items():
        got = set(read(study(**{module: None})).record.fields)
        assert whole - got == names | ({"why_stopped"} if module == "statusModule" else set()), module


def test_a_trimmed_record_clears_nothing():
    got = read(
        {
            "protocolSection": {
                "identificationModule": {"nctId": NCT},
                "statusModule": {"overallStatus": "COMPLETED"},
                "eligibilityModule": {"minimumAge": "18 Years"},
            }
        }
    )
    assert got.record.posted_on is None
    assert set(got.record.fields) == {"nct", "title", "status", "minimum_age"}


def test_drugs_without_arms_are_one_arm():
    got = read(study(armsInterventionsModule={"armGroups": None, "interventions": [
        {"name": "Opdivo"}, {"name": "Gemcitabine + Taxotere"}, {"type": "DEVICE", "name": "Pump"},
        {"type": "DRUG", "name": "x" * 90},
    ]}))  # fmt: skip
    (arm,) = got.record.fields["arms"]
    assert (arm["name"], arm["drugs"]) == ("All participants", ["nivolumab", "gemcitabine", "docetaxel"])
    assert "“All participants”" in got.left[0]
    assert "more than 80 characters" in " ".join(got.left)


def test_a_contact_that_cannot_be_reached_gives_way_to_the_central_one():
    place = {"facility": "Wren Hospital", "contacts": [{"name": "Dr Ivy Reed", "email": "not an address"}]}
    got = read(study(contactsLocationsModule={"locations": [place, {"city": "Leeds"}]}))
    first, second = got.record.fields["sites"]
    assert (first["contact_name"], first["contact_email"]) == ("Trials Office", "office@wren.example")
    assert second["facility"] == "Leeds"
    assert "is not an e-mail address" in got.left[0]


def test_how_a_status_stands_for_a_site():
    expected = {
        ("RECRUITING", None): "unknown",
        ("RECRUITING", "RECRUITING"): "open",
        ("RECRUITING", "NOT_YET_RECRUITING"): "not_yet",
        ("RECRUITING", "WITHDRAWN"): "closed",
        ("RECRUITING", "Opened"): "unknown",
        ("NOT_YET_RECRUITING", None): "not_yet",
        ("COMPLETED", None): "closed",
        ("ACTIVE_NOT_RECRUITING", None): "closed",
        ("UNKNOWN", None): "unknown",
    }
    for (overall, own), stands in expected.items():
        place = {"facility": "Wren Hospital"} | ({"status": own} if own else {})
        got = read(
            study(statusModule={"overallStatus": overall}, contactsLocationsModule={"locations": [place]})
        )
        assert got.record.fields["sites"][0]["status"] == stands, (overall, own)


REFUSED = [
    ([], "This is not a study"),
    ("text", "This is not a study but “text”"),
    ({"protocolSection": []}, "has no “protocolSection”"),
    ({"Study": {}}, "API v1"),
    ({"protocolSection": {}}, "has no number"),
    (study(identificationModule={"nctId": ""}), "has no number"),
    (study(identificationModule={"nctId": 9900001}), "“9900001” is not a ClinicalTrials.gov number"),
    (study("NCT1234567"), "NCT followed by eight digits"),
    (study("NCT123456789"), "NCT followed by eight digits"),
    (study("EudraCT"), "“EudraCT” is not a ClinicalTrials.gov number"),
]


def test_what_is_no_study_is_refused_with_the_reason():
    for one, said in REFUSED:
        got = read(one)
        assert got.record is None, one
        assert said in got.left[0], (one, got.left)


def test_a_record_full_of_faults_says_so_without_end():
    got = read(study(conditionsModule={"conditions": [[each] for each in range(200)]}))
    assert len(got.left) == 41
    assert got.left[-1] == "More of this record was not as the registry writes it."


@pytest.mark.parametrize(
    ("text", "days"),
    [("18 Years", 6574), ("1 Year", 365), ("6 months", 183), ("2 Weeks", 14), ("30 Minutes", 0), ("18", None),
     ("eighteen Years", None), ("18 Years old", None), ("-1 Years", None), ("1000 Years", None)],
)  # fmt: skip
def test_an_age_is_read_only_where_its_form_is_known(text, days):
    age = age_of(text)
    assert (round(age.days) if age else None) == days


ODD_VALUES = (
    None, True, 7, -1.5, 1e999, "", " ", "x" * 700, "x" * 60_000, "\x00\ud800", "NCT09900001", [], [None], [[]],
    ["x" * 700], [{}], {}, {"name": {}}, {"date": []}, [{"id": 3}, {"name": 3}, {"label": 3, "facility": 3}],
)  # fmt: skip


def paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from paths(value[key], (*path, key))


def test_whatever_stands_anywhere_in_a_record_it_is_taken_as_far_as_it_fits_or_refused():
    columns = {field.name: field for field in Trial._meta.get_fields() if hasattr(field, "clean")}
    for path in list(paths(STUDY))[1:]:
        for odd in ODD_VALUES:
            one = deepcopy(STUDY)
            inner = one
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = odd
            got = read(one)
            assert got.record or got.left, (path, odd)
            if not got.record:
                continue
            fields = dict(got.record.fields)
            arms, sites = fields.pop("arms", []), fields.pop("sites", [])
            for name, value in fields.items():
                columns[name].clean(value, None)
            for row, model in [(arm, Arm) for arm in arms] + [(site, TrialSite) for site in sites]:
                for name, value in row.items():
                    model._meta.get_field(name).clean(value, None)
            json.dumps([fields, arms, sites], allow_nan=False).encode("utf-8")

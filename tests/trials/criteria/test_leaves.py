"""Each kind of criterion at its boundaries: what meets it, what does not, and what leaves it open."""

from datetime import date, timedelta

import pytest

from cases.clinical.contract import Treatment
from trials.criteria.facts import Given, MatchFacts, Source
from trials.criteria.judging import judge
from trials.criteria.leaves import tester as tell
from trials.criteria.lines import Course, question_words
from trials.criteria.reading import read
from trials.criteria.words import say

TODAY = date(2026, 11, 2)
MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"


def says(leaf, today=TODAY, **known):
    """The verdict on a leaf, and that the explained way agrees."""
    node, facts = read(leaf), MatchFacts(today, **known)
    verdict = tell(node)(facts)
    assert judge(node, facts).root.verdict is verdict
    return verdict


def chemotherapy(*drugs, **more):
    return Treatment("chemotherapy", drugs=drugs, **more)


@pytest.mark.parametrize(
    ("born", "today", "verdict"),
    [
        (date(2008, 11, 2), date(2026, 11, 1), NOT_MET),
        (date(2008, 11, 2), date(2026, 11, 2), MET),
        (date(2008, 2, 29), date(2026, 2, 28), NOT_MET),
        (date(2008, 2, 29), date(2026, 3, 1), MET),
        (date(2004, 2, 29), date(2024, 2, 29), MET),
        (date(1951, 11, 3), date(2027, 11, 2), MET),
        (date(1951, 11, 3), date(2027, 11, 3), NOT_MET),
        (None, TODAY, UNKNOWN),
    ],
)
def test_age_counts_birthdays_to_the_day(born, today, verdict):
    assert says({"kind": "age", "min": 18, "max": 75}, today, birth_on=born) == verdict


def test_age_in_months_is_whole_months():
    under_two = {"kind": "age", "min": 6, "max": 23, "unit": "months"}
    born = date(2025, 1, 31)
    told = {
        date(2025, 7, 30): NOT_MET,
        date(2025, 7, 31): MET,
        date(2027, 1, 30): MET,
        date(2027, 1, 31): NOT_MET,
    }
    for today, verdict in told.items():
        assert says(under_two, today, birth_on=born) == verdict, today
    assert says({"kind": "age", "min": 1, "unit": "months"}, date(2025, 2, 28), birth_on=born) == NOT_MET
    assert says({"kind": "age", "min": 1, "unit": "months"}, date(2025, 3, 1), birth_on=born) == MET


def test_an_age_without_a_birth_date_grows_with_its_source():
    adult, today = {"kind": "age", "min": 18}, TODAY
    assert says(adult, age=18) == MET
    told = {"age": Source("referral", today - timedelta(days=200))}
    assert says(adult, age=17, sources=told) == UNKNOWN
    assert says({"kind": "age", "max": 75}, age=75, sources=told) == UNKNOWN
    told = {"age": Source("referral", today - timedelta(days=800))}
    assert says(adult, age=16, sources=told) == MET
    assert says({"kind": "age", "min": 6, "max": 400, "unit": "months"}, age=33) == UNKNOWN


def test_an_age_of_which_nobody_knows_the_day_is_the_least_that_it_is_today():
    told = {
        (18, "min", 18): MET,
        (17, "min", 18): UNKNOWN,
        (74, "max", 75): UNKNOWN,
        (75, "max", 75): UNKNOWN,
        (76, "max", 75): NOT_MET,
    }
    for (age, limit, years), verdict in told.items():
        assert says({"kind": "age", limit: years}, age=age) == verdict, (age, limit)


def test_performance_status_includes_its_limits():
    limits = {"kind": "performance_status", "min": 1, "max": 2}
    told = {0: NOT_MET, 1: MET, 2: MET, 3: NOT_MET, 4: NOT_MET, None: UNKNOWN}
    assert {value: says(limits, performance_status=value) for value in told} == told
    assert says({"kind": "performance_status", "max": 1}, performance_status=0) == MET


def test_sex_recorded_as_other_or_not_known_is_asked():
    women = {"kind": "sex", "any_of": ["female"]}
    told = {"female": MET, "male": NOT_MET, "other": UNKNOWN, "not_known": UNKNOWN, None: UNKNOWN}
    assert {sex: says(women, sex=sex) for sex in told} == told
    assert says({"kind": "sex", "any_of": ["other"]}, sex="other") == MET


@pytest.mark.parametrize(
    ("leaf", "code", "site", "verdict"),
    [
        ({"codes": ["8890/3"]}, "8890/3", None, MET),
        ({"codes": ["8890/3"]}, "8891/3", None, NOT_MET),
        ({"codes": ["8890"]}, "8890/1", None, MET),
        ({"codes": ["8802/3"]}, "8830/3", None, MET),
        ({"codes": ["8830/3"]}, "8802/3", None, MET),
        ({"codes": ["8830"]}, "8802/3", None, MET),
        ({"codes": ["8852/3"]}, "8853/3", None, MET),
        ({"groups": ["Adipocytic"]}, "8858/3", None, MET),
        ({"groups": ["Adipocytic"]}, "8890/3", None, NOT_MET),
        ({"groups": ["Bone: osteogenic"]}, "9180/3", "C40.2", MET),
        ({"groups": ["Bone: osteogenic"]}, "9180/3", "C49.2", NOT_MET),
        ({"groups": ["Bone: osteogenic"]}, "9180/3", None, UNKNOWN),
        ({"groups": ["Smooth muscle"]}, "8890/3", "C40.2", NOT_MET),
        ({"groups": ["Any sarcoma"]}, "8936/1", None, MET),
        ({"groups": ["Any sarcoma"]}, "8821/1", None, NOT_MET),
        ({"groups": ["Any sarcoma"]}, "8140/3", None, UNKNOWN),
        ({"codes": ["8890/3"]}, "8140/3", None, NOT_MET),
        ({"codes": ["8852/3"]}, "8850/3", None, UNKNOWN),
        ({"codes": ["8852/3"]}, "8800/3", None, UNKNOWN),
        ({"codes": ["8852/3"]}, "8000/3", None, UNKNOWN),
        ({"codes": ["8852/3"]}, "8004/3", None, UNKNOWN),
        ({"codes": ["8852/3"]}, "8800/9", None, UNKNOWN),
        ({"groups": ["Adipocytic"]}, "8000/3", None, UNKNOWN),
        ({"groups": ["Adipocytic"]}, "8850/3", None, MET),
        ({"groups": ["Adipocytic"]}, "8800/3", None, UNKNOWN),
        ({"codes": ["8890/3"], "groups": ["GIST"]}, "8936/3", None, MET),
        ({"codes": ["8890/3"]}, None, "C49.2", UNKNOWN),
    ],
)
def test_a_histology_is_met_by_code_old_code_or_group_and_a_subtype_not_told_is_open(
    leaf, code, site, verdict
):
    assert says({"kind": "histology", **leaf}, morphology=code, topography=site) == verdict


ADVANCED = ["locally_advanced", "metastatic"]


@pytest.mark.parametrize(
    ("asked", "known", "verdict"),
    [
        (["metastatic"], {"m": "M1"}, MET),
        (["metastatic"], {"m": "M1b"}, MET),
        (["metastatic"], {"m": "M0"}, NOT_MET),
        (["metastatic"], {"m": "MX"}, UNKNOWN),
        (["metastatic"], {"metastatic_sites": ("lung",)}, MET),
        (["metastatic"], {"m": "M0", "disease_status": "metastatic_recurrence"}, MET),
        (["metastatic"], {"n": "N1", "m": "M0"}, NOT_MET),
        (["localised"], {"m": "M0"}, MET),
        (["localised"], {"m": "M1"}, NOT_MET),
        (["localised"], {}, UNKNOWN),
        (["locally_advanced"], {"m": "M0", "resectability": "unresectable"}, MET),
        (["locally_advanced"], {"m": "M0", "resectability": "difficult"}, UNKNOWN),
        (["locally_advanced"], {"m": "M0", "resectability": "resectable"}, NOT_MET),
        (["locally_advanced"], {"m": "M1", "resectability": "unresectable"}, NOT_MET),
        (ADVANCED, {"resectability": "unresectable"}, MET),
        (ADVANCED, {"m": "M0", "resectability": "resectable"}, NOT_MET),
        (ADVANCED, {"resectability": "resectable"}, UNKNOWN),
        (["local_recurrence"], {"disease_status": "local_recurrence"}, MET),
        (["local_recurrence"], {"disease_status": "primary", "m": "M0"}, NOT_MET),
        (["local_recurrence"], {"disease_status": "local_recurrence", "m": "M1"}, MET),
        (["local_recurrence"], {"m": "M0"}, UNKNOWN),
        (["residual"], {"disease_status": "residual"}, MET),
        (["localised", "metastatic"], {}, MET),
    ],
)
def test_the_extent_is_what_the_record_leaves_possible(asked, known, verdict):
    assert says({"kind": "extent", "any_of": asked}, **known) == verdict


def test_an_open_extent_waits_for_the_fact_that_would_settle_it():
    def waits(asked, **known):
        (question,) = judge(read({"kind": "extent", "any_of": asked}), MatchFacts(TODAY, **known)).questions
        return question.fact, question.owed_by

    assert waits(ADVANCED) == ("m", "radiologist")
    assert waits(ADVANCED, m="M0") == ("resectability", "surgeon")
    assert waits(ADVANCED, m="M0", resectability="difficult") == ("resectability", "surgeon")
    assert waits(["local_recurrence"]) == ("disease_status", "surgeon")


def test_resectability_is_one_of_those_asked():
    told = {"resectable": MET, "difficult": MET, "unresectable": NOT_MET, None: UNKNOWN}
    leaf = {"kind": "resectability", "any_of": ["resectable", "difficult"]}
    assert {value: says(leaf, resectability=value) for value in told} == told


SURGERY = Treatment("surgery")
LIMB = chemotherapy("melphalan", technique="isolated_limb_perfusion")
ADJUVANT, NEOADJUVANT = (chemotherapy("doxorubicin", timing=each) for each in ("adjuvant", "neoadjuvant"))
FIRST = chemotherapy("doxorubicin", timing="definitive")
LATER = chemotherapy("trabectedin", timing="palliative")
TWO = (chemotherapy("doxorubicin"), Treatment("targeted_therapy", drugs=("pazopanib",)))


@pytest.mark.parametrize(
    ("leaf", "given", "complete", "verdict"),
    [
        ({"min": 1}, (), None, UNKNOWN),
        ({"min": 1}, (), True, NOT_MET),
        ({"min": 1}, (), False, UNKNOWN),
        ({"min": 1}, (SURGERY,), None, UNKNOWN),
        ({"min": 1}, (SURGERY,), True, NOT_MET),
        ({"min": 1}, (SURGERY,), False, UNKNOWN),
        ({"min": 1}, (LIMB, Treatment("other_drug", drugs=("denosumab",))), None, UNKNOWN),
        ({"min": 1}, TWO, False, MET),
        ({"min": 1}, (ADJUVANT,), None, MET),
        ({"min": 2, "max": 2}, TWO, None, UNKNOWN),
        ({"min": 2, "max": 2}, (FIRST, LATER), None, MET),
        ({"min": 3}, TWO, None, NOT_MET),
        ({"max": 1}, TWO, None, UNKNOWN),
        ({"max": 1}, TWO, False, UNKNOWN),
        ({"max": 1}, (chemotherapy("doxorubicin"), chemotherapy("ifosfamide")), None, UNKNOWN),
        ({"max": 1}, (FIRST, LATER), None, NOT_MET),
        ({"max": 1}, (FIRST, LATER), False, NOT_MET),
        ({"max": 1}, (NEOADJUVANT, ADJUVANT), None, UNKNOWN),
        ({"max": 1}, (NEOADJUVANT, ADJUVANT, LATER), None, UNKNOWN),
        ({"max": 2}, TWO, None, MET),
        ({"max": 2}, TWO, False, UNKNOWN),
        ({"max": 0}, TWO, None, NOT_MET),
        ({"max": 0}, (ADJUVANT,), None, UNKNOWN),
        ({"max": 0}, (), None, UNKNOWN),
        ({"max": 0}, (), True, MET),
        ({"max": 0}, (SURGERY, Treatment("radiotherapy")), None, UNKNOWN),
        ({"max": 0}, (SURGERY, Treatment("radiotherapy")), True, MET),
    ],
)
def test_rows_that_may_be_one_line_exclude_nobody(leaf, given, complete, verdict):
    known = {"treatments": given, "treatments_complete": complete}
    assert says({"kind": "lines", **leaf}, **known) == verdict


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (Course(None, date(2024, 1, 1), date(2024, 5, 1)), Course(None, date(2024, 9, 1)), NOT_MET),
        (Course(None, None, date(2024, 5, 1)), Course(None, date(2024, 9, 1)), NOT_MET),
        (Course(None, date(2024, 1, 1), date(2024, 5, 1)), Course(None, date(2024, 5, 1)), UNKNOWN),
        (Course(None, date(2024, 1, 1)), Course(None, date(2024, 9, 1)), UNKNOWN),
        (Course(None, date(2024, 1, 1)), Course(None, date(2025, 1, 3)), NOT_MET),
        (Course(None, date(2024, 1, 1), date(2026, 1, 1)), Course(None, date(2025, 9, 1)), UNKNOWN),
        (Course(None), Course(None, date(2025, 9, 1)), UNKNOWN),
        (
            Course("neoadjuvant", date(2024, 1, 1), date(2024, 3, 1)),
            Course("adjuvant", date(2024, 5, 1)),
            UNKNOWN,
        ),
    ],
)
def test_the_days_tell_lines_apart(first, second, verdict):
    for courses in ((first, second), (second, first)):
        assert says({"kind": "lines", "max": 1}, treatments=TWO, courses=courses) == verdict


def test_how_recorded_rows_count_is_asked_until_another_row_is_recorded():
    node = read({"kind": "lines", "min": 1, "max": 1})
    (asked,) = judge(node, MatchFacts(TODAY, treatments=TWO)).questions
    assert (asked.fact, asked.question, asked.owed_by) == ("prior_treatments", "lines:1:1:2", "oncologist")
    for answer, verdict in (("yes", MET), ("no", NOT_MET), ("not_known", UNKNOWN)):
        known = {"treatments": TWO, "answers": {"lines:1:1:2": Given(answer, TODAY, "one regimen")}}
        assert says({"kind": "lines", "min": 1, "max": 1}, **known) == verdict
        known["treatments"] = (*TWO, chemotherapy("trabectedin"))
        assert says({"kind": "lines", "min": 1, "max": 1}, **known) == UNKNOWN
    yes = {"lines:1:1:2": Given("yes", TODAY, "one regimen")}
    seen = judge(node, MatchFacts(TODAY, treatments=TWO, answers=yes)).root
    assert seen.saw.endswith("counted in lines by a person: as the criterion asks")
    incomplete = MatchFacts(TODAY, treatments=TWO, answers=yes, treatments_complete=False)
    assert [each.question for each in judge(node, incomplete).questions] == ["treatments_complete"]


def test_the_question_of_how_rows_count_is_said_in_words():
    told = {
        "lines::1:2": "2 systemic treatments recorded: does the trial count at most 1 line? (One regimen is one line.)",
        "lines:2::3": "at least 2 lines",
        "lines:2:2:3": "exactly 2 lines",
        "lines:1:3:4": "1 to 3 lines",
        "lines::0:1": "does the trial take the patient as one without an earlier line?",
        "lvef": "",
    }
    for key, words in told.items():
        assert words in question_words(key)
    assert question_words("lvef") == question_words("lines:x:1:2") == ""


@pytest.mark.parametrize(
    ("brand", "generic"),
    [
        ("Opdivo", "nivolumab"),
        ("KEYTRUDA®", "pembrolizumab"),
        ("Yervoy", "ipilimumab"),
        ("Glivec", "imatinib"),
        ("Sutent", "sunitinib"),
        ("Stivarga", "regorafenib"),
        ("Caelyx", "pegylated liposomal doxorubicin"),
        ("sunitinib malate", "sunitinib"),
        ("NKTR-214", "bempegaldesleukin"),
        ("T-VEC", "talimogene laherparepvec"),
        ("Gemcitabine + docetaxel", "docetaxel"),
        ("doxorubicin hydrochloride", "doxorubicin"),
    ],
)
def test_a_drug_is_known_under_its_brand_in_the_record_and_in_the_criteria(brand, generic):
    given = (Treatment("other_drug", drugs=(brand,)),)
    for asked in (brand, generic):
        if "+" not in asked:
            assert says({"kind": "drugs_excluded", "any_of": [asked]}, treatments=given) == NOT_MET
            assert says({"kind": "drugs_required", "any_of": [asked]}, treatments=given) == MET


CHECKPOINT = Treatment("immunotherapy", kind="checkpoint_inhibitor")
T_CELLS = Treatment("immunotherapy", kind="ny_eso_1_t_cell")


@pytest.mark.parametrize(
    ("asked", "given", "complete", "was_given"),
    [
        ({"any_of": ["doxorubicin"]}, (chemotherapy("doxorubicin"),), None, MET),
        ({"any_of": ["doxorubicin"]}, (chemotherapy("doxorubicin"),), False, MET),
        ({"any_of": ["doxorubicin"]}, (chemotherapy(),), None, UNKNOWN),
        ({"any_of": ["doxorubicin"]}, (chemotherapy("AIM regimen"),), None, UNKNOWN),
        ({"any_of": ["doxorubicin"]}, (chemotherapy("ifosfamide", "mesna"),), None, NOT_MET),
        ({"any_of": ["doxorubicin"]}, (Treatment("targeted_therapy"),), None, NOT_MET),
        ({"any_of": ["doxorubicin"]}, (chemotherapy(technique="isolated_limb_perfusion"),), None, UNKNOWN),
        ({"any_of": ["doxorubicin"]}, (SURGERY,), None, UNKNOWN),
        ({"any_of": ["doxorubicin"]}, (SURGERY,), True, NOT_MET),
        ({"any_of": ["doxorubicin"]}, (SURGERY,), False, UNKNOWN),
        ({"any_of": ["doxorubicin"]}, (), None, UNKNOWN),
        ({"any_of": ["doxorubicin"]}, (), True, NOT_MET),
        ({"any_of": ["a new compound"]}, (Treatment("targeted_therapy"),), None, UNKNOWN),
        ({"any_of": ["a new compound"]}, (chemotherapy("gemcitabine"),), None, NOT_MET),
        ({"classes": ["anthracycline"]}, (chemotherapy("epirubicin"),), None, MET),
        ({"classes": ["anthracycline"]}, (chemotherapy("gemcitabine"),), None, NOT_MET),
        ({"classes": ["anti_pd_1"]}, (Treatment("immunotherapy", drugs=("Opdivo",)),), None, MET),
        ({"classes": ["anti_pd_1"]}, (CHECKPOINT,), None, UNKNOWN),
        ({"classes": ["anti_pd_1"]}, (T_CELLS,), None, NOT_MET),
        ({"classes": ["anti_pd_1"]}, (Treatment("immunotherapy"),), None, UNKNOWN),
        ({"classes": ["checkpoint_inhibitor"]}, (CHECKPOINT,), None, MET),
        ({"classes": ["car_t_cell"]}, (Treatment("immunotherapy"),), None, UNKNOWN),
    ],
)
def test_a_drug_was_given_was_not_or_nobody_can_tell(asked, given, complete, was_given):
    known = {"treatments": given, "treatments_complete": complete}
    opposite = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}[was_given]
    assert says({"kind": "drugs_required", **asked}, **known) == was_given
    assert says({"kind": "drugs_excluded", **asked}, **known) == opposite


def test_an_open_drug_waits_for_its_name_or_for_the_word_that_all_is_recorded():
    leaf = read({"kind": "drugs_excluded", "any_of": ["doxorubicin"]})
    (unnamed,) = judge(leaf, MatchFacts(TODAY, treatments=(chemotherapy(),))).questions
    (untold,) = judge(leaf, MatchFacts(TODAY)).questions
    assert (unnamed.fact, unnamed.question) == ("prior_treatments", "")
    assert (untold.fact, untold.question) == ("prior_treatments", "treatments_complete")


def test_a_question_to_a_person_is_open_until_it_is_answered():
    leaf = {"kind": "ask", "id": "lvef", "text": "LVEF 45 % or more?"}
    unwanted = {**leaf, "wanted": "no"}
    told = {"yes": (MET, NOT_MET), "no": (NOT_MET, MET), "not_known": (UNKNOWN, UNKNOWN)}
    for answer, expected in told.items():
        known = {"answers": {"lvef": Given(answer, TODAY, "echo")}}
        assert (says(leaf, **known), says(unwanted, **known)) == expected
    assert says(leaf, answers={"other": Given("yes")}) == UNKNOWN
    (question,) = judge(read(leaf), MatchFacts(TODAY)).questions
    assert (question.question, question.owed_by, question.says) == (
        "lvef",
        "trial_coordinator",
        "LVEF 45 % or more?",
    )


def test_measurable_disease_is_answered_by_a_person():
    leaf = {"kind": "measurable_disease"}
    assert says(leaf) == UNKNOWN
    assert says(leaf, answers={"measurable_disease": Given("no")}) == NOT_MET


def test_a_judgement_says_what_it_saw_when_and_where():
    tree = {
        "all": [
            {"kind": "histology", "codes": ["8890/3"]},
            {"not": {"kind": "lines", "min": 1}},
            {"kind": "age", "min": 18},
        ]
    }
    facts = MatchFacts(
        TODAY,
        morphology="8858/3",
        treatments=TWO,
        sources={"morphology": Source("pathology, resection", date(2026, 3, 1))},
    )
    outcome = judge(read(tree), facts)
    histology, lines = outcome.reasons
    assert (outcome.result, outcome.met, outcome.questions) == ("excluded", 0, ())
    assert histology.saw == "Dedifferentiated liposarcoma (8858/3)"
    assert (histology.on, histology.source, histology.fact) == (
        date(2026, 3, 1),
        "pathology, resection",
        "morphology",
    )
    assert lines.says == "Not: Earlier systemic treatments: 1 or more"
    assert lines.saw == "Chemotherapy: doxorubicin; Targeted therapy: pazopanib"


def test_what_was_said_of_earlier_treatments_stands_beside_them():
    leaf = read({"kind": "lines", "max": 0})
    said = {"treatments_complete": Given("yes", date(2026, 10, 1), "asked in clinic")}
    none = judge(leaf, MatchFacts(TODAY, treatments_complete=True, answers=said)).root
    assert (none.saw, none.on) == ("No earlier treatment recorded; all is recorded", date(2026, 10, 1))
    surgery = judge(leaf, MatchFacts(TODAY, treatments=(SURGERY,))).root
    assert surgery.saw == "No systemic treatment among those recorded"


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        (
            {"kind": "histology", "codes": ["9364/3"], "groups": ["GIST"]},
            "Histology: GIST or Ewing sarcoma (9364/3)",
        ),
        ({"kind": "histology", "codes": ["8802"]}, "Histology: undifferentiated pleomorphic sarcoma (8802)"),
        (
            {"kind": "extent", "any_of": ["localised", "residual"]},
            "Extent: localised or residual after surgery",
        ),
        ({"kind": "performance_status", "max": 1}, "Performance status (ECOG) 1 or less"),
        ({"kind": "age", "min": 12, "max": 15}, "Age 12 to 15 years"),
        ({"kind": "age", "min": 6, "unit": "months"}, "Age 6 months or more"),
        ({"kind": "lines", "max": 0}, "No earlier systemic treatment"),
        ({"kind": "lines", "min": 1}, "Earlier systemic treatments: 1 or more"),
        (
            {"kind": "drugs_excluded", "any_of": ["Keytruda"], "classes": ["anti_ctla_4", "gnrh_agonist"]},
            "Never given: pembrolizumab, any CTLA-4 antibody or any GnRH agonist",
        ),
        (
            {"kind": "biomarker", "name": "nyeso1", "min_percent": 30},
            "NY-ESO-1 in 30 % of tumour cells or more",
        ),
        ({"kind": "biomarker", "name": "PRAME", "result": "negative"}, "PRAME negative"),
        ({"kind": "hla", "alleles": ["A*02:01", "A2"]}, "HLA type: A*02:01 or A*02"),
        ({"kind": "fusion", "any_of": ["NTRK1"]}, "Gene fusion: any of NTRK1"),
        ({"kind": "mutation", "any_of": ["KIT exon 11"]}, "Mutation: KIT exon 11"),
        ({"kind": "ask", "id": "x", "text": "Pregnant?", "wanted": "no"}, "Pregnant? (wanted: no)"),
        (
            {"any": [{"kind": "age", "max": 17}, {"all": [{"kind": "measurable_disease"}]}]},
            "Age 17 years or less; or (Measurable disease (RECIST 1.1))",
        ),
    ],
)
def test_a_criterion_is_said_in_words(leaf, words):
    assert say(read(leaf)) == words

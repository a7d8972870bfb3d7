"""Results as laboratories write them: NY-ESO-1 and PD-L1, HLA types, fusions and mutations."""

from datetime import date

import pytest

from trials.criteria.facts import MatchFacts, Result
from trials.criteria.leaves import tester as tell
from trials.criteria.markers import fusion_written, marker_named, mutation_written, per_cent, sign
from trials.criteria.reading import read
from trials.criteria.words import say

TODAY = date(2026, 11, 2)
MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"


def says(leaf, *results):
    """The verdict with these results recorded, each (name, result, per cent), the last one the newest."""
    recorded = tuple(
        Result(name, result, percent, date(2026, 1, 1 + place))
        for place, (name, result, percent) in enumerate((*each, None)[:3] for each in results)
    )
    return tell(read(leaf))(MatchFacts(TODAY, biomarkers=recorded))


@pytest.mark.parametrize(
    ("results", "positive", "at_least_30"),
    [
        ([], UNKNOWN, UNKNOWN),
        ([("NY-ESO-1", "positive")], MET, UNKNOWN),
        ([("ny_eso_1", "negative")], NOT_MET, NOT_MET),
        ([("NYESO1", "positive", 30)], MET, MET),
        ([("CTAG1B", "positive", 29)], MET, NOT_MET),
        ([("ny_eso_1", "", 80)], UNKNOWN, MET),
        ([("ny_eso_1", "", 0)], NOT_MET, NOT_MET),
        ([("ny_eso_1", "60 % of cells, 2+")], UNKNOWN, MET),
        ([("ny_eso_1", "positive in 10-40 %")], MET, UNKNOWN),
        ([("ny_eso_1", "<1%")], UNKNOWN, NOT_MET),
        ([("ny_eso_1", "> 50 per cent")], UNKNOWN, MET),
        ([("ny_eso_1", "awaited")], UNKNOWN, UNKNOWN),
        ([("ny_eso_1", "positive"), ("ny_eso_1", "insufficient material")], MET, UNKNOWN),
        ([("ny_eso_1", "positive"), ("ny_eso_1", "negative")], NOT_MET, NOT_MET),
        ([("ny_eso_1", "negative"), ("ny_eso_1", "positive", 70)], MET, MET),
        ([("PD-L1", "positive", 90)], UNKNOWN, UNKNOWN),
    ],
)
def test_ny_eso_1_is_met_by_its_sign_or_by_its_per_cent(results, positive, at_least_30):
    opposite = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}[positive]
    assert says({"kind": "biomarker", "name": "NY-ESO-1", "result": "positive"}, *results) == positive
    assert says({"kind": "biomarker", "name": "ny_eso_1", "result": "negative"}, *results) == opposite
    assert says({"kind": "biomarker", "name": "ny-eso-1", "min_percent": 30}, *results) == at_least_30


def test_pd_l1_is_known_under_its_names():
    leaf = {"kind": "biomarker", "name": "PD-L1", "min_percent": 1}
    for name in ("PD-L1", "pdl1", "CD274", "PD-L1 (TPS)", "pd_l1"):
        assert says(leaf, (name, "TPS 50%")) == MET, name
    assert says(leaf, ("PD-L1", "TPS <1%")) == NOT_MET


def test_the_method_and_the_antibody_leave_a_test_what_it_is():
    told = {
        "NY-ESO-1 IHC": "ny_eso_1",
        "NY-ESO-1 immunohistochemistry (E978)": "ny_eso_1_immunohistochemistry_(e978)",
        "PD-L1 (22C3)": "pd_l1",
        "PD-L1 SP263 IHC": "pd_l1",
        "PD-L1 28-8": "pd_l1",
        "INI1 IHC": "ini1",
        "INI1 (SMARCB1)": "ini1",
        "MDM2 FISH": "mdm2",
        "HER2 status": "her2",
        "PD-L1 CPS": "pd_l1_cps",
        "PD-L1 combined positive score (CPS)": "pd_l1_cps",
        "FISH": "fish",
        "IHC": "ihc",
        "NY-ESO-1 RNA": "ny_eso_1_rna",
    }
    assert {name: marker_named(name) for name in told} == told


def test_the_two_scores_of_pd_l1_are_not_taken_for_one_another():
    per_cent = {"kind": "biomarker", "name": "PD-L1", "min_percent": 50}
    combined = {"kind": "biomarker", "name": "PD-L1 CPS", "min_percent": 50}
    told = {
        ("PD-L1", "TPS 5 %, CPS 60"): (NOT_MET, MET),
        ("PD-L1 (22C3)", "TPS 60%; CPS 5"): (MET, NOT_MET),
        ("PD-L1", "CPS 60"): (UNKNOWN, MET),
        ("PD-L1", "CPS 60", 60): (UNKNOWN, MET),
        ("PD-L1", "CPS >= 50"): (UNKNOWN, MET),
        ("PD-L1", "CPS < 10"): (UNKNOWN, NOT_MET),
        ("PD-L1", "CPS 10-60"): (UNKNOWN, UNKNOWN),
        ("PD-L1 CPS", "", 60): (UNKNOWN, MET),
        ("PD-L1", "", 60): (MET, UNKNOWN),
        ("PD-L1 TPS", "60 %"): (MET, UNKNOWN),
    }
    for result, verdicts in told.items():
        assert (says(per_cent, result), says(combined, result)) == verdicts, result
    assert say(read(combined)) == "PD-L1 combined positive score (CPS) 50 or more"


def test_a_name_of_no_test_is_kept():
    assert marker_named("Some Other-Test") == "some_other_test"


A2 = {"kind": "hla", "alleles": ["A*02:01", "A*0205", "HLA-A*02:06"]}


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([], UNKNOWN),
        ([("HLA", "HLA-A*02:01")], MET),
        ([("HLA-A", "A*0201")], MET),
        ([("HLA-A", "02:01")], MET),
        ([("HLA-A", "A*02:01:01G, A*24:02:01")], MET),
        ([("HLA typing", "A*24:02, A*02:06; B*07:02, B*44:02")], MET),
        ([("HLA-A", "A*02:05/A*03:01")], MET),
        ([("HLA-A*02:01", "positive")], MET),
        ([("HLA-A*02:01", "negative")], UNKNOWN),
        ([("HLA-A2", "positive")], UNKNOWN),
        ([("HLA", "A2 positive")], UNKNOWN),
        ([("HLA-A2", "negative")], NOT_MET),
        ([("HLA", "A2 negative")], NOT_MET),
        ([("HLA-A", "A*02, A*24")], UNKNOWN),
        ([("HLA-A", "A*01, A*24")], NOT_MET),
        ([("HLA-A", "A*01:01, A*24:02")], NOT_MET),
        ([("HLA-A", "A*24:02")], UNKNOWN),
        ([("HLA-A", "A*24:02 homozygous")], NOT_MET),
        ([("HLA-A", "A*24:02, A*24:02")], NOT_MET),
        ([("HLA-A", "A*02:07, A*11:01")], NOT_MET),
        ([("HLA-A", "A*02:01N, A*11:01")], NOT_MET),
        ([("HLA", "B*02:01, B*07:02")], UNKNOWN),
        ([("HLA-A", "pending")], UNKNOWN),
        ([("HLA-A", "A*24:02 (A24)")], UNKNOWN),
        ([("HLA-A", "A*24:02 (A24), A*11:01 (A11)")], NOT_MET),
        ([("HLA-A", "A*02:01 (A2)")], MET),
        ([("HLA-A", "A*02:03/02:07")], UNKNOWN),
        ([("HLA-A", "A*24:02/24:03")], UNKNOWN),
        ([("HLA-A", "A*24:02/03")], UNKNOWN),
        ([("HLA-A", "A*2402/2403")], UNKNOWN),
        ([("HLA-A", "A*24:02/A*24:03")], UNKNOWN),
        ([("HLA-A", "A*24:02/24:03, A*11:01")], NOT_MET),
        ([("HLA-A", "A*02:01/02:07, A*11:01")], UNKNOWN),
        ([("HLA-A", "24:02/11:01")], NOT_MET),
        ([("HLA-A2", "positive"), ("HLA-A", "A*02:07, A*24:02")], NOT_MET),
        ([("HLA-A2", "positive"), ("HLA-A", "A*02:01, A*24:02")], MET),
        ([("HLA", "A*02:01 negative, A*02:05 negative, A*02:06 negative")], NOT_MET),
    ],
)
def test_an_hla_type_is_read_as_it_is_written_and_a_group_settles_no_allele(results, verdict):
    assert says(A2, *results) == verdict


def test_a_group_asked_for_is_met_by_any_allele_of_it():
    group = {"kind": "hla", "alleles": ["A2"]}
    for told in ("A*02:01", "A2", "A*0207, A*24:02"):
        assert says(group, ("HLA-A", told)) == MET, told
    assert says(group, ("HLA-A", "A*01:01, A*24:02")) == NOT_MET


@pytest.mark.parametrize(
    ("asked", "results", "verdict"),
    [
        ("SS18::SSX1", [("fusion", "SS18-SSX1")], MET),
        ("SS18-SSX1", [("fusion", "SS18::SSX1")], MET),
        ("SS18::SSX1", [("SS18-SSX1", "positive")], MET),
        ("SS18::SSX1", [("SS18-SSX1", "not detected")], NOT_MET),
        ("SS18::SSX1", [("fusion", "SSX1::SS18 detected")], MET),
        ("SS18::SSX1", [("fusion", "SYT-SSX1")], MET),
        ("SS18::SSX1", [("fusion", "SS18::SSX2")], NOT_MET),
        ("SS18::SSX1", [("fusion", "SS18-SSX")], UNKNOWN),
        ("SS18::SSX", [("fusion", "SS18::SSX1")], MET),
        ("t(X;18)", [("fusion", "SS18::SSX4")], MET),
        ("SS18::SSX1", [("karyotype", "t(X;18)(p11;q11)")], UNKNOWN),
        ("SS18::SSX1", [("SS18 FISH", "rearranged")], UNKNOWN),
        ("SS18::SSX1", [("SS18 break-apart FISH", "negative")], NOT_MET),
        ("SS18::SSX1", [("fusion panel", "no fusion found")], NOT_MET),
        ("SS18::SSX1", [("NY-ESO-1", "positive"), ("fusion panel", "no fusion found")], NOT_MET),
        ("SS18::SSX1", [("fusion panel", "awaited")], UNKNOWN),
        ("SS18::SSX1", [("NY-ESO-1", "positive")], UNKNOWN),
        ("FUS::DDIT3", [("fusion", "t(12;16)")], MET),
        ("FUS::DDIT3", [("FISH", "DDIT3 rearranged")], UNKNOWN),
        ("DDIT3", [("FISH", "DDIT3 rearranged")], MET),
        ("FUS::DDIT3", [("FISH", "CHOP rearrangement absent")], NOT_MET),
        ("NTRK1", [("RNA panel", "TPM3::NTRK1 fusion")], MET),
        ("NTRK1", [("RNA panel", "SS18::SSX1")], UNKNOWN),
        ("SS18::SSX1", [("fusion", "SS18-SSX1, not SS18-SSX2")], MET),
        ("SS18::SSX2", [("fusion", "SS18-SSX1, not SS18-SSX2")], NOT_MET),
    ],
)
def test_a_fusion_is_read_however_it_is_written(asked, results, verdict):
    assert says({"kind": "fusion", "any_of": [asked]}, *results) == verdict


@pytest.mark.parametrize(
    ("asked", "results", "verdict"),
    [
        ("KIT exon 11", [("KIT", "exon 11 deletion")], MET),
        ("KIT exon 11", [("KIT exon 11", "mutated")], MET),
        ("KIT exon 11", [("mutation", "KIT exon 11")], MET),
        ("KIT exon 11", [("c-KIT exon 11", "positive")], MET),
        ("KIT exon 11", [("KIT exon 11", "wild type")], NOT_MET),
        ("KIT exon 11", [("KIT", "wild type")], NOT_MET),
        ("KIT exon 11", [("KIT", "exon 9 duplication")], UNKNOWN),
        ("KIT exon 11", [("KIT", "exon 9 mutation, no mutation in exon 11")], NOT_MET),
        ("KIT exon 11", [("PDGFRA", "D842V")], UNKNOWN),
        ("KIT exon 11", [("KIT", "awaited")], UNKNOWN),
        ("PDGFRA D842V", [("PDGFRA", "D842V")], MET),
        ("PDGFRA D842V", [("PDGFRA D842V", "not detected")], NOT_MET),
        ("PDGFRA exon 18", [("PDGFRA D842V", "not detected")], UNKNOWN),
        ("KIT", [("KIT", "exon 9 duplication")], MET),
        ("KIT", [("KIT", "no mutation found")], NOT_MET),
        ("KIT exon 11", [("KIT exon 11", "wild type"), ("KIT exon 11", "mutated")], MET),
    ],
)
def test_a_mutation_is_read_by_gene_and_place(asked, results, verdict):
    assert says({"kind": "mutation", "any_of": [asked]}, *results) == verdict


def test_results_are_positive_negative_or_not_understood():
    told = {
        "positive": True,
        "Positive (3+)": True,
        "++": True,
        "detected": True,
        "retained": True,
        "negative": False,
        "Not detected": False,
        "no mutation found": False,
        "without evidence of rearrangement": False,
        "lost": False,
        "wild-type": False,
        "equivocal": None,
        "not tested": None,
        "negative for one, positive for another": None,
        "see report": None,
        "": None,
    }
    assert {text: sign(text) for text in told} == told


def test_per_cents_are_read_with_their_bounds_and_several_settle_nothing():
    told = {
        "60 %": (60, 60),
        "2+ in 60%": (60, 60),
        "30-40 %": (30, 40),
        ">=50 per cent": (50, 100),
        "≤5%": (0, 5),
        "TPS 10 %, CPS 20 %": None,
        "150 %": None,
        "strong": None,
    }
    assert {text: per_cent(text) for text in told} == told
    assert per_cent("<1%")[1] < 1 < per_cent(">1%")[1]


def test_fusions_and_mutations_are_kept_in_one_way_of_writing():
    told = {
        "SS18-SSX1": "SS18::SSX1",
        "ss18::ssx1": "SS18::SSX1",
        "t(12;22)": "EWSR1::DDIT3",
        "ntrk1": "NTRK1",
    }
    assert {text: fusion_written(text) for text in told} == told
    assert [fusion_written(text) for text in ("", "a fusion", "t(99;99)")] == [None, None, None]
    assert mutation_written("kit EXON 11") == "KIT exon 11"
    assert mutation_written("pdgfra d842v") == "PDGFRA D842V"
    assert mutation_written("") is None


@pytest.mark.parametrize(
    ("asked", "name", "result", "verdict"),
    [
        ("KIT", "KIT", "exon 9 not mutated, exon 11 mutation", MET),
        ("KIT", "KIT", "exon 11 wild type", UNKNOWN),
        ("KIT", "KIT", "exons 9, 11, 13 and 17: no mutation", UNKNOWN),
        ("BRAF", "BRAF V600E", "not detected", UNKNOWN),
        ("BRAF", "BRAF", "V600E, no other mutation", UNKNOWN),
        ("PDGFRA exon 18", "PDGFRA exon 18", "D842V not detected", UNKNOWN),
        ("KIT", "KIT", "not mutated", NOT_MET),
        ("KIT", "CD117", "positive", UNKNOWN),
        ("KIT", "CD117", "negative", UNKNOWN),
        ("KIT", "KIT", "positive", UNKNOWN),
        ("KIT", "KIT", "not expressed", UNKNOWN),
        ("ALK", "ALK IHC", "positive", UNKNOWN),
        ("BRAF V600E", "BRAF V600E", "positive, immunohistochemistry VE1", UNKNOWN),
        ("SMARCB1", "SMARCB1", "lost", UNKNOWN),
        ("SMARCB1", "SMARCB1 (INI1) IHC", "retained", UNKNOWN),
        ("ALK", "ALK", "rearranged", UNKNOWN),
        ("BRAF", "BRAF", "sample sent to lab", UNKNOWN),
        ("KIT", "KIT", "quantity too small", UNKNOWN),
        ("KIT", "KIT mutation analysis", "requested", UNKNOWN),
        ("KIT", "KIT", "mutation -", UNKNOWN),
        ("KIT", "KIT", "H2201", UNKNOWN),
        ("KIT", "KIT", "exon 11: p.W557_K558del, VAF 34 %", MET),
        ("KIT", "KIT", "wild type, PDGFRA D842V", UNKNOWN),
        ("PDGFRA", "KIT/PDGFRA", "exon 11 mutation", UNKNOWN),
        ("BRAF", "NGS", "No KIT, BRAF mutation", UNKNOWN),
        ("BRAF V600E", "NGS", "No KIT mutation but BRAF V600E", UNKNOWN),
        ("KIT exon 9", "KIT exons 9 and 11", "mutated", UNKNOWN),
        ("BRAF V600E", "BRAF", "p.V600E (c.1799T>A)", MET),
        ("KIT", "NGS", "KIT exon 11 deletion; PDGFRA wild type", MET),
        ("PDGFRA", "NGS", "KIT wild type; PDGFRA wild type", NOT_MET),
    ],
)
def test_no_stain_no_other_exon_and_no_words_without_a_finding_settle_a_mutation(
    asked, name, result, verdict
):
    assert says({"kind": "mutation", "any_of": [asked]}, (name, result)) == verdict


@pytest.mark.parametrize(
    ("asked", "name", "result", "verdict"),
    [
        ("msi", "MSI", "MSI-H", MET),
        ("msi", "MSI", "microsatellite instability high", MET),
        ("msi", "MSI", "stable", NOT_MET),
        ("msi", "MSI", "MSS", NOT_MET),
        ("msi", "MSI", "not stable", UNKNOWN),
        ("msi", "MSI", "intact", UNKNOWN),
        ("msi", "MMR", "intact", UNKNOWN),
        ("msi", "MMR", "loss of MLH1", UNKNOWN),
        ("dmmr", "MMR", "loss of MLH1", MET),
        ("dmmr", "MMR", "retained", NOT_MET),
        ("dmmr", "MMR", "positive", UNKNOWN),
        ("ini1", "INI1", "lost", NOT_MET),
        ("ini1", "SMARCB1", "mutation detected", UNKNOWN),
        ("ini1", "SMARCB1", "wild type", UNKNOWN),
    ],
)
def test_a_repair_that_is_intact_is_no_instability_and_a_mutation_is_no_stain(asked, name, result, verdict):
    assert says({"kind": "biomarker", "name": asked, "result": "positive"}, (name, result)) == verdict

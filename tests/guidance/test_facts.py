"""The derived facts, against the table that defines them."""

import pytest

from cases.clinical.contract import Treatment
from tests.guidance.examples import BONE, CASE, DESMOID, GIST, LIMB_SPARING, SUPPORT, plan
from treatments.guidance import facts as words
from treatments.guidance.check import stage_of
from treatments.guidance.contract import parse
from treatments.guidance.facts import Facts


def derived(case=None, proposed=None):
    read, planned = parse(CASE | (case or {}), proposed or plan(LIMB_SPARING))
    return Facts(read, planned, stage_of(read))


@pytest.mark.parametrize(
    ("case", "spread", "localised"),
    [
        ({}, False, True),
        ({"m": "M1"}, True, False),
        ({"m": "M1a", "topography": "C40.2"}, True, False),
        ({"m": "M1b", "topography": None}, True, False),
        ({"m": None}, False, False),
        ({"m": "MX"}, False, False),
        ({"m": None, "metastatic_sites": ["other"]}, True, False),
        ({"m": "MX", "metastatic_sites": ["lung"]}, True, False),
        ({"disease_status": "metastatic_recurrence"}, True, False),
        ({"disease_status": "local_recurrence"}, False, True),
        ({"n": "N1"}, False, True),
    ],
)
def test_spread_and_localised(case, spread, localised):
    found = derived(case)
    assert (found.spread, found.localised) == (spread, localised)


@pytest.mark.parametrize(
    ("size_mm", "small", "large"),
    [(1, True, False), (50, True, False), (51, False, True), (None, False, False)],
)
def test_small_and_large(size_mm, small, large):
    found = derived({"size_mm": size_mm, "t": None if size_mm else "T1"})
    assert (found.small, found.large) == (small, large)


@pytest.mark.parametrize(
    ("grade", "low", "high"),
    [
        ("G1", True, False),
        ("G2", False, True),
        ("G3", False, True),
        ("GX", False, False),
        (None, False, False),
    ],
)
def test_low_and_high_grade_are_as_recorded(grade, low, high):
    found = derived({"grade": grade, "morphology": "9364/3"})
    assert (found.low_grade, found.high_grade) == (low, high)


SITES = {
    "limb": [
        "C40.0",
        "C40.1",
        "C40.2",
        "C40.3",
        "C40.8",
        "C40.9",
        "C44.6",
        "C44.7",
        "C47.1",
        "C47.2",
        "C49.1",
        "C49.2",
    ],
    "girdle": ["C41.3", "C41.4", "C44.5", "C47.3", "C47.5", "C49.3", "C49.5"],
    "elsewhere": [
        "C41.0",
        "C41.1",
        "C41.2",
        "C41.8",
        "C41.9",
        "C44.0",
        "C44.4",
        "C47.0",
        "C47.4",
        "C47.6",
        "C48.0",
        "C48.1",
        "C48.2",
        "C48.8",
        "C49.0",
        "C49.4",
        "C49.6",
        "C50.9",
        "C34.9",
        "C16.9",
        "C55.9",
        "C71.0",
    ],
    None: ["C44.8", "C44.9", "C47.8", "C47.9", "C49.8", "C49.9", "C76.0", "C76.4", "C76.5", "C80.9"],
}


@pytest.mark.parametrize(
    ("place", "site"), [(place, site) for place, sites in SITES.items() for site in sites]
)
def test_limb_girdle_and_elsewhere(place, site):
    found = derived({"topography": site})
    true = {name for name in ("limb", "girdle", "elsewhere") if getattr(found, name)}
    assert true == ({place} if place else set())


def test_without_a_site_the_tumour_is_nowhere():
    found = derived({"topography": None})
    assert not (found.limb)
    assert not (found.girdle)
    assert not (found.elsewhere)
    assert not (found.spinal)


@pytest.mark.parametrize(
    ("site", "near", "spinal"),
    [
        ("C41.2", None, True),
        ("C70.1", False, True),
        ("C72.0", None, True),
        ("C49.2", None, False),
        ("C49.2", False, False),
        ("C49.6", True, True),
        (None, True, True),
        (None, None, False),
        ("C70.0", None, False),
        ("C41.4", None, False),
    ],
)
def test_spinal(site, near, spinal):
    found = derived({"topography": site, "near_spine": near})
    assert found.spinal is spinal
    assert found.not_spinal is (site is not None and not spinal)


HISTOLOGIES = {
    "exception": ["8900", "8901", "8902", "8910", "8912", "8920", "8921", "9260", "9364", "9365"],
    "takes_ny_eso_1_t_cells": ["9040", "9041", "9042", "9043", "8852", "8853"],
    "responsive": ["8802", "8805", "8830", "8811", "8890", "8891", "8896", "9120"],
    "gist": ["8936"],
}
NOT_HISTOLOGIES = ("not_exception", "takes_no_ny_eso_1_t_cells", "not_responsive", "not_gist")


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, codes in HISTOLOGIES.items() for code in codes]
)
def test_groups_of_histologies(name, code):
    found = derived({"morphology": f"{code}/3", "grade": None})
    assert {other for other in HISTOLOGIES if getattr(found, other)} == {name}
    opposites = dict(zip(HISTOLOGIES, NOT_HISTOLOGIES, strict=True))
    assert {other for other in NOT_HISTOLOGIES if not getattr(found, other)} == {opposites[name]}


@pytest.mark.parametrize("code", ["8858/3", "8801/3", "9366/3", "8854/3", "8832/3"])
def test_other_histologies_are_in_none_of_the_groups(code):
    found = derived({"morphology": code})
    assert not any(getattr(found, name) for name in HISTOLOGIES)
    assert all(getattr(found, name) for name in NOT_HISTOLOGIES)


def test_without_a_histology_nothing_is_said_about_it_either_way():
    found = derived({"morphology": None})
    assert not any(getattr(found, name) for name in (*HISTOLOGIES, *NOT_HISTOLOGIES, "g3_by_definition"))


@pytest.mark.parametrize(("status", "fit"), [(None, True), (0, True), (2, True), (3, False), (4, False)])
def test_fit(status, fit):
    assert derived({"performance_status": status}).fit is fit


@pytest.mark.parametrize(
    ("status", "recurrent"),
    [
        ("primary", False),
        ("residual", False),
        ("local_recurrence", True),
        ("metastatic_recurrence", True),
        (None, False),
    ],
)
def test_recurrent(status, recurrent):
    assert derived({"disease_status": status}).recurrent is recurrent


@pytest.mark.parametrize(
    ("treatment", "systemic"),
    [
        (Treatment("chemotherapy"), True),
        (Treatment("chemotherapy", technique="systemic"), True),
        (Treatment("chemotherapy", technique="isolated_limb_perfusion"), False),
        (Treatment("targeted_therapy"), True),
        (Treatment("hormone_therapy"), True),
        (Treatment("immunotherapy"), True),
        (Treatment("other_drug"), False),
        (Treatment("radiotherapy"), False),
        (Treatment("surgery"), False),
    ],
)
def test_systemic_treatment(treatment, systemic):
    assert words.is_systemic(treatment) is systemic


@pytest.mark.parametrize(
    ("procedure", "primary"),
    [
        ("limb_sparing", True),
        ("wide_excision", True),
        ("re_excision", True),
        ("amputation", True),
        ("debulking", True),
        ("other", True),
        (None, True),
        ("metastasectomy", False),
        ("node_dissection", False),
    ],
)
def test_primary_surgery(procedure, primary):
    assert words.is_primary_surgery(Treatment("surgery", procedure)) is primary
    assert not words.is_primary_surgery(Treatment("radiotherapy"))


@pytest.mark.parametrize("modality", ["targeted_therapy", "other_drug", "chemotherapy"])
@pytest.mark.parametrize("drug", ["imatinib", " Glivec ", "SUTENT", "Regorafenib", "Gleevec"])
def test_a_gist_drug_is_known_by_generic_and_brand_name_in_any_modality(modality, drug):
    _, planned = parse(CASE, plan({"modality": modality, "drugs": ["doxorubicin", drug]}))
    assert words.has_gist_drug(planned.treatments[0])
    assert words.CHECKPOINT_DRUGS.isdisjoint(planned.treatments[0].drugs)


@pytest.mark.parametrize(
    "drug", ["Keytruda", "OPDIVO", "ipilimumab", "Imfinzi", "avelumab", "Tecentriq", "tremelimumab"]
)
def test_a_checkpoint_drug_is_known_by_generic_and_brand_name(drug):
    _, planned = parse(CASE, plan({"modality": "immunotherapy", "drugs": [drug]}))
    assert not words.CHECKPOINT_DRUGS.isdisjoint(planned.treatments[0].drugs)


def test_supportive():
    assert derived(proposed=plan(SUPPORT)).supportive
    assert derived(proposed=plan(LIMB_SPARING, palliative_care_referral=True)).supportive
    assert not derived(proposed=plan(LIMB_SPARING, palliative_care_referral=False)).supportive
    assert not derived({"prior_treatments": [SUPPORT]}).supportive


@pytest.mark.parametrize(
    ("case", "scope"),
    [
        (CASE, "soft_tissue"),
        (CASE | {"morphology": None}, "soft_tissue"),
        (CASE | {"topography": None}, "soft_tissue"),
        (BONE, "bone"),
        (BONE | {"topography": "C41.0", "morphology": None}, "bone"),
        (BONE | {"topography": None}, "bone"),
        (CASE | {"morphology": "9364/3", "topography": None}, "soft_tissue"),
        (CASE | {"morphology": "9180/3", "topography": "C49.2"}, "soft_tissue"),
        (CASE | {"morphology": "9240/3", "topography": None}, "soft_tissue"),
        (DESMOID, "intermediate"),
        (DESMOID | {"topography": "C40.2"}, "intermediate"),
        (DESMOID | {"morphology": "9250/1", "topography": "C40.2"}, "intermediate"),
        (DESMOID | {"morphology": "9250/1", "topography": "C40.2", "m": "M1a"}, "bone"),
        (DESMOID | {"morphology": "9250/1", "topography": None, "m": "M1"}, "bone"),
        (DESMOID | {"m": "M1"}, "soft_tissue"),
        (GIST, "soft_tissue"),
        (GIST | {"morphology": "8936/1"}, "soft_tissue"),
    ],
)
def test_scope(case, scope):
    assert derived(case).scope == scope

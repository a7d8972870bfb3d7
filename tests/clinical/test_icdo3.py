"""The lists of histologies and sites, and their search."""

import pytest

from cases.clinical import icdo3
from cases.clinical.tables import source
from cases.clinical.vocabulary import FAMILIES


def test_every_slug_is_its_own():
    slugs = [entry.slug for entry in icdo3.all_morphologies()]
    assert len(slugs) == len(set(slugs)) >= 100


@pytest.mark.parametrize("entry", icdo3.all_morphologies(), ids=lambda entry: entry.slug)
def test_a_histology_is_well_formed(entry):
    assert icdo3.is_wellformed_morphology(entry.code)
    assert all(map(icdo3.is_wellformed_morphology, entry.legacy))
    assert entry.flags <= set("GERNFBOIUVWC")
    assert ("I" in entry.flags) == (entry.behaviour == "1")
    assert ("F" in entry.flags) == (entry.fnclcc_reason is not None)
    assert entry.fnclcc_reason is None or entry.fnclcc_reason in icdo3.FNCLCC_REASONS
    assert entry.differentiation in (None, 1, 2, 3)
    assert [each for each in icdo3.all_morphologies() if each.slug == entry.slug] == [entry]
    assert entry in icdo3.morphology(entry.code)


@pytest.mark.parametrize("entry", icdo3.all_topographies(), ids=lambda entry: entry.code)
def test_a_site_is_well_formed_and_has_a_name(entry):
    assert icdo3.is_wellformed_topography(entry.code)
    assert entry.name
    assert entry.family is None or entry.family in FAMILIES
    assert icdo3.topography(entry.code) is entry


def test_no_site_is_listed_twice():
    codes = [entry.code for entry in icdo3.all_topographies()]
    assert len(codes) == len(set(codes))


def test_no_legacy_code_belongs_to_two_histologies_or_is_a_current_code():
    legacy = [code for entry in icdo3.all_morphologies() for code in entry.legacy]
    assert len(legacy) == len(set(legacy))
    assert not set(legacy) & {entry.code for entry in icdo3.all_morphologies()}


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("8830/3", "8802/3", "Undifferentiated pleomorphic sarcoma"),
        ("8853/3", "8852/3", "Myxoid liposarcoma"),
        ("9260/3", "9364/3", "Ewing sarcoma"),
        ("8936/1", "8936/3", "Gastrointestinal stromal tumour"),
        ("9181/3", "9180/3", "Osteosarcoma NOS"),
        ("9371/3", "9370/3", "Chordoma, conventional"),
    ],
)
def test_a_legacy_code_is_read_as_what_it_now_is(old, new, name):
    assert icdo3.current_code(old) == new
    assert icdo3.morphology_name(old) == name


def test_a_current_code_stays_what_it_is():
    assert icdo3.current_code("8890/3") == "8890/3"


@pytest.mark.parametrize(
    ("code", "site", "name"),
    [
        ("9180/3", None, "Osteosarcoma NOS"),
        ("9180/3", "C40.2", "Osteosarcoma NOS"),
        ("9180/3", "C49.2", "Extraskeletal osteosarcoma"),
        ("8890/3", "C49.2", "Leiomyosarcoma NOS"),
        ("8890/3", "C40.2", "Leiomyosarcoma of bone"),
        ("8802/3", "C41.2", "Undifferentiated pleomorphic sarcoma of bone"),
    ],
)
def test_the_site_tells_bone_from_soft_tissue_where_a_code_is_shared(code, site, name):
    assert icdo3.morphology_name(code, site) == name


def test_a_code_outside_the_list_says_so():
    assert icdo3.morphology("9999/3") == ()
    assert icdo3.morphology_name("9999/3") == "Histology 9999/3 (not in the list)"
    assert icdo3.topography("C12.3") is None
    assert icdo3.topography_name("C12.3") == "Site C12.3 (not in the list)"


@pytest.mark.parametrize(
    "code", ["", "8890", "8890/", "8890/33", "889O/3", "M8890/3", "8890/3\n", "\uff18890/3", " 8890/3"]
)
def test_a_malformed_morphology_is_known(code):
    assert not icdo3.is_wellformed_morphology(code)


@pytest.mark.parametrize("code", ["", "C49", "C492", "c49.2", "C49.22", "D49.2", "C49.2\n", "C4٩.2"])
def test_a_malformed_topography_is_known(code):
    assert not icdo3.is_wellformed_topography(code)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("UPS", "ups"),
        ("lms", "lms"),
        ("DDLPS", "ddlps"),
        ("mpnst", "mpnst"),
        ("DSRCT", "dsrct"),
        ("gist", "gist"),
        ("8858/3", "ddlps"),
        ("8830", "ups"),
        ("MFH", "ups"),
        ("gastrointestinal stromal tumor", "gist"),
        ("hemangioendothelioma epith", "ehe"),
        ("dediff lipo", "ddlps"),
        ("myxofibro", "myxofibrosarcoma"),
        ("PVNS", "tgct"),
    ],
)
def test_search_finds_by_name_synonym_abbreviation_and_code(typed, slug):
    assert icdo3.search_morphology(typed)[0].slug == slug


@pytest.mark.parametrize(
    ("typed", "code"),
    [("thigh", "C49.2"), ("C49.2", "C49.2"), ("retrop", "C48.0"), ("esoph", "C15.9"), ("buttock", "C49.5")],
)
def test_search_finds_a_site(typed, code):
    assert icdo3.search_topography(typed)[0].code == code


@pytest.mark.parametrize("typed", ["", "   ", "zzz", "';--", "(", "\\", "%"])
def test_search_for_nothing_finds_nothing(typed):
    assert icdo3.search_morphology(typed) == ()
    assert icdo3.search_topography(typed) == ()


def test_search_keeps_to_its_limit():
    assert len(icdo3.search_morphology("sarcoma", limit=3)) == 3


@pytest.mark.parametrize("entry", icdo3.all_morphologies(), ids=lambda entry: entry.slug)
def test_every_histology_is_found_by_its_own_name_code_and_synonyms(entry):
    for typed in (entry.term, entry.code, *entry.synonyms, *entry.legacy):
        assert entry in icdo3.search_morphology(typed, limit=20), typed


def test_bone_only_histologies_are_known_without_a_site():
    assert icdo3.is_bone_only("9220/3")
    assert icdo3.is_bone_only("9180/3")
    assert not icdo3.is_bone_only("9240/3"), "mesenchymal chondrosarcoma occurs in soft tissue too"
    assert not icdo3.is_bone_only("9364/3")
    assert not icdo3.is_bone_only("8890/3")
    assert not icdo3.is_bone_only("9999/3")


@pytest.mark.parametrize(
    "name",
    ["morphology", "topography", "regions", "stage_groups", "t_categories", "exclusions", "definitions"],
)
def test_every_table_names_its_source(name):
    assert "Source:" in source(name)
    assert "3" in source(name) or "8th edition" in source(name)

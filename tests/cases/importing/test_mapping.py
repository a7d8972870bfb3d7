"""A mapping is read whole, and every mistake in it is named by its line and key."""

from pathlib import Path

import pytest

from cases.importing import mapping as mappings
from cases.importing.errors import MappingError
from cases.importing.mapping import parse, shipped_names, shipped_text
from cases.importing.rules import RULES
from cases.importing.targets import TARGETS
from tests.cases.importing.conftest import MAPPING


def problems(text):
    with pytest.raises(MappingError) as refused:
        parse(text)
    return refused.value.problems


def changed(old, new):
    assert old in MAPPING
    return MAPPING.replace(old, new, 1)


@pytest.mark.parametrize("name", shipped_names())
def test_every_mapping_that_is_shipped_can_be_used(name):
    assert parse(shipped_text(name)).takes


def test_the_tcga_mapping_is_shipped_and_found_with_or_without_its_ending():
    assert "tcga.toml" in shipped_names()
    assert shipped_text("tcga") == shipped_text("tcga.toml")


@pytest.mark.parametrize("name", ["tgca", "../settings", "/etc/passwd", ""])
def test_a_mapping_that_is_not_shipped_is_said_with_those_that_are(name):
    with pytest.raises(MappingError, match=r"There is: tcga\.toml"):
        shipped_text(name)


def test_the_small_mapping_says_what_it_reads(county):
    assert county.source == "COUNTY"
    assert county.columns()["case no"] == "Case no"
    assert {take.to for take in county.takes} >= {"diagnosis.morphology", "pathology.size_mm"}
    assert [given.treatment["modality"] for given in county.treatments] == ["surgery", "radiotherapy"]


WRONG = {
    "top key": (changed("source =", "sauce ="), "Line 3, sauce: is not a known key"),
    "needed key": (changed('source = "COUNTY"\n', ""), "source: is needed"),
    "table key": (changed("id_pattern", "id_form"), "Line 12, table, id_form: is not a known key"),
    "id": (changed('id = "Case no"\n', ""), "table, id: is needed"),
    "take key": (changed('unit = "cm"', 'unti = "cm"'), "Line 44, take 7, unti: is not a known key"),
    "unit": (changed('"cm"', '"inch"'), "Line 44, take 7, unit: 'inch' must be one of: mm, cm"),
    "target": (
        changed('"patient.sex"', '"patient.gender"'),
        "Line 15, take 1, to: 'patient.gender' must be one",
    ),
    "rule": (
        changed('"greatest"', '"biggest"'),
        "Line 43, take 7, rule: 'biggest' must be one of: length, greatest",
    ),
    "rule of another fact": (
        changed('"greatest"', '"year"'),
        "rule: 'year' must be one of: length, greatest",
    ),
    "value": (
        changed('"F" = "female"', '"F" = "woman"'),
        "Line 17, take 1, values, F: 'woman' cannot become",
    ),
    "value type": (changed('"F" = "female"', '"F" = 1.5'), "must be text or a whole number, not float"),
    "values": (changed('values = { "yes" = "M1", "no" = "M0" }', 'values = "M1"'), "values: must be a table"),
    "from": (changed('from = "Sex"', "from = 3"), "Line 16, take 1, from: must be the name of a column"),
    "missing": (changed('["n/a", "unknown"]', '"n/a"'), "Line 4, missing: must be a list of texts"),
    "keep": (changed('["Note"]', "[1]"), "Line 5, keep: must be a list of texts"),
    "ignore": (
        changed('"a running number"', '""'),
        "Line 7, ignore: must be a table of columns with a reason",
    ),
    "pattern": (changed('"K###"', '"K*#*"'), "id_pattern: may have one * only"),
    "no histology": (
        changed('to = "diagnosis.morphology"', 'to = "pathology.grade"').replace(
            'to = "diagnosis.topography"', 'to = "pathology.grade"'
        ),
        "Nothing becomes diagnosis.morphology or diagnosis.topography",
    ),
    "modality": (
        changed('modality = "surgery"', 'modality = "knife"'),
        'treatment 1, modality: "knife" is not',
    ),
    "no modality": (changed('modality = "surgery"\n', ""), "treatment 1, modality: is needed"),
    "procedure elsewhere": (
        changed('timing = "adjuvant"', 'procedure = "amputation"'),
        "treatment 2, procedure: does not belong to radiotherapy",
    ),
    "when": (changed('when = ["surgery"]\n', ""), "treatment 1, when: is needed"),
    "header row": (
        changed('id = "Case no"', 'id = "Case no"\nheader_row = "x"'),
        "header_row: must be a whole",
    ),
    "delimiter": (
        changed('id = "Case no"', 'id = "Case no"\ndelimiter = "dot"'),
        "delimiter: 'dot' must be one of",
    ),
    "encoding": (
        changed('id = "Case no"', 'id = "Case no"\nencoding = "ebcdic"'),
        "encoding: 'ebcdic' must be one",
    ),
    "refusal": (MAPPING + '\n[[refuse]]\ncolumn = "Site"\nreason = "x"\n', "either values or a pattern"),
    "take as a table": (MAPPING.replace("[[take]]", "[take]", 1), "not valid TOML"),
    "no table at all": ("take = 3\n", "take: must be written as [[take]]"),
    "not toml": ("name = \n", "not valid TOML"),
    "too long": ("# " + "x" * mappings.MAX_BYTES, "is longer than 256 KB"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_mistake_is_named_by_its_line_and_key(kind):
    text, words = WRONG[kind]
    assert any(words in problem for problem in problems(text)), problems(text)


def test_all_mistakes_are_said_at_once():
    text = changed("source =", "sauce =").replace('"cm"', '"inch"').replace('"greatest"', '"biggest"')
    assert len(problems(text)) == 4


@pytest.mark.parametrize("to", TARGETS)
def test_every_fact_names_rules_that_exist(to):
    assert set(TARGETS[to].rules) <= set(RULES)


def test_every_rule_is_of_use_to_some_fact():
    assert {rule for target in TARGETS.values() for rule in target.rules} == set(RULES)


def how_to():
    return (Path(__file__).parents[3] / "docs/how-to/import-a-registry.md").read_text(encoding="utf-8")


def test_the_mapping_of_the_how_to_can_be_used():
    example = how_to().split("```toml\n")[1].split("```")[0]
    assert parse(example).source == "COUNTY"


@pytest.mark.parametrize("word", [*TARGETS, *RULES])
def test_the_how_to_names_every_fact_and_every_rule(word):
    assert word in how_to()

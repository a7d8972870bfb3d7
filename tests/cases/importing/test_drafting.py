"""What a row becomes: taken whole, taken with remarks, or refused; nothing of it is lost on the way."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.importing import mapping as mappings
from cases.importing.drafting import Drafter, matches
from cases.importing.drafts import Draft, RefusedRow
from cases.importing.errors import BrokenFile
from cases.importing.reading import Row
from cases.importing.wording import ALWAYS_MISSING, key
from tests.cases.importing.conftest import HEAD, MAPPING, row

TODAY = date(2026, 11, 25)


@pytest.fixture
def draft(county):
    """Drafts one row of the county's table; any cell can be told otherwise."""

    def draft(mapping=county, **told):
        cells = row(**{name: told[name] for name in told if name.replace("_", " ") in HEAD})
        columns = (*HEAD, *(name for name in told if name.replace("_", " ") not in HEAD))
        extra = [told[name] for name in columns[len(HEAD) :]]
        return Drafter(mapping, columns, TODAY).draft(Row(2, (*cells, *extra)))

    return draft


def remarks(drafted):
    return {(remark.column, remark.value): remark.done for remark in drafted.remarks}


def test_a_plain_row_is_taken_whole(draft):
    taken = draft()
    assert isinstance(taken, Draft)
    assert taken.remarks == ()
    assert taken.source_id == taken.patient.number == "K001"
    assert (taken.patient.sex, taken.patient.is_dead) == ("female", False)
    assert (taken.diagnosed_on, taken.age_at_diagnosis) == (date(2020, 3, 14), 54)
    assert taken.diagnosis == {"morphology": "8890/3", "topography": "C49.2"}
    assert taken.pathology == {"size_mm": 82, "grade": "G2"}
    assert taken.imaging == {"metastasis_status": "M0"}
    assert [given["modality"] for given in taken.treatments] == ["surgery", "radiotherapy"]


NOT_TAKEN = {
    "Sex": ("X", "Sex: not taken; it is none of: female, male, other, not_known."),
    "Diagnosed": (
        "the spring",
        "Date of diagnosis: not taken; it is not a date such as 2026-11-25 or 25/11/2026.",
    ),
    "Age": ("254", "Age at diagnosis: not taken; it must be from 0 to 120."),
    "Site": ("thigh", "Site: not taken; it is not an ICD-O-3 topography such as C49.2."),
    "Morphology": ("LMS", "Histology: not taken; it is not an ICD-O-3 morphology such as 8890/3."),
    "Width": ("-3", "Size at pathology: not taken; it must be from 1 to 600."),
    "Grade": ("high", "Grade: not taken; it is none of: G1, G2, G3, GX."),
    "Spread": ("perhaps", "Metastases: not taken; it is none of: M0, M1, M1a, M1b, MX."),
}


@pytest.mark.parametrize("column", NOT_TAKEN)
def test_a_value_that_is_not_understood_is_remarked_and_kept_with_the_case(draft, column):
    value, done = NOT_TAKEN[column]
    taken = draft(**{column: value})
    assert remarks(taken)[column, value] == done
    assert (column, value) in taken.texts


@pytest.mark.parametrize("word", ["", "-", "--", "–", "—", ".", "n/a", "N/A", " unknown "])
@pytest.mark.parametrize("column", ["Sex", "Age", "Grade", "Spread", "Width", "Note", "Given"])
def test_a_word_for_nothing_is_nothing_and_no_remark(draft, column, word):
    taken = draft(**{column: word})
    assert taken.remarks == ()
    assert column not in dict(taken.texts)


def test_a_column_that_no_fact_takes_is_kept_whether_the_mapping_names_it_or_not(draft):
    taken = draft(Note="seen twice", Other="x")
    assert taken.texts == (("Note", "seen twice"), ("Other", "x"))
    assert taken.remarks == ()


def test_a_column_that_the_mapping_leaves_out_with_a_reason_is_left_out(draft):
    assert draft(**{"Sheet row": "17"}).texts == ()


def test_one_treatment_of_several_that_is_not_known_is_remarked(draft):
    taken = draft(Given="surgery + leeches")
    assert [given["modality"] for given in taken.treatments] == ["surgery"]
    assert (
        remarks(taken)["Given", "leeches"]
        == "Treatment given: not taken; the mapping does not know this word."
    )
    assert ("Given", "surgery + leeches") in taken.texts


def test_a_word_that_says_no_treatment_was_given_is_understood(draft):
    taken = draft(Given="none")
    assert (taken.treatments, taken.remarks) == ((), ())


def test_an_older_code_becomes_the_current_one_and_says_so(draft):
    taken = draft(Morphology="8830/3")
    assert taken.diagnosis["morphology"] == "8802/3"
    assert "taken as 8802/3" in remarks(taken)["Morphology", "8830/3"]


def test_codes_outside_the_lists_are_taken_with_a_remark(draft):
    taken = draft(Morphology="8140/3", Site="C99.1")
    assert taken.diagnosis == {"morphology": "8140/3", "topography": "C99.1"}
    assert len(taken.remarks) == 2


def test_a_missing_date_of_diagnosis_says_which_day_stands_for_it(draft):
    taken = draft(Diagnosed="")
    assert taken.diagnosed_on is None
    assert "The day of the import stands for it" in taken.remarks[0].done


@pytest.mark.parametrize("day", ["26/11/2026", "01/01/2199", "31/12/1949"])
def test_an_impossible_date_of_diagnosis_is_not_taken(draft, day):
    assert draft(Diagnosed=day).diagnosed_on is None


REFUSED = {
    "no id": ({"Case no": ""}, "there is no id"),
    "a dash for an id": ({"Case no": "--"}, "there is no id"),
    "a footnote": ({"Case no": "NOTES"}, "does not have the form K###: a footnote or a heading"),
    "neither type nor site": ({"Morphology": "", "Site": "unknown"}, "neither the type nor the site"),
    "benign": ({"Morphology": "8850/0"}, "not a sarcoma or an intermediate tumour (behaviour /0)"),
    "in situ": ({"Morphology": "8140/2"}, "behaviour /2"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_row_that_is_no_case_of_a_sarcoma_is_refused_with_the_reason(draft, kind):
    told, words = REFUSED[kind]
    refused = draft(**told)
    assert isinstance(refused, RefusedRow)
    assert words in refused.reason
    assert refused.remarks[0].done.startswith("Refused: ")


def test_the_second_row_of_an_id_is_refused_and_names_the_first(county):
    drafter = Drafter(county, tuple(HEAD), TODAY)
    assert isinstance(drafter.draft(Row(2, tuple(row()))), Draft)
    assert drafter.draft(Row(9, tuple(row()))).reason == "line 2 has the same id already."


def test_a_row_with_more_cells_than_the_head_is_refused(county):
    refused = Drafter(county, tuple(HEAD), TODAY).draft(Row(2, (*row(), "one more")))
    assert "it has 14 cells, the table's head has 13" in refused.reason


def test_a_row_whose_last_cells_are_missing_is_taken_as_if_they_were_empty(county):
    taken = Drafter(county, tuple(HEAD), TODAY).draft(Row(2, tuple(row()[:7])))
    assert (taken.pathology, taken.imaging) == ({}, {})


def test_a_row_that_is_alive_and_has_a_date_of_death_is_refused(draft):
    text = MAPPING + '\n[[take]]\nto = "patient.died_on"\nfrom = "Died"\n'
    mapping = mappings.parse(text)
    assert "says that the patient is alive" in draft(mapping, Died="01/02/2021").reason
    assert draft(mapping, Status="dead", Died="01/02/2021").patient.died_on == date(2021, 2, 1)
    assert draft(mapping, Status="", Died="01/02/2021").patient.is_dead


def test_a_death_before_the_diagnosis_is_a_death_without_a_date(draft):
    mapping = mappings.parse(MAPPING + '\n[[take]]\nto = "patient.died_on"\nfrom = "Died"\n')
    taken = draft(mapping, Status="dead", Died="01/02/2019")
    assert (taken.patient.is_dead, taken.patient.died_on) == (True, None)
    assert "before the diagnosis" in remarks(taken)["Died", "01/02/2019"]


BIRTHS = {
    "1966-01-02": date(1966, 1, 2),
    "2027-01-01": None,
    "1899-12-31": None,
    "2021-01-01": None,
    "1900-01-01": date(1900, 1, 1),
}


@pytest.mark.parametrize("born", BIRTHS)
def test_a_date_of_birth_that_cannot_be_is_not_taken(draft, born):
    mapping = mappings.parse(MAPPING + '\n[[take]]\nto = "patient.birth_on"\nfrom = "Born"\n')
    assert draft(mapping, Born=born).patient.birth_on == BIRTHS[born]


def with_take(**keys):
    lines = "".join(f"{name.rstrip('_')} = {value}\n" for name, value in keys.items())
    return mappings.parse(f"{MAPPING}\n[[take]]\n{lines}")


def test_what_differs_from_the_first_column_is_remarked_and_the_first_stands(draft):
    mapping = with_take(to='"pathology.grade"', from_='"Grade again"')
    assert draft(mapping, **{"Grade again": "G2"}).remarks == ()
    taken = draft(mapping, **{"Grade again": "G3"})
    assert taken.pathology["grade"] == "G2"
    assert remarks(taken)["Grade again", "G3"] == "Grade: differs from Grade (“G2”), which was taken."
    assert draft(mapping, **{"Grade": "", "Grade again": "G3"}).pathology["grade"] == "G3"


def test_where_the_mapping_says_so_neither_of_two_that_differ_is_taken(draft):
    mapping = with_take(to='"pathology.grade"', from_='"Grade again"', when_different='"neither"')
    taken = draft(mapping, **{"Grade again": "G3"})
    assert "grade" not in taken.pathology
    assert {"Grade": "G2", "Grade again": "G3"}.items() <= dict(taken.texts).items()


def test_several_values_may_agree_with_the_first_column(draft):
    mapping = with_take(
        to='"diagnosis.morphology"',
        from_='"Words"',
        values='{ "LMS" = ["8891/3", "8890/3"], "SS" = "9040/3" }',
    )
    assert draft(mapping, Words="lms").remarks == ()
    assert draft(mapping, Morphology="", Words="LMS").diagnosis["morphology"] == "8891/3"
    assert "differs from Morphology" in remarks(draft(mapping, Words="SS"))["Words", "SS"]


def test_a_word_of_the_mapping_may_stand_for_every_cell_that_begins_so(draft):
    mapping = with_take(
        to='"diagnosis.topography"', from_='"Where"', values='{ "limb*" = "C49.9", "Limb, thigh" = "C49.2" }'
    )
    assert draft(mapping, Site="", Where="limb, knee").diagnosis["topography"] == "C49.9"
    assert draft(mapping, Site="", Where="LIMB, thigh").diagnosis["topography"] == "C49.2"


def test_sites_of_metastases_are_put_together_and_an_unknown_one_becomes_what_the_mapping_says(draft):
    mapping = with_take(
        to='"imaging.metastatic_sites"', from_='["Where"]', separator='"/"', otherwise='"other"'
    )
    taken = draft(mapping, Spread="yes", Where="Lung/bone/Scalp")
    assert taken.imaging["metastatic_sites"] == ["lung", "bone", "other"]
    assert remarks(taken)["Where", "Scalp"].startswith("Sites of metastases: taken as other;")
    assert ("Where", "Lung/bone/Scalp") in taken.texts


def test_a_site_of_metastases_without_a_word_of_them_means_metastases(draft):
    mapping = with_take(to='"imaging.metastatic_sites"', from_='["Where"]')
    taken = draft(mapping, Spread="", Where="lung")
    assert taken.imaging == {"metastatic_sites": ["lung"], "metastasis_status": "M1"}
    assert len(taken.remarks) == 1


def test_a_site_of_metastases_and_the_word_that_there_are_none_cancel_each_other(draft):
    mapping = with_take(to='"imaging.metastatic_sites"', from_='["Where"]')
    taken = draft(mapping, Spread="no", Where="lung")
    assert taken.imaging == {}
    assert {("Spread", "no"), ("Where", "lung")} <= set(remarks(taken))


def test_a_count_settles_its_score_and_a_category_that_differs_is_remarked(draft):
    text = MAPPING + (
        '\n[[take]]\nto = "pathology.necrosis_percent"\nfrom = "Necrosis"\n'
        '\n[[take]]\nto = "pathology.necrosis_score"\nfrom = "Class"\n'
        '\n[[take]]\nto = "pathology.mitoses_per_10_hpf"\nfrom = "Mitoses"\n'
    )
    taken = draft(mappings.parse(text), Necrosis="60", Class="1", Mitoses="12")
    assert taken.pathology["necrosis_score"] == 2
    assert taken.pathology["mitoses_per_10_hpf"] == Decimal("12.0")
    assert taken.pathology["mitoses_score"] == 2
    assert remarks(taken)["Class", "1"] == "Necrosis score: score 1 does not fit the number; 2 was taken."


def test_rows_that_the_mapping_refuses_say_its_reason(draft):
    text = MAPPING + '\n[[refuse]]\ncolumn = "Note"\nvalues = ["lipoma"]\nreason = "a lipoma is benign."\n'
    text += '\n[[refuse]]\ncolumn = "Sex"\npattern = "#*"\nreason = "a count."\n'
    mapping = mappings.parse(text)
    assert draft(mapping, Note="Lipoma").reason == "a lipoma is benign."
    assert draft(mapping, Sex="3 men").reason == "a count."
    assert isinstance(draft(mapping), Draft)


def test_a_file_without_type_and_site_is_no_table_for_this_mapping(county):
    with pytest.raises(BrokenFile, match="takes the histology and the site"):
        Drafter(county, ("Case no", "Sex"), TODAY)


def test_a_year_is_known_to_be_only_that(draft):
    text = MAPPING.replace('from = "Diagnosed"', 'from = "Diagnosed"\nrule = "year"')
    taken = draft(mappings.parse(text), Diagnosed="2012")
    assert (taken.diagnosed_on, taken.is_year_only) == (date(2012, 1, 1), True)


def test_the_digest_is_of_the_content_and_not_of_the_place_in_the_file(county):
    def digest(line, **told):
        return Drafter(county, tuple(HEAD), TODAY).draft(Row(line, tuple(row(**told)))).digest()

    assert digest(2) == digest(70)
    assert digest(2) != digest(2, Grade="G3")
    assert digest(2) != digest(2, Note="new")


PATTERNS = [
    ("K001", "K###", True),
    ("k001", "K###", True),
    ("K01", "K###", False),
    ("KABC", "K###", False),
    ("KABC", "K???", True),
    ("TCGA-3B-A9HO", "TCGA-??-????", True),
    ("K-17-left", "K-*", True),
    ("K", "K-*", False),
    ("17b", "*#?", True),
    ("ab", "ab*ab", False),
    ("", "*", True),
]


@pytest.mark.parametrize(("text", "pattern", "fits"), PATTERNS)
def test_patterns_of_ids(text, pattern, fits):
    assert matches(text, pattern) is fits


CELL = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["8890/3", "C49.2", "alive", "dead", "G2", "12", "-1", "yes", "no", "14/03/2020", "--", "–"]
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELL, min_size=len(HEAD), max_size=len(HEAD)))
def test_every_value_of_every_row_is_taken_remarked_kept_or_refused_with_the_row(county, cells):
    """Whatever stands in a cell: the row is refused, or the cell was understood, or it is kept with the case."""
    cells = ["K001", *(cell.strip() for cell in cells[1:])]
    drafted = Drafter(county, tuple(HEAD), TODAY).draft(Row(2, tuple(cells)))
    if isinstance(drafted, RefusedRow):
        assert drafted.reason
        return
    kept = dict(drafted.texts)
    told = {name: cell for name, cell in zip(HEAD, cells, strict=True) if key(cell) not in ALWAYS_MISSING}
    if told.get("Note") and key(told["Note"]) not in county.missing:
        assert kept["Note"] == told["Note"]
    for remark in drafted.remarks:
        assert remark.done
        assert not remark.column or kept[remark.column] == told[remark.column]
    if "grade" not in drafted.pathology and key(told.get("Grade", "")) not in county.missing:
        assert kept.get("Grade", "") == told.get("Grade", "")

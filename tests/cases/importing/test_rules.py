"""How cells become values: whole tables of what is read and what is not, and properties that must always hold."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clinical import icdo3
from cases.clinical.grading import mitosis_score, necrosis_score
from cases.importing.rules import RULES, Adjusted, NotUnderstood, Options
from cases.importing.targets import TARGETS

READ = {
    "text": {"a b": "a b"},
    "whole_number": {"3": 3, "3.0": 3, "-2": -2, "4,0": 4},
    "mitoses_per_10_hpf": {"12": Decimal("12.0"), "9.96": Decimal("9.9"), "0": Decimal("0.0")},
    "per_cent": {"15": 15, "15%": 15, "15 %": 15, "49.9": 49, "0.4": 1, "0": 0, "100": 100},
    "length": {
        "8": 8,
        "8.2": 8,
        "82 mm": 82,
        "8.2 cm": 82,
        "8,2cm": 82,
        "10 x 8 x 5 cm": 100,
        "3×4": 4,
        "5*7 mm": 7,
    },
    "greatest": {"8": 8},
    "date": {
        "2026-11-25": date(2026, 11, 25),
        "2026-11-25 08:30:00": date(2026, 11, 25),
        "25/11/2026": date(2026, 11, 25),
        "5.1.2026": date(2026, 1, 5),
        "05-01-2026": date(2026, 1, 5),
        "25 Nov 2026": date(2026, 11, 25),
        "25-November-2026": date(2026, 11, 25),
    },
    "date_month_first": {"11/25/2026": date(2026, 11, 25), "2026-11-25": date(2026, 11, 25)},
    "year": {"2012": date(2012, 1, 1), "2012.0": date(2012, 1, 1)},
    "yes_or_no": {"Yes": True, "N": False, "TRUE": True, "0": False},
    "morphology": {
        "8890/3": "8890/3",
        "88903": "8890/3",
        "M-8890/3": "8890/3",
        "8830/3": "8802/3",
        "8822/1": "8821/1",
    },
    "topography": {"C49.2": "C49.2", "c492": "C49.2", "C55": "C55.9", "C49.10": "C49.1", "C 48.0": "C48.0"},
    "nhs_number": {"999 000 0018": "9990000018"},
    "side": {"left thigh": "L", "Right buttock": "R", "bilateral": "B", "thigh": None, "R arm": "R"},
    "differentiation_of_histology": {
        "8858/3": 3,
        "8811/3": 2,
        "8851/3": 1,
        "8890/3": None,
        "9540/3": None,
        "8830/3": 3,
    },
}
NOT_READ = {
    "whole_number": ["", "three", "3.5", "1e3", "٣", "--3", "1,234", "3 or 4", "<5", "+", "1" * 30],
    "mitoses_per_10_hpf": ["few", "<5", "10-20", "nan", "inf"],
    "per_cent": ["half", ">50", "50-60%"],
    "length": ["big", "8-9 cm", "8 inch", "x", "8 x", "1 x 2 x 3 x 4", "..", "1,234 mm"],
    "greatest": ["big"],
    "date": ["2026-13-01", "31/02/2026", "25/11/26", "2026", "tomorrow", "25 Brumaire 2026", "00/00/0000"],
    "date_month_first": ["25/11/2026"],
    "year": ["12", "2012.5", "3012", "-2012", "now"],
    "yes_or_no": ["maybe", "2"],
    "morphology": ["8890", "leiomyosarcoma", "889/3", "88901/3"],
    "topography": ["49.2", "C4", "thigh", "D48.1"],
    "nhs_number": ["999 000 0019", "123", "abc"],
    "side": ["left or right", "from left to right"],
    "differentiation_of_histology": ["sarcoma"],
}


@pytest.mark.parametrize(("rule", "cell"), [(rule, cell) for rule, cells in READ.items() for cell in cells])
def test_a_cell_is_read(rule, cell):
    assert RULES[rule](cell, Options()) == READ[rule][cell]


@pytest.mark.parametrize(
    ("rule", "cell"), [(rule, cell) for rule, cells in NOT_READ.items() for cell in cells]
)
def test_a_cell_that_is_not_plain_is_not_guessed_at(rule, cell):
    with pytest.raises(NotUnderstood) as refused:
        RULES[rule](cell, Options())
    assert refused.value.why


def test_every_rule_is_in_the_tables_above():
    assert set(READ) == set(RULES)
    assert set(NOT_READ) == set(RULES) - {"text"}


def test_centimetres_become_millimetres_unless_the_cell_says_otherwise():
    assert RULES["length"]("8.2", Options(unit="cm")) == 82
    assert RULES["length"]("82 mm", Options(unit="cm")) == 82


@given(st.text(max_size=40))
@pytest.mark.parametrize("rule", RULES)
def test_any_text_is_read_or_not_understood(rule, cell):
    try:
        value = RULES[rule](cell, Options())
    except NotUnderstood as refused:
        value = refused.why
    assert value is None or isinstance(value, str | int | Decimal | date)


@given(st.decimals(0, 60, places=2))
def test_centimetres_and_millimetres_agree(size):
    assert RULES["length"](str(size), Options(unit="cm")) == RULES["length"](
        f"{size * 10:f}", Options(unit="mm")
    )


@given(st.lists(st.decimals(0, 60, places=1), min_size=1, max_size=3))
def test_the_greatest_dimension_of_a_cell_is_taken(sizes):
    cell = " x ".join(map(str, sizes)) + " cm"
    assert RULES["length"](cell, Options()) == max(RULES["length"](f"{size} cm", Options()) for size in sizes)


@given(st.decimals(0, 100, places=3))
def test_rounding_necrosis_never_changes_its_score(per_cent):
    assert necrosis_score(RULES["per_cent"](str(per_cent), Options())) == necrosis_score(float(per_cent))


@given(st.decimals(0, 1000, places=3))
def test_rounding_mitoses_never_changes_their_score(count):
    assert mitosis_score(float(RULES["mitoses_per_10_hpf"](str(count), Options()))) == mitosis_score(
        float(count)
    )


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_a_day_is_the_same_in_every_form(day):
    forms = [day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d.%m.%Y}", f"{day:%d %b %Y}", f"{day:%d %B %Y}"]
    assert {RULES["date"](form, Options()) for form in forms} == {day}


@pytest.mark.parametrize("entry", icdo3.all_morphologies(), ids=lambda entry: entry.slug)
def test_every_histology_of_the_list_is_read_from_its_code_and_its_older_codes(entry):
    assert RULES["morphology"](entry.code, Options()) == entry.code
    for old in entry.legacy:
        read = RULES["morphology"](old, Options())
        assert read == entry.code
        assert isinstance(read, Adjusted)
        assert entry.code in read.done


@pytest.mark.parametrize("to", [name for name, target in TARGETS.items() if target.lowest is not None])
def test_a_number_outside_its_bounds_is_not_taken(to):
    target = TARGETS[to]
    assert target.check(target.lowest) == target.lowest
    assert target.check(target.highest) == target.highest
    for beyond in (target.lowest - 1, target.highest + 1):
        with pytest.raises(NotUnderstood, match=f"from {target.lowest} to {target.highest}"):
            target.check(beyond)

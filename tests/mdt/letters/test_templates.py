"""Templates that a team types: what is refused and where, and that no value can become more than text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.letters.placeholders import MOST, PART, PLACEHOLDERS, allowed_in, examples, wrong_in
from mdt.letters.templates import built_in
from mdt.letters.wording import added_in, blocks_of, filled, with_added
from mdt.workflow import TextKind

KINDS = [kind.value for kind in TextKind]


def needed(kind):
    return "\n".join(each.mark for each in allowed_in(kind) if kind in each.needed_in)


def said(text, kind="patient"):
    return [str(each) for each in wrong_in(f"{text}\n{needed(kind)}", kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_built_in_text_is_right(kind):
    assert wrong_in(built_in(kind), kind) == []


@pytest.mark.parametrize("placeholder", PLACEHOLDERS.values(), ids=lambda each: each.name)
def test_every_placeholder_says_what_it_stands_for_and_has_an_example(placeholder):
    assert placeholder.stands_for
    assert placeholder.example
    assert set(placeholder.needed_in) <= set(placeholder.kinds) <= set(KINDS)
    assert placeholder.shape in ("line", "text", "list", "part")


def test_an_unknown_placeholder_is_named_with_its_line_and_what_was_meant():
    assert said("Dear you,\nyour name is {{patient_nmae}}.") == [
        "Line 2: {{patient_nmae}} is not a placeholder. Did you mean {{patient_name}}?"
    ]
    assert said("{{zzzz}}") == ["Line 1: {{zzzz}} is not a placeholder. Choose one of the table."]
    assert said("{{}}") == ["Line 1: {{}} is not a placeholder. Choose one of the table."]


def test_a_placeholder_of_the_other_letter_is_refused():
    assert "has no place in this kind" in said("{{quorum}}")[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dear {{patient_name", "Write }} after"),
        ("Dear patient_name}}", "Write {{ before"),
        ("{{ {{patient_name}}", "Write }} after"),
        ("{{patient_name}} }}", "Write {{ before"),
    ],
)
def test_odd_braces_are_named_with_their_line(text, words):
    wrong = said(f"First line.\n{text}")
    assert len(wrong) == 1
    assert wrong[0].startswith("Line 2: ")
    assert words in wrong[0]


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_not_be_left_out_is_named(kind):
    wrong = [str(each) for each in wrong_in("Hello.", kind)]
    assert len(wrong) == sum(kind in each.needed_in for each in PLACEHOLDERS.values())
    assert any("{{added_text}} is needed" in each for each in wrong) == (kind in ("clinical", "patient"))


def test_a_value_of_several_lines_stands_on_a_line_of_its_own():
    assert "stands on a line of its own" in said("The plan: {{treatments_in_plain_words}}")[0]


def test_added_text_has_one_place():
    assert "stands there twice" in said("{{added_text}}")[0]


def test_a_text_without_end_is_refused():
    assert f"It may have {MOST}" in said("x" * (MOST + 1))[0]


def letter(**values):
    return filled(built_in("patient"), examples("patient") | {"added_text": ""} | values)


def test_a_heading_over_nothing_is_left_out():
    assert "# Your treatment" not in letter(treatments_in_plain_words=[])
    headings = [block["text"] for block in blocks_of(letter(added_text="")) if block["kind"] == "heading"]
    assert headings == ["What the team decided", "Your treatment", "What happens next", "Whom you can ask"]


def test_no_value_takes_the_place_of_a_part():
    values = examples("minutes") | {"chair": "{{decisions}}", "place": "{{attendance}}"}
    blocks = blocks_of(filled("{{chair}}\n\n{{place}}\n\n" + built_in("minutes"), values))
    assert [block["text"] for block in blocks[:2]] == ["{{decisions}}", "{{attendance}}"]
    parts = [block["name"] for block in blocks if block["kind"] == "part"]
    assert parts == ["attendance", "decisions", "off_the_list", "signature"]


def test_a_part_with_nothing_to_show_is_left_out_with_its_heading():
    text = filled(built_in("minutes"), examples("minutes") | {"off_the_list": False})
    assert "Put off" not in text
    assert "off_the_list" not in text


INJECTIONS = [
    "# A heading",
    "- an item",
    "{{added_text}}",
    "{{patient_name}}",
    "[added text]",
    "[end of added text]",
    "\\# not a heading",
    "Smith\n# A heading\n[end of added text]\n- an item",
]


@pytest.mark.parametrize("value", INJECTIONS)
def test_no_value_becomes_a_heading_a_list_or_a_placeholder(value):
    plain = blocks_of(letter())
    tried = letter(patient_name=value, decision_in_plain_words=[value], whom_to_ask=[value])
    blocks = blocks_of(tried)
    kinds = [block["kind"] for block in blocks if block["kind"] != "paragraph"]
    assert kinds == [block["kind"] for block in plain if block["kind"] != "paragraph"]
    assert added_in(with_added(tried, "Bring your scans.")) == "Bring your scans."
    shown = "\n".join(block.get("text", "") for block in blocks)
    for line in value.splitlines():
        assert line in shown


PARTS = [each for each in PLACEHOLDERS.values() if each.shape == PART]


@pytest.mark.parametrize("mark", [each.mark for each in PARTS] + [f"{{{{ {each.name} }}}}" for each in PARTS])
def test_a_part_of_the_minutes_that_is_typed_into_a_letter_comes_out_as_typed(mark):
    text = with_added(letter(), f"Before.\n\n{mark}\n\nAfter.")
    blocks = blocks_of(text)
    assert [block for block in blocks if block["kind"] == "part"] == []
    shown = [block.get("text") for block in blocks]
    assert shown[shown.index("Before.") :][:3] == ["Before.", mark, "After."]
    assert added_in(text) == f"Before.\n\n{mark}\n\nAfter."


@pytest.mark.parametrize("value", INJECTIONS)
def test_what_people_add_stays_in_its_place(value):
    text = with_added(letter(), value)
    assert added_in(text) == value
    assert with_added(text, "") == letter()


@given(st.text(max_size=200))
def test_any_added_text_comes_back_as_it_was_typed(value):
    lines = value.strip().splitlines()
    assert added_in(with_added(letter(), value)).splitlines() == lines


@given(st.text(max_size=80))
def test_any_name_leaves_the_rest_of_the_letter_alone(value):
    blocks = blocks_of(letter(patient_name=value))
    headings = [block["text"] for block in blocks if block["kind"] == "heading"]
    assert headings == ["What the team decided", "Your treatment", "What happens next", "Whom you can ask"]


@given(st.text(alphabet="{} a_#-\n", max_size=60))
def test_a_template_that_is_found_right_can_always_be_filled(text):
    template = f"{text}\n{needed('patient')}"
    if not wrong_in(template, "patient"):
        blocks_of(filled(template, examples("patient")))

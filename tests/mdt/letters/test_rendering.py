"""Documents as PDF: tagged, in English, and saying what was typed, whatever it was."""

import io
import re
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from mdt.letters import rendering
from mdt.letters.rendering import FOLDER, NotSet, pdf_of

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
LETTER = {
    "title": "Outcome of the sarcoma MDT, PEN-2026-0412",
    "heading": "Outcome of the sarcoma MDT",
    "team": "Pennine Sarcoma MDT",
    "organisation": "Pennine Hospital",
    "day": "25 November 2026",
    "recipients": ["Dr Anna Lewis, Holme Valley Hospital"],
    "about": "Mrs Grace Okafor\nBorn 14 March 1992",
    "footer": "PEN-2026-0412",
    "blocks": [{"kind": "paragraph", "text": "The plan is agreed."}],
    "draft": "",
}


def read(pdf):
    return PdfReader(io.BytesIO(pdf))


def words(pdf):
    """Every word of it, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def letter_about(text, **more):
    return words(pdf_of("clinical", LETTER | {"about": text} | more, at=AT))


def test_a_letter_is_a_tagged_pdf_with_title_and_language():
    pdf = pdf_of("clinical", LETTER, at=AT)
    root = read(pdf).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in root
    assert read(pdf).metadata.title == "Outcome of the sarcoma MDT, PEN-2026-0412"
    assert b"pdfuaid" in pdf


def test_a_letter_says_what_it_was_given():
    said = words(pdf_of("clinical", LETTER, at=AT))
    for part in (
        "Pennine Hospital",
        "Dr Anna Lewis",
        "Mrs Grace Okafor",
        "The plan is agreed.",
        "Page 1 of 1",
    ):
        assert part in said


@pytest.mark.parametrize(
    "name",
    [
        '#eval("1+1")',
        '#import "frame.typ"',
        "*x* _y_ `z`",
        "@ref <label>",
        "$ a + b $ $",
        "\\ // /* */",
        "= Heading",
        '" + read("frame.typ") + "',
        "{{patient_name}} {% x %}",
        "<script>alert(1)</script>",
        "O’Brien-Łódź Nguyễn",
        "Чайка Ελένη",
        "שלום",
        "محمد",
        "- item",
        "~ -- ...",
    ],
)
def test_a_name_comes_out_as_it_was_typed(name):
    assert name in letter_about(f"Mrs {name}")


def test_two_directions_of_reading_stand_side_by_side():
    said = letter_about("Mr محمد Smith\nBorn 14 March 1992")
    assert "محمد" in said
    assert "Born 14 March 1992" in said


def test_a_character_that_no_font_has_is_spelled_out():
    said = letter_about("Mx 🦄 漢 Smith")
    assert "[unicorn face]" in said
    assert "[cjk unified ideograph-6f22]" in said.replace("- ", "-")
    assert "Smith" in said


def test_marks_that_turn_the_direction_of_reading_are_left_out():
    """A name must not be able to turn round what stands after it."""
    assert "Mrs abc, NHS number 999 000 0018" in letter_about("Mrs \u202eabc, NHS number 999 000 0018")


def test_control_characters_stop_no_letter():
    assert "Mrs Okafor" in letter_about("Mrs\x01 \x7fOkafor\x1b")


def test_a_long_letter_goes_on_to_the_next_page_with_its_footer():
    blocks = [{"kind": "paragraph", "text": f"Paragraph {n}. " + "It is agreed. " * 20} for n in range(40)]
    pages = read(pdf_of("patient", LETTER | {"blocks": blocks}, at=AT)).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page.extract_text()
        assert "PEN-2026-0412" in page.extract_text()


def test_a_draft_says_so_and_an_issued_letter_does_not():
    assert "Draft: not issued" in letter_about("Mrs Okafor", draft="Draft: not issued")
    assert "Draft" not in letter_about("Mrs Okafor")


def test_the_same_letter_is_the_same_file():
    assert pdf_of("clinical", LETTER, at=AT) == pdf_of("clinical", LETTER, at=AT)


def test_a_document_that_cannot_be_set_says_nothing_of_its_text():
    with pytest.raises(NotSet) as refused:
        pdf_of("clinical", LETTER | {"title": None, "about": "Mrs Okafor"}, at=AT)
    assert "Okafor" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_templates_fetch_nothing():
    for path in FOLDER.glob("*.typ"):
        text = path.read_text()
        assert "@preview" not in text
        assert set(re.findall(r'#import "([^"]+)"', text)) <= {"frame.typ"}
    assert not rendering.PACKAGES.exists()


def test_every_machine_sets_the_same_type():
    assert "Libertinus Serif" in rendering._fonts().families()
    assert all(font.path is None for font in rendering._fonts().fonts())

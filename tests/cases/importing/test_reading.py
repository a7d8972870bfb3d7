"""Whatever a spreadsheet program writes is read as the same table; what is no table says why."""

import codecs
import struct
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.importing import encoding, workbook
from cases.importing.errors import BrokenFile
from cases.importing.reading import Layout, open_table

LAYOUT = Layout(id_column="Id", columns=frozenset({"id", "name", "site"}))
NAMES = ["Müller", "café", "Šárka – left", "50 % ≥ half", "naïve coöperation", "Ærø"]


def read(path, layout=LAYOUT):
    with open_table(path, layout) as table:
        return table.columns, [(r.line, r.cells) for r in table.rows()], table.words


def refusal_of(path):
    """Why the file is refused, or that it is not."""
    try:
        read(path)
    except BrokenFile as refused:
        return refused.message
    return "It can be read."


def text_file(tmp_path, content, codec="utf-8", name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(codec))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"]
)
def test_every_encoding_delimiter_and_line_end_that_excel_writes_is_read_alike(
    tmp_path, codec, delimiter, end
):
    rows = [["Id", "Name"], ["1", "Müller, café"], ["2", "sø"]]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    columns, found, _ = read(text_file(tmp_path, end.join(lines) + end, codec))
    assert columns == ("Id", "Name")
    assert [cells for _, cells in found] == [("1", "Müller, café"), ("2", "sø")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("codec", ["cp1252", "mac_roman"])
def test_windows_and_macintosh_letters_are_told_apart(tmp_path, codec, name):
    try:
        content = f"Id,Name\n1,{name}\n".encode(codec)
    except UnicodeEncodeError:
        content = f"Id,Name\n1,{name.encode(codec, 'ignore').decode(codec)} café\n".encode(codec)
    path = text_file(tmp_path, content)
    assert encoding.detect(path) == codec


def test_the_page_says_how_a_text_was_read(tmp_path):
    assert read(text_file(tmp_path, "Id;Name\n1;é\n", "cp1252"))[2] == (
        "Text table, semicolon between columns, Windows (cp1252)"
    )


def test_a_table_below_a_title_and_with_an_empty_line_is_found_where_it_stands(tmp_path):
    path = text_file(tmp_path, "Sarcoma register\nas of 2026\n\nId,Name\n1,a\n\n2,b\n")
    assert read(path)[1] == [(5, ("1", "a")), (7, ("2", "b"))]


def test_a_line_number_is_the_files_own_even_after_a_cell_with_line_breaks(tmp_path):
    path = text_file(tmp_path, 'Id,Name\n1,"two\nlines"\n2,b\n')
    assert [line for line, _ in read(path)[1]] == [2, 4]


def test_column_names_are_found_in_any_case_spacing_and_dash(tmp_path):
    layout = Layout(id_column="patient - id")
    path = text_file(tmp_path, "Patient  – ID,Name\n1,a\n")
    assert read(path, layout)[0] == ("Patient – ID", "Name")


def test_empty_columns_at_the_end_of_the_head_are_not_columns(tmp_path):
    assert read(text_file(tmp_path, "Id,Name,,\n1,a,,\n"))[0] == ("Id", "Name")


BROKEN = {
    "empty": (b"", "The file is empty."),
    "blank": (b"  \n\n", "The file is empty."),
    "nul": (b"Id,Name\n1,a\n2,\x00b\n", "Line 3 has a zero byte"),
    "binary": (bytes(range(1, 32)) * 40, "not text"),
    "pdf": (b"%PDF-1.7 stuff", "it is a PDF"),
    "png": (b"\x89PNG\r\n\x1a\n", "a picture"),
    "jpeg": (b"\xff\xd8\xff\xe0", "a picture"),
    "gzip": (b"\x1f\x8b\x08\x00", "compressed"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
    "html": (b"<html><table><tr><td>Id</td></tr></table>", "web page"),
    "html with doctype": (b"\n<!doctype html><p>", "web page"),
    "xml": (b"<?xml version='1.0'?><Workbook/>", "XML file"),
    "rtf": (b"{\\rtf1 x}", "text document"),
    "no such column": (b"Nr,Name\n1,a\n", "has a column"),
    "prose": (b"Dear colleague,\nplease find attached\n", "has a column"),
    "one column": (b"Id\n1\n2\n", "has a column"),
    "duplicate columns": (b"Id,Name,name\n1,a,b\n", "Columns 2 and 3 are both called"),
    "nameless column": (b"Id,,Name\n1,a,b\n", "Column 2 has no name"),
    "long name": (b"Id," + b"x" * 121 + b"\n1,a\n", "has 121 letters"),
    "open quotation mark": (b'Id,Name\n1,"never closed\n2,b\n', "inside quotation marks"),
    "letters after a quotation mark": (b'Id,Name\n1,"a"b\n', "quotation marks are not used"),
    "endless cell": (b'Id,Name\n1,"' + b"x" * 140_000 + b'"\n', "longer than any real one"),
    "half of utf-16": ("Id,Name\n1,a\n".encode("utf-16") + b"\x00", "not valid UTF-16"),
    "too many columns": (b"Id," + b",".join(b"c%d" % n for n in range(500)) + b"\n1,a\n", "501 columns"),
    "zip that is no workbook": (b"PK\x03\x04 nonsense", "damaged"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_table_says_why(tmp_path, kind):
    content, words = BROKEN[kind]
    with pytest.raises(BrokenFile) as refused:
        read(text_file(tmp_path, content))
    assert words in refused.value.message


def test_a_wrong_encoding_named_by_the_mapping_is_said_and_not_guessed(tmp_path):
    path = text_file(tmp_path, b"Id,Name\n1,a\n2,\xff\xfe\n")
    with pytest.raises(BrokenFile, match="is not valid UTF-8 text"):
        read(path, Layout(id_column="Id", encoding="utf-8-sig"))


def test_a_workbook_reads_as_one_sees_it(write_book):
    path = write_book(
        Cases=[["Id", "Name", "Site"], [1, 8.2, date(2026, 11, 25)], ["2", True, datetime(2026, 1, 2, 3, 4)]]
    )
    columns, found, words = read(path)
    assert columns == ("Id", "Name", "Site")
    assert found == [(2, ("1", "8.2", "2026-11-25")), (3, ("2", "TRUE", "2026-01-02 03:04:00"))]
    assert words == "Excel workbook, sheet “Cases”"


def test_a_percentage_in_a_workbook_is_the_number_that_one_reads(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Id", "Name"])
    book.active.append(["1", 0.15])
    book.active["B2"].number_format = "0%"
    book.active.append(["2", 0.1 + 0.2])
    book.save(tmp_path / "b.xlsx")
    assert [cells[1] for _, cells in read(tmp_path / "b.xlsx")[1]] == ["15%", "0.3"]


def test_of_several_sheets_the_one_that_has_the_mappings_columns_is_taken(write_book):
    path = write_book(
        Notes=[["Id", "x"], ["a", "b"]], Cases=[["Title"], ["Id", "Name", "Site"], ["1", "n", "s"]]
    )
    columns, found, words = read(path)
    assert columns == ("Id", "Name", "Site")
    assert found == [(3, ("1", "n", "s"))]
    assert "Cases" in words


def test_a_named_sheet_is_taken_and_one_that_is_missing_is_said_with_those_there_are(write_book):
    path = write_book(One=[["Id", "Name"], ["1", "a"]], Two=[["Id", "Name"], ["2", "b"]])
    assert read(path, Layout(id_column="Id", sheet="two"))[1] == [(2, ("2", "b"))]
    with pytest.raises(BrokenFile, match="It has: One, Two"):
        read(path, Layout(id_column="Id", sheet="Three"))


def test_rows_that_a_workbook_leaves_out_keep_the_numbers_of_the_others(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1"], book.active["A9"], book.active["B9"] = "Id", "Name", "1", "a"
    book.save(tmp_path / "b.xlsx")
    assert read(tmp_path / "b.xlsx")[1] == [(9, ("1", "a"))]


def test_a_workbook_with_macros_is_read_and_its_macros_are_not_looked_at(write_book, tmp_path):
    path = write_book(Cases=[["Id", "Name"], ["1", "a"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 not even a macro")
    assert read(path)[1] == [(2, ("1", "a"))]


def replaced(path, part, content):
    """The same workbook with one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_an_xml_bomb_in_any_part_is_refused(write_book, part):
    path = write_book(Cases=[["Id", "Name"], ["1", "a"]])
    bomb = LAUGHS + "<worksheet><sheetData><row><c><v>&c;</v></c></row></sheetData></worksheet>"
    with pytest.raises(BrokenFile):
        read(replaced(path, part, bomb.encode()))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(write_book):
    path = write_book(Cases=[["Id", "Name"], ["1", "a"]])
    replaced(path, "xl/worksheets/sheet1.xml", b" " * (30 * 1024 * 1024))
    with pytest.raises(BrokenFile, match="refused as unsafe"):
        read(path)


def test_too_many_parts_and_too_much_in_all_are_refused(write_book, monkeypatch):
    path = write_book(Cases=[["Id", "Name"], ["1", "a"]])
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 100)
    with pytest.raises(BrokenFile, match="refused as unsafe"):
        read(path)
    monkeypatch.undo()
    monkeypatch.setattr(workbook, "MAX_PARTS", 3)
    with pytest.raises(BrokenFile, match="refused as unsafe"):
        read(path)


def test_a_part_that_lies_about_its_size_is_refused(write_book):
    """The declared size of the sheet is made 100 bytes: what is unpacked is then cut, and its checksum is wrong."""
    path = write_book(Cases=[["Id", "Name"], *[[str(n), "name"] for n in range(200)]])
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", info.file_size), struct.pack("<L", 100)))
    with pytest.raises(BrokenFile):
        read(path)


def test_a_workbook_with_a_password_says_so(write_book):
    path = write_book(Cases=[["Id", "Name"], ["1", "a"]])
    data = bytearray(path.read_bytes())
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BrokenFile, match="password"):
        read(path)


def test_a_row_number_beyond_excels_is_refused_and_not_counted_up_to(write_book, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 1000)
    path = write_book(Cases=[["Id", "Name"], ["1", "a"]])
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Id</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Name</t></is></c></row>'
        '<row r="4000000000"><c r="A4000000000"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(BrokenFile, match="more rows than Excel allows"):
        read(replaced(path, "xl/worksheets/sheet1.xml", sheet.encode()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(1, 255)), max_size=4))
def test_a_damaged_workbook_is_read_or_refused_in_words_and_never_fails_otherwise(write_book, cut, flips):
    path = write_book(Cases=[["Id", "Name"], *[[str(n), "name"] for n in range(20)]])
    data = bytearray(path.read_bytes())
    for where, change in flips:
        data[int(where * len(data))] ^= change
    path.write_bytes(bytes(data[: max(4, int(cut * len(data)))]))
    assert refusal_of(path).endswith((".", "?"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=400),
    mark=st.sampled_from([b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"PK", b"Id,Name\n"]),
)
def test_any_bytes_are_read_or_refused_in_words(tmp_path, content, mark):
    path = text_file(tmp_path, mark + content)
    assert refusal_of(path).endswith((".", "?"))


def test_a_large_file_is_read_row_by_row_and_not_as_a_whole(tmp_path):
    path = text_file(tmp_path, "Id,Name\n" + "1,a\n" * 200_000)
    with open_table(path, LAYOUT) as table:
        rows = table.rows()
        assert next(rows).line == 2

"""Files: one study, a search page, a list, NDJSON, a zip, a folder; what is none of these is refused by name."""

import io
import json
import zipfile

import pytest

from tests.trials.registry.studies import NCT, STUDY, as_file, study, updated
from trials.registry import files
from trials.registry.errors import Unreadable
from trials.registry.files import Budget, Source, from_paths, opened
from trials.registry.reading import read_sources

OTHER = "NCT09900002"


def read(content, name="studies.json"):
    file = io.BytesIO(content)
    return read_sources(opened(name, file, len(content), Budget()))


def numbers(reading):
    return [each.nct or each.left[0] for each in reading.studies]


def zipped(content):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in content.items():
            package.writestr(name, text)
    return made.getvalue()


def test_every_shape_of_a_file_is_read():
    one, other = json.dumps(STUDY), json.dumps(study(OTHER))
    shapes = {
        one: [NCT],
        f"\n {one}": [NCT],
        json.dumps({"studies": [STUDY, study(OTHER)]}): [NCT, OTHER],
        json.dumps([STUDY, study(OTHER)]): [NCT, OTHER],
        json.dumps([{"studies": [STUDY]}, {"studies": [study(OTHER)]}]): [NCT, OTHER],
        f"{one}\n{other}\n\n": [NCT, OTHER],
        f"{one}\r\n{other}": [NCT, OTHER],
        f"{one}\n{other[:90]}": [NCT, "Line 2 is not valid JSON. The file may have been cut off."],
        f"{one}\n[]": [NCT, "This is not a study but “[]”."],
    }
    for text, expected in shapes.items():
        assert numbers(read(text.encode())) == expected
        assert numbers(read(text.encode("utf-8-sig"))) == expected
        assert numbers(read(text.encode("utf-16"))) == expected


REFUSED = [
    (b"", "The file is empty."),
    (b" \r\n\t", "The file is empty."),
    (b"<!doctype html><p>", "but a web page"),
    (b"<?xml version='1.0'?>", "but an XML file"),
    (b"%PDF-1.7", "but a PDF"),
    (b"\x1f\x8b\x08", "a compressed file. Unpack it first"),
    (b"NCT Number,Title\nNCT09900001,x", "This is not valid JSON: it stops making sense in line 1, character 1."),
    (as_file(STUDY)[:400], "may have been cut off"),
    (b'{"studies": [', "This is not valid JSON"),
    ("{\"a\": \"é\"}".encode("latin-1"), "This is not text in UTF-8"),
    (b"7", "This is JSON, but no study: “7”."),
    (b"[]", "There is no study in this file."),
    (b'{"studies": []}', "There is no study in this file."),
    (b'{"studies": {}}', "its “studies” are no list"),
    (b'{"a": 1}', "it has neither “protocolSection”"),
    (b'{"FullStudiesResponse": {"FullStudies": []}}', "API v1"),
    (b'{"ProtocolSection": {}}', "API v1"),
    (b"[" * 100_000, "nested deeper"),
    (b'{"studies": ' + b"9" * 10_000 + b"}", "a longer number"),
    (b"PK\x03\x04 and nothing more", "is a damaged zip file"),
    (zipped({"readme.txt": "no study"}), "has no file that ends in .json"),
]  # fmt: skip


def test_what_holds_no_study_is_refused_by_name():
    for content, said in REFUSED:
        with pytest.raises(Unreadable) as refused:
            read(content)
        assert said in refused.value.message, (content[:50], refused.value.message)


def test_ten_megabytes_of_eligibility_are_left_and_the_study_is_taken():
    text = "word " * 2_100_000
    (got,) = read(as_file(study(eligibilityModule={"eligibilityCriteria": text}))).studies
    assert got.nct == NCT
    assert "eligibility" not in got.record.fields
    assert "at most 50,000 are kept" in got.left[0]


def test_a_file_that_is_too_large_is_never_parsed(monkeypatch, tmp_path):
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    monkeypatch.setattr(files, "MEGABYTE", 50)
    with pytest.raises(Unreadable, match="may have 2 MB: split it"):
        read(b"{" * 101)
    monkeypatch.setattr(files, "MOST_BYTES", 30_000)
    monkeypatch.setattr(files, "MOST_BYTES_TOGETHER", 9_000)
    for name in "abcdef":
        (tmp_path / f"{name}.json").write_bytes(as_file(STUDY))
    with pytest.raises(Unreadable, match="more than can be read at once"):
        read_sources(from_paths([tmp_path]))


def test_more_studies_than_a_registry_gives_are_refused(monkeypatch):
    monkeypatch.setattr("trials.registry.shapes.MOST_STUDIES", 2)
    with pytest.raises(Unreadable, match=r"There are 3 studies in this file\. At most 2"):
        read(as_file(STUDY, STUDY, STUDY))


def test_a_zip_is_read_file_by_file():
    content = zipped(
        {
            "a.json": as_file(STUDY),
            "sub/b.json": as_file(study(OTHER)),
            "__MACOSX/a.json": "x",
            "c.json": "nonsense",
            "readme.txt": "-",
        }
    )
    reading = read(content, "trials.zip")
    taken = {each.file: each.nct for each in reading.studies}
    assert taken == {"a.json": NCT, "sub/b.json": OTHER, "c.json": ""}


def test_a_zip_that_unpacks_to_more_than_it_says_is_a_damaged_one():
    content = zipped({"a.json": b" " * 5000 + as_file(STUDY), "b.json": as_file(study(OTHER))})
    size = (5000 + len(as_file(STUDY))).to_bytes(4, "little")
    lie = content.replace(size, (10).to_bytes(4, "little"))
    reading = read(lie, "trials.zip")
    assert numbers(reading)[1] == OTHER
    assert "Pack it again" in numbers(reading)[0]


def test_a_folder_is_read_with_what_is_in_it(tmp_path):
    (tmp_path / "one.json").write_bytes(as_file(STUDY))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "two.NDJSON").write_bytes(as_file(study(OTHER)))
    (tmp_path / ".hidden.json").write_text("nonsense")
    (tmp_path / "SOURCES.md").write_text("about")
    assert {(each.file, each.nct) for each in read_sources(from_paths([tmp_path])).studies} == {
        ("one.json", NCT),
        ("deep/two.NDJSON", OTHER),
    }
    with pytest.raises(Unreadable, match="has no file that ends in"):
        read_sources(from_paths([tmp_path / "deep", _empty(tmp_path)]))


def _empty(tmp_path):
    (tmp_path / "none").mkdir()
    return tmp_path / "none"


def test_a_page_of_a_search_says_that_there_are_more():
    page = {"studies": [STUDY], "nextPageToken": "x", "totalCount": 2924}
    reading = read(json.dumps(page).encode())
    assert reading.notes == (
        "This is one page of a search, with 1 of 2,924 studies. The search has more pages: download and import "
        "them too.",
    )


def test_of_two_records_of_one_study_the_later_is_taken_wherever_it_stands():
    early, late = updated("2026-09-14", version="2026-10-01"), updated("2026-09-14", version="2026-10-02")
    for order in ([early, late], [late, early]):
        sources = [Source(f"{n}.json", as_file(one)) for n, one in enumerate(order)]
        reading = read_sources(sources)
        taken = [each for each in reading.studies if each.follows is None]
        assert [each.record.version.day for each in taken] == [2]
        (other,) = [each for each in reading.studies if each.follows]
        assert other.follows == taken[0].place
        assert "A later record of this study was taken" in other.left[0]
    same = read(as_file(STUDY, STUDY))
    assert [each.follows for each in same.studies] == [None, 1]
    assert same.studies[1].left == ("Another record of the same day of this study was taken: study 1.",)

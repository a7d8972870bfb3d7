"""What an uploaded file is, told by its content."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError

from cases.models.document import ContentType
from cases.services import sniffing
from tests.cases import files


def told(content):
    return sniffing.content_type_of(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (files.PDF, ContentType.PDF),
        (files.JPEG, ContentType.JPEG),
        (files.PNG, ContentType.PNG),
        (files.docx(), ContentType.DOCX),
        ("Dear colleague,\r\n\tthank you – for this lady of 54.".encode(), ContentType.TEXT),
        ("Dear colleague, \u00a320 – 5 mm²".encode("cp1252"), ContentType.TEXT),
        (b"\xef\xbb\xbfDear colleague", ContentType.TEXT),
        (b"x < 5 mm and y > 3 mm", ContentType.TEXT),
    ],
)
def test_what_may_be_kept_is_told_by_its_content(content, kind):
    assert told(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><script>alert(1)</script>",
        b"\n\n  <html>",
        b"\xef\xbb\xbf<svg onload='x'>",
        b"Dear colleague <SCRIPT>alert(1)</SCRIPT>",
        b"<?xml version='1.0'?><a/>",
        b"{\\rtf1 words}",
        b"#!/bin/sh\nrm -r .",
        b"%!PS-Adobe-3.0",
        b"MZ\x90\x00" + bytes(200),
        b"GIF89a" + bytes(60),
        b"\x00\x01\x02words",
        b"\x81\x8d\x8f words in no encoding",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        files.zipped({"letter.txt": b"words"}),
        files.zipped({"xl/workbook.xml": b"x", "[Content_Types].xml": b"spreadsheetml.sheet.main+xml"}),
        files.docx()[:200],
        b"PK\x03\x04 and nothing",
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(content):
    with pytest.raises(ValidationError) as refused:
        told(content)
    assert (
        "Choose a PDF, JPEG, PNG, Word (.docx) or plain text file." in refused.value.message_dict["file"][0]
    )


@pytest.mark.parametrize(
    "compression",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
def test_a_word_document_that_is_damaged_anywhere_is_refused_or_read(compression):
    """Each byte in turn is spoilt: of its parts, their names, their offsets and their compression."""
    with io.BytesIO() as held:
        with zipfile.ZipFile(held, "w", compression) as package:
            package.writestr("[Content_Types].xml", sniffing.BODY * 20)
            package.writestr("word/document.xml", "<x/>" * 50)
            package.writestr("word/br\u00fccke.xml", "x")
        whole = held.getvalue()
    refused = 0
    for place in range(4, len(whole)):
        for spoilt in (0xFF, whole[place] ^ 0x41):
            content = whole[:place] + bytes([spoilt]) + whole[place + 1 :]
            try:
                assert told(content) == ContentType.DOCX
            except ValidationError:
                refused += 1
    assert refused


@pytest.mark.parametrize(
    "more",
    [{"word/vbaProject.bin": b"x"}, {"word/vbaData.xml": b"x"}, {"word/VBAPROJECT.BIN": b"x"}],
)
def test_a_word_document_with_macros_is_refused(more):
    with pytest.raises(ValidationError, match="has macros"):
        told(files.docx(more))


def test_a_word_document_that_says_it_has_macros_is_refused():
    listed = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    with pytest.raises(ValidationError, match="has macros"):
        told(files.zipped({"[Content_Types].xml": listed, "word/document.xml": b"<x/>"}))


def test_a_zip_bomb_is_refused_without_unpacking_it():
    with io.BytesIO() as held:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", sniffing.BODY)
            with package.open("word/document.xml", "w", force_zip64=True) as part:
                for _ in range(201):
                    part.write(bytes(1024 * 1024))
        bomb = held.getvalue()
    assert len(bomb) < 1024 * 1024
    with pytest.raises(ValidationError, match="unpacks to far more"):
        told(bomb)


def test_a_package_of_thousands_of_parts_is_refused():
    with pytest.raises(ValidationError, match="unpacks to far more"):
        told(files.docx({f"word/{n}.xml": b"" for n in range(sniffing.MOST_PARTS)}))


def test_the_file_is_at_its_beginning_again_afterwards():
    for content in (files.PDF, files.docx(), b"words"):
        file = io.BytesIO(content)
        sniffing.content_type_of(file)
        assert file.read() == content

"""The pack of a second opinion, on paper and as a structured file: what it says, and what it does not."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import jsonschema
import pytest
from django.core.files.base import ContentFile
from pypdf import PdfReader

from audit.workflow import WrongState
from cases.models import Document
from followup.models import OpinionPart, OpinionSending
from followup.services.opinion import sending
from followup.services.opinion.bundles import SCHEMA
from tests import factories

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "second-opinion-bundle.md"


def words_of(pdf):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def planned(centre):
    plan = centre.episode.plans.create(
        number=1, intent="curative", status="draft", proposed_by=centre.surgeon
    )
    plan.treatments.create(position=1, modality="ablation")
    plan.status = "proposed"
    plan.save()


def test_the_pack_is_a_tagged_pdf_that_says_what_is_asked_and_how_to_answer(centre, request_of):
    planned(centre)
    file = sending.send_pack(opinion=request_of(), by=centre.nurse)
    said = words_of(file.content)
    for words in (
        "Is limb-sparing surgery possible?",
        centre.case.reference,
        centre.nurse.full_name,
        centre.nurse.email,
        "How to answer",
        "Severn Sarcoma MDT",
        "Ablation",
    ):
        assert words in said
    assert centre.patient.family_name.upper() not in said
    assert PdfReader(io.BytesIO(file.content)).trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert file.name == f"{centre.case.reference}-second-opinion.pdf"
    assert OpinionSending.objects.get().sha256 == hashlib.sha256(file.content).hexdigest()


def test_a_blind_pack_says_so_and_tells_no_plan(centre, request_of):
    planned(centre)
    blind = request_of(is_blind=True)
    said = words_of(sending.send_pack(opinion=blind, by=centre.nurse).content)
    assert "Ablation" not in said
    assert "is not in this pack" in said
    bundle = json.loads(sending.send_bundle(opinion=blind, by=centre.nurse).content)
    assert "blation" not in json.dumps(bundle)
    assert (bundle["request"]["is_blind"], bundle["held_back"]) == (True, ["The home team’s plan"])


@pytest.fixture
def with_document(centre, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    row = Document(
        case=centre.case,
        kind="report",
        title="Report from outside",
        content_type="application/pdf",
        size_bytes=4,
        sha256=hashlib.sha256(b"%PDF").hexdigest(),
        uploaded_by=centre.nurse,
    )
    row.file.save("x.pdf", ContentFile(b"%PDF"))
    return row


@pytest.mark.parametrize("way", ["pack", "bundle"])
def test_documents_go_as_files_in_an_archive_whose_names_tell_nothing(way, centre, request_of, with_document):
    file = getattr(sending, f"send_{way}")(
        opinion=request_of(parts=["summary", "documents"]), by=centre.nurse
    )
    archive = zipfile.ZipFile(io.BytesIO(file.content))
    main = f"{centre.case.reference}-second-opinion.{'pdf' if way == 'pack' else 'json'}"
    assert archive.namelist() == [main, "documents/1-report.pdf"]
    assert archive.read("documents/1-report.pdf") == b"%PDF"
    assert (file.name, file.content_type) == (
        f"{centre.case.reference}-second-opinion.zip",
        "application/zip",
    )


def test_a_document_whose_file_is_gone_keeps_everything_here(centre, request_of, with_document):
    with_document.file.storage.delete(with_document.file.name)
    with pytest.raises(WrongState, match="is not in the store"):
        sending.send_pack(opinion=request_of(parts=["documents"]), by=centre.nurse)
    assert not OpinionSending.objects.exists()


def test_the_bundle_is_of_the_shape_that_is_documented(centre, request_of, with_document):
    planned(centre)
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    opinion = request_of(parts=list(OpinionPart))
    file = sending.send_bundle(opinion=opinion, by=centre.nurse)
    archive = zipfile.ZipFile(io.BytesIO(file.content))
    bundle = json.loads(archive.read(archive.namelist()[0]))
    jsonschema.validate(bundle, SCHEMA)
    rows = {row["key"]: row for section in bundle["sections"] for row in section["rows"]}
    assert (rows["type"]["code"], rows["type"]["system"]) == ("8890/3", "ICD-O-3 morphology")
    text = DOCUMENT.read_text()
    assert json.loads(re.search(r"```json\n(\{.*?\n\})\n```", text, re.S)[1]) == SCHEMA
    used = {row["system"] for row in rows.values()} | {row["system"] for row in bundle["patient"]}
    for system in used - {""}:
        assert f"| {system} |" in text, system

"""What belongs to a case, by the API: facts, reports, stages, documents and the timeline."""

from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event, Read
from cases import services
from cases.api import OF_CASES
from cases.models import Document
from tests import factories
from tests.api.test_refusals import problem

TODAY = str(timezone.localdate())
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

RECORDED = {
    "diagnoses": ({"morphology": "9040/3", "on": TODAY}, "diagnosis.recorded"),
    "performance-statuses": ({"value": 2, "on": TODAY}, "fact.recorded"),
    "biomarkers": ({"name": "NY-ESO-1", "result": "Positive", "percent": 40, "on": TODAY}, "fact.recorded"),
    "not-known": ({"fact": "mitotic_rate", "reason": "The specimen is lost", "on": TODAY}, "fact.not_known"),
    "needs": ({"has_symptoms": True, "symptoms": "Pain", "on": TODAY}, "needs.recorded"),
    "treatments-given": (
        {"modality": "chemotherapy", "drugs": ["doxorubicin"], "timing": "neoadjuvant", "started_on": TODAY},
        "treatment.given",
    ),
    "pathology-reports": (
        {
            "kind": "planned_excision",
            "reported_on": TODAY,
            "size_mm": 84,
            "margin": "R0",
            "mitoses_per_10_hpf": 12.5,
        },
        "pathology.reported",
    ),
    "imaging-reports": (
        {"modality": "ct_chest", "reported_on": TODAY, "metastasis_status": "M0"},
        "imaging.reported",
    ),
    "report-requests": ({"kind": "imaging", "question": "Is the vessel clear?"}, "report.requested"),
    "image-links": ({"study": "1.2.840.113619.2.55", "shows": "MRI of the thigh"}, "image.linked"),
}


@pytest.fixture
def document(centre, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return services.add_document(
        case=centre.case,
        file=SimpleUploadedFile("letter.pdf", PDF),
        details=services.DocumentDetails("referral_letter", "Letter of referral"),
        by=centre.coordinator,
    )


def body_of(name, case):
    return RECORDED[name][0] | {"case": case.reference}


@pytest.mark.parametrize("name", RECORDED)
def test_what_is_recorded_by_the_api_is_read_where_the_answer_says(writer, centre, name):
    answer = writer.post(f"{name}/", body_of(name, centre.case))
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["case"], Event.objects.latest("id").case_id) == (centre.case.reference, centre.case.pk)
    assert Event.objects.filter(type=RECORDED[name][1], target_id=told["id"], by=writer.account).exists()
    assert writer.client.get(answer.headers["Location"], headers=writer.headers).json() == told
    (row,) = [
        row
        for row in writer.get(f"{name}/", {"case": centre.case.reference}).json()["results"]
        if row["id"] == told["id"]
    ]
    assert row.items() <= told.items()


@pytest.mark.parametrize("name", RECORDED)
def test_who_only_reads_records_nothing(system, person, centre, name):
    body = body_of(name, centre.case)
    problem(system.post(f"{name}/", body), 403)
    problem(person(factories.member(Role.OBSERVER, centre.team)).post(f"{name}/", body), 403)
    elsewhere = person(factories.member(Role.COORDINATOR, factories.team()))
    assert elsewhere.post(f"{name}/", body).status_code in {400, 403}


def test_what_a_report_says_becomes_a_fact_and_its_request_waits_no_longer(writer, centre):
    (asked,) = writer.get("report-requests/", {"is_waiting": "true", "kind": "pathology"}).json()["results"]
    body = body_of("pathology-reports", centre.case)
    body |= {"request": asked["id"], "operation": "wide_excision", "operated_on": TODAY}
    told = writer.post("pathology-reports/", body).json()
    assert (told["mitoses_per_10_hpf"], told["mitoses_score"]) == (12.5, 2)
    assert writer.get(f"report-requests/{asked['id']}/").json()["answered_at"]
    facts = writer.get(f"cases/{centre.case.reference}/").json()["current_episode"]["facts"]
    assert (facts["size_mm"], facts["surgical_margin"]) == (84, "R0")


def test_an_operation_without_its_kind_is_asked_for(writer, centre):
    body = body_of("pathology-reports", centre.case) | {"operated_on": TODAY}
    assert "operation" in problem(writer.post("pathology-reports/", body), 400)["errors"]


def test_a_stage_is_overridden_as_it_was_previewed_and_the_override_withdrawn(writer, does, centre):
    (held,) = writer.get("stagings/", {"case": centre.case.reference, "holds": "true"}).json()["results"]
    address, body = f"stagings/{held['id']}", {"t": "T3", "reason": "Measured again"}
    would = does(address, "preview", body)
    assert would["overridden"] == {"t": "T3"}
    refused = does(address, "override", body | {"seen": "Something else"}, code=400)
    assert would["seen"] in refused["errors"]["seen"][0]
    told = does(address, "override", body | {"seen": would["seen"]})
    assert (told["t"], told["holds"], told["overridden_by"]["id"]) == ("T3", True, writer.account.pk)
    stale = writer.post(f"{address}/withdraw/", {"reason": "x"}, **{"If-Match": f'"{held["id"]}"'})
    assert (stale.status_code, stale.json()["current_version"]) == (412, told["id"])
    back = does(f"stagings/{told['id']}", "withdraw", {"reason": "The first was right"})
    assert (back["t"], back["withdraws"], back["overridden_by"]) == (held["t"], told["id"], None)


def test_a_stage_of_an_earlier_episode_is_not_overridden(writer, does, centre):
    (held,) = writer.get("stagings/", {"holds": "true"}).json()["results"]
    does(f"cases/{centre.case.reference}", "start-episode", {"kind": "progression", "started_on": TODAY})
    does(f"stagings/{held['id']}", "preview", {"t": "T3", "reason": "x"}, code=409)


def test_a_documents_file_is_fetched_as_an_attachment_until_it_is_removed(writer, system, document):
    address = f"documents/{document.pk}"
    assert writer.get(f"{address}/").json()["sha256"] == document.sha256
    answer = writer.get(f"{address}/file/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert Read.objects.filter(patient_ids=[document.case.patient_id], surface="api").exists()
    told = writer.post(f"{address}/remove/", {"reason": "Another patient's"}).json()
    assert told["removed_reason"] == "Another patient's"
    problem(writer.get(f"{address}/file/"), 404)
    assert Document.objects.get().file.storage.exists(document.file.name)
    assert writer.get("documents/", {"is_removed": "false"}).json()["results"] == []


def test_another_centres_system_fetches_no_file(stranger, document):
    problem(stranger.get(f"documents/{document.pk}/file/"), 404)


def test_the_timeline_says_what_happened_and_when(system, centre):
    rows = system.get("case-events/", {"case": centre.case.reference}).json()["results"]
    assert {"referred", "accepted", "pathology", "imaging", "discussed"} <= {row["type"] for row in rows}
    (row,) = system.get("case-events/", {"type": "referred"}).json()["results"]
    assert (row["organisation"], row["by"]["id"]) == ("RCV", centre.coordinator.pk)
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    assert system.get("case-events/", {"updated_since": later}).json()["results"] == []


@pytest.mark.parametrize("name", OF_CASES)
def test_a_page_costs_a_fixed_number_of_statements(writer, centre, document, name):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert writer.get(f"{name}/").status_code == 200
        return len(captured)

    def more(cases):
        for _ in range(cases if name in RECORDED else 0):
            body = body_of(name, factories.case(centre.team))
            assert writer.post(f"{name}/", body).status_code == 201

    more(1)
    first = cost()
    more(3)
    assert cost() == first <= 8


def test_a_document_is_added_as_base64_and_kept_once(centre, person, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    coordinator = person(centre.coordinator)
    body = {"case": centre.case.reference, "kind": "referral_letter", "title": "Letter of referral"}
    body["file"] = b64encode(PDF).decode()
    made = coordinator.post("documents/", body)
    assert made.status_code == 201, made.content
    assert (made.json()["content_type"], made.json()["size_bytes"]) == ("application/pdf", len(PDF))
    assert Event.objects.filter(type="document.added", target_id=made.json()["id"]).exists()
    assert b"".join(coordinator.get(f"documents/{made.json()['id']}/file/")) == PDF
    assert "in the case already" in problem(coordinator.post("documents/", body), 400)["errors"]["file"][0]


@pytest.mark.parametrize("file", ["", "no base64!", "é", b64encode(b"MZ\x90\x00\x03" * 100).decode()])
def test_what_is_no_file_that_may_be_kept_is_refused_by_its_name(centre, person, file):
    body = {"case": centre.case.reference, "kind": "referral_letter", "title": "Letter", "file": file}
    assert "file" in problem(person(centre.coordinator).post("documents/", body), 400)["errors"]
    assert not Document.objects.exists()

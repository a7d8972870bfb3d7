"""One row of everything that belongs to a case, by the names that the commands of the pages use."""

from base64 import b64encode
from datetime import date

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.permissions import Role
from cases import services
from cases.models import Staging
from tests import factories


def named(centre):
    """Made by the services; each is of the centre's case."""
    episode, surgeon, today = centre.episode, centre.surgeon, timezone.localdate()
    told, other = {"episode": episode, "on": today, "by": surgeon}, factories.case(centre.team)
    needs = services.NeedsDetails(on=today, support="Lives alone")
    given = {"modality": "surgery", "procedure": "limb_sparing", "started_on": today}
    asked = services.ask_for_report(
        episode=episode, kind="pathology", question="Is it clear?", due_on=None, by=surgeon
    )
    image, taken_off = (
        services.link_image(
            case=centre.case, study=study, shows="MRI", studied_on=today, by=centre.coordinator
        )
        for study in ("1.2.840.113619.2.1", "1.2.840.113619.2.2")
    )
    return {
        "PATIENT": centre.patient.pk,
        "DIAGNOSIS": episode.diagnoses.latest("pk").pk,
        "PERFORMANCE_STATUS": episode.performance_statuses.latest("pk").pk,
        "BIOMARKER": services.record_biomarker(name="MDM2", result="amplified", **told).pk,
        "NOT_KNOWN": services.record_not_known(fact="mitotic_rate", reason="Lost", **told).pk,
        "NEEDS": services.record_needs(episode=episode, details=needs, by=surgeon).pk,
        "PATHOLOGY": episode.pathology_reports.latest("pk").pk,
        "IMAGING": episode.imaging_reports.latest("pk").pk,
        "REPORT_REQUEST": asked.pk,
        "GIVEN": services.record_treatment_given(
            episode=other.current_episode, treatment=given, source="told", by=surgeon
        ).pk,
        "STAGING": Staging.objects.filter(episode=episode).standing().get().pk,
        "OVERRIDDEN": _overridden(centre).pk,
        "DOCUMENT": _document(centre, "letter.txt").pk,
        "WRONG_DOCUMENT": _document(centre, "wrong.txt").pk,
        "IMAGE": image.pk,
        "WRONG_IMAGE": taken_off.pk,
        "CASE_EVENT": centre.case.events.latest("pk").pk,
        "TO_RESUBMIT": _returned(centre).pk,
        "TO_CLOSE": other.reference,
        "FILE": b64encode(b"An invented letter of referral").decode(),
        **_of_merges(centre),
        "NURSE": centre.people[Role.NURSE_SPECIALIST].pk,
    }


def known(centre):
    """By the address of its list, what names our row in a path."""
    rows = named(centre)
    names = {
        "patients": "PATIENT",
        "diagnoses": "DIAGNOSIS",
        "performance-statuses": "PERFORMANCE_STATUS",
        "biomarkers": "BIOMARKER",
        "not-known": "NOT_KNOWN",
        "needs": "NEEDS",
        "pathology-reports": "PATHOLOGY",
        "imaging-reports": "IMAGING",
        "report-requests": "REPORT_REQUEST",
        "treatments-given": "GIVEN",
        "stagings": "STAGING",
        "documents": "DOCUMENT",
        "image-links": "IMAGE",
        "case-events": "CASE_EVENT",
        "merges": "MERGE",
    }
    return {address: {"id": str(rows[name])} for address, name in names.items()}


def _document(centre, name):
    return services.add_document(
        case=centre.case,
        file=ContentFile(f"An invented letter, {name}".encode(), name=name),
        details=services.DocumentDetails("referral_letter", "Letter of referral"),
        by=centre.coordinator,
    )


def _of_merges(centre):
    """Two records that may be one person, and a merge of two others."""
    one, other = _referred(centre, "Twice").patient, _referred(centre, "Twice").patient
    keep, merge = _referred(centre, "Merged").patient, _referred(centre, "Merged").patient
    told = {"reason": "Registered twice", "numbers_checked": True, "by": centre.coordinator}
    merged = services.merge_patients(keep=keep, merge=merge, **told)
    return {"ONE": one.pk, "OTHER": other.pk, "MERGE": merged.pk}


def _returned(centre):
    """A referral that lacks something."""
    row = _referred(centre, "Returned")
    return services.return_referral(
        referral=row, version=row.version, reason="No imaging", by=centre.coordinator
    )


def _overridden(centre):
    """A stage of another case, which a surgeon overrode."""
    episode, today = factories.case(centre.team).current_episode, timezone.localdate()
    services.record_diagnosis(
        episode=episode, morphology="8890/3", topography="C49.2", on=today, by=centre.surgeon
    )
    report = {"modality": "mri", "reported_on": today, "size_mm": 82, "depth": "deep"}
    services.report_imaging(
        episode=episode,
        report=report | {"node_status": "N0", "metastasis_status": "M0"},
        by=centre.people[Role.RADIOLOGIST],
    )
    scores = {"differentiation_score": 3, "mitoses_score": 3, "necrosis_score": 1}
    services.report_pathology(
        episode=episode,
        report=scores | {"kind": "biopsy", "reported_on": today},
        by=centre.people[Role.PATHOLOGIST],
    )
    newest = Staging.objects.filter(episode=episode).standing().get()
    told = {"episode": episode, "basis": newest.basis, "version": newest.pk, "values": {"t": "T3"}}
    return services.override_stage(**told, reason="Measured again", by=centre.surgeon)


def _referred(centre, family_name):
    patient = services.PatientDetails(
        nhs_number=factories.nhs_number(),
        family_name=family_name,
        given_name="Alex",
        birth_on=date(1972, 3, 14),
        hospital=centre.district,
    )
    details = services.ReferralDetails(
        received_on=timezone.localdate(), reason="A lump", referrer_name="Ms Joan Kettley"
    )
    return services.receive_referral(
        team=centre.team,
        organisation=centre.district,
        patient=patient,
        details=details,
        by=centre.coordinator,
    )

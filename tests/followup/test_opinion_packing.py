"""What goes to another centre: the chosen parts and nothing else, and no home plan while an opinion is blind."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.permissions import Role
from cases.models import Document, ImageLink, ImagingReport, PathologyReport, Referral, TreatmentGiven
from followup.models import HOME_PLAN, OpinionPart, SecondOpinion
from followup.services.opinion.packing import parts_of
from mdt.models import Decision
from tests import factories

pytestmark = pytest.mark.django_db

SAID = {
    OpinionPart.SUMMARY: "Leiomyosarcoma",
    OpinionPart.PATHOLOGY: "Spindle cells in fascicles",
    OpinionPart.IMAGING: "Mass beside the femoral vessels",
    OpinionPart.STAGING: "stage IIIA",
    OpinionPart.TREATMENTS: "Chemotherapy",
    OpinionPart.DISCUSSIONS: "Margins would be close without radiotherapy",
    OpinionPart.PLAN: "Radiotherapy before surgery",
    OpinionPart.WISHES: "Wants to keep cycling",
    OpinionPart.DOCUMENTS: "Outside report",
    OpinionPart.IMAGES: "1.2.826.0.1.3680043.2",
}
"""Words that stand in one part and in no other."""


@pytest.fixture
def record(centre):
    """A case that has something to say in every part."""
    case, episode = centre.case, centre.episode
    episode.facts = factories.FACTS | {"patient": "x"}
    episode.save()
    case.patient_wants = "Wants to keep cycling"
    case.save()
    PathologyReport.objects.create(
        episode=episode, kind="biopsy", reported_on=date(2026, 11, 3), summary="Spindle cells in fascicles"
    )
    ImagingReport.objects.create(
        episode=episode,
        modality="mri",
        reported_on=date(2026, 11, 2),
        summary="Mass beside the femoral vessels",
    )
    episode.stagings.create(
        edition="AJCC8", status="staged", group="IIIA", t="T2", n="N0", m="M0", basis="pre_treatment"
    )
    TreatmentGiven.objects.create(episode=episode, modality="chemotherapy", source="told")
    plan = episode.plans.create(number=1, intent="curative", status="draft", proposed_by=centre.surgeon)
    plan.treatments.create(position=1, modality="radiotherapy", timing="neoadjuvant")
    plan.status = "proposed"
    plan.save()
    Decision.objects.create(
        episode=episode,
        case=case,
        kind="discussed",
        outcome="agree_plan",
        rationale="Margins would be close without radiotherapy",
        present=[],
        is_quorate=True,
        quorum_rule={},
        recorded_by=centre.surgeon,
    )
    Referral.objects.create(
        patient=centre.patient,
        team=centre.team,
        organisation=centre.other,
        referrer_name="Dr Ada Holt",
        received_on=date(2026, 10, 30),
        reason="Growing lump",
        status="accepted",
        case=case,
    )
    for kind, title in (("report", "Outside report"), ("clinic_letter", "Letter that tells the plan")):
        Document.objects.create(
            case=case,
            kind=kind,
            title=title,
            file=f"documents/{kind}",
            content_type="application/pdf",
            size_bytes=10,
            sha256=kind[0] * 64,
            uploaded_by=centre.nurse,
        )
    ImageLink.objects.create(
        case=case, study="1.2.826.0.1.3680043.2", shows="MRI thigh", added_by=centre.nurse
    )
    return case


def asked(ask, **fields):
    opinion = ask()
    SecondOpinion.objects.filter(pk=opinion.pk).update(**fields)
    return SecondOpinion.objects.select_related(
        "episode__case__patient",
        "episode__case__team__organisation",
        "asked_of",
        "asking",
        "team_asked",
        "owner",
    ).get(pk=opinion.pk)


def words(pack):
    rows = [row for section in pack.sections for row in section.rows]
    said = [f"{row.label} {row.value}" for row in (*pack.patient, *rows)]
    return "\n".join([*said, *(section.heading for section in pack.sections)])


@pytest.mark.parametrize("part", OpinionPart)
def test_a_part_is_there_when_it_is_chosen_and_only_then(part, record, ask):
    alone = words(parts_of(asked(ask, parts=[part]), for_expert=True))
    for other, said in SAID.items():
        assert (said in alone) == (other == part), other


@pytest.mark.parametrize("part", OpinionPart)
def test_who_the_patient_is_goes_only_with_files_and_images(part, record, ask, centre):
    said = words(parts_of(asked(ask, parts=[part]), for_expert=True))
    told = part in (OpinionPart.DOCUMENTS, OpinionPart.IMAGES)
    assert (centre.patient.display_name in said) == told
    number = centre.patient.nhs_number
    assert (f"{number[:3]} {number[3:6]} {number[6:]}" in said) == told


def test_the_patient_is_not_named_where_there_is_no_file_and_no_study(ask, centre):
    pack = parts_of(asked(ask, parts=[OpinionPart.DOCUMENTS, OpinionPart.IMAGES]), for_expert=True)
    assert words(pack).startswith(f"Case reference {centre.case.reference}\n")
    assert centre.patient.display_name not in words(pack)


def test_no_part_chosen_tells_the_reference_alone(record, ask, centre):
    pack = parts_of(asked(ask, parts=[]), for_expert=True)
    assert words(pack) == f"Case reference {centre.case.reference}"


@pytest.mark.parametrize("status", ["requested", "sent", "acknowledged", "declined", "withdrawn"])
def test_the_home_plan_is_kept_back_while_a_blind_opinion_is_not_in(status, record, ask):
    opinion = asked(ask, parts=list(OpinionPart), is_blind=True, status=status)
    pack = parts_of(opinion, for_expert=True)
    said = words(pack)
    for part in HOME_PLAN:
        assert SAID[part] not in said
    assert "Letter that tells the plan" not in said
    assert [row.title for row in pack.documents] == ["Report"], "by its kind, not by what somebody called it"
    assert set(pack.held_back) == {part.label for part in HOME_PLAN}
    whole = words(parts_of(opinion, for_expert=False))
    assert all(each in whole for each in SAID.values())


@pytest.mark.parametrize("status", ["received", "closed"])
def test_it_is_shown_once_a_blind_opinion_is_in(status, record, ask):
    pack = parts_of(asked(ask, parts=list(OpinionPart), is_blind=True, status=status), for_expert=True)
    assert all(each in words(pack) for each in SAID.values())
    assert "Letter that tells the plan" in words(pack)
    assert pack.held_back == ()


def test_a_request_that_is_not_blind_shows_the_plan_at_once(record, ask):
    assert SAID[OpinionPart.PLAN] in words(parts_of(asked(ask, parts=["plan"]), for_expert=True))


def test_a_consent_form_and_a_removed_document_stay_here(record, ask, centre):
    Document.objects.filter(kind="report").update(kind="consent")
    Document.objects.filter(kind="clinic_letter").update(
        removed_at="2026-11-20T10:00Z", removed_by=centre.nurse, removed_reason="Wrong patient"
    )
    assert parts_of(asked(ask, parts=["documents"]), for_expert=True).documents == ()


def test_a_part_that_has_nothing_says_so(centre, ask):
    pack = parts_of(asked(ask, parts=list(OpinionPart)), for_expert=True)
    empty = {section.part for section in pack.sections if not section.rows}
    assert empty == set(OpinionPart)  # of the summary, the history
    assert all(section.nothing for section in pack.sections)


def test_an_earlier_episodes_treatment_goes_and_a_later_ones_does_not(record, ask, centre):
    later = centre.case.episodes.create(number=2, kind="local_recurrence", started_on=date(2026, 11, 20))
    TreatmentGiven.objects.create(episode=later, modality="ablation", source="told")
    assert "Ablation" not in words(parts_of(asked(ask, parts=["treatments"]), for_expert=True))


def test_packing_costs_the_same_however_much_the_case_holds(record, ask, centre):
    opinion = asked(ask, parts=list(OpinionPart))
    with CaptureQueriesContext(connection) as few:
        parts_of(opinion, for_expert=True)
    for n in range(5):
        PathologyReport.objects.create(
            episode=centre.episode,
            kind="biopsy",
            reported_on=date(2026, 11, 3),
            reported_by=factories.member(Role.PATHOLOGIST, centre.team),
        )
        ImageLink.objects.create(case=centre.case, study=f"1.2.{n}", shows="CT", added_by=centre.nurse)
    with CaptureQueriesContext(connection) as many:
        parts_of(opinion, for_expert=True)
    assert len(many) == len(few) <= 10

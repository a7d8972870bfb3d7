"""How the facts of an episode follow from its rows: which row wins, and that the contract always accepts them."""

from datetime import date
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.permissions import Role
from cases import services
from cases.clinical import vocabulary
from cases.clinical.contract import parse_case
from cases.clinical.grading import fnclcc
from cases.models import CaseEvent
from cases.models.case import CaseEventType, EpisodeKind
from tests import factories
from tests.cases.told import facts_of

pytestmark = pytest.mark.django_db
AUTUMN = date(2026, 9, 1)


def day(n):
    return date(2026, 11, n)


def source_of(episode, key):
    episode.refresh_from_db()
    return episode.fact_sources[key]["text"]


def test_the_newest_value_wins_whatever_was_entered_last(seen):
    seen(day(9), depth="deep", resectability="difficult")
    facts = seen(day(5), depth="superficial")
    assert (facts["depth"], facts["resectability"]) == ("deep", "difficult")


def test_an_empty_field_denies_nothing(seen):
    seen(day(5), size_mm=82, metastasis_status="M1", metastatic_sites=["lung"])
    facts = seen(day(9), node_status="N0")
    assert (facts["size_mm"], facts["m"], facts["metastatic_sites"]) == (82, "M1", ["lung"])


def test_not_assessed_takes_nothing_back(seen):
    assert seen(day(4), node_status="NX", metastasis_status="MX")["m"] == "MX"
    seen(day(5), node_status="N1", metastasis_status="M0")
    facts = seen(day(9), node_status="NX", metastasis_status="MX")
    assert (facts["n"], facts["m"]) == ("N1", "M0")


def test_on_one_day_the_specialist_reading_counts(found):
    found(day(5), morphology="8802/3", is_specialist_reading=True)
    assert found(day(5), morphology="8890/3")["morphology"] == "8802/3"


def test_on_one_day_a_recorded_diagnosis_comes_before_a_report(found, held):
    held(day(5), "9040/3", "C49.2")
    assert found(day(5), morphology="8890/3")["morphology"] == "9040/3"


def test_a_later_report_of_no_metastasis_takes_the_sites_away(seen):
    seen(day(5), metastasis_status="M1", metastatic_sites=["lung"])
    facts = seen(day(9), modality="ct_chest", metastasis_status="M0")
    assert facts["m"] == "M0"
    assert "metastatic_sites" not in facts


def test_sites_without_a_status_are_spread(seen):
    assert seen(day(5), metastatic_sites=["liver"])["m"] == "M1"


@pytest.mark.parametrize(("site", "m"), [("C49.2", "M1"), ("C40.2", "M1a")])
def test_the_letter_of_m_is_kept_for_bone(seen, held, site, m):
    held(day(1), "9180/3", site)
    assert seen(day(5), metastasis_status="M1a")["m"] == m


def test_the_specimen_beats_imaging_when_nothing_was_given_before_surgery(seen, found, old):
    seen(day(9), size_mm=82)
    assert found(day(5), "planned_excision", size_mm=90)["size_mm"] == 90
    assert "Planned excision" in source_of(old, "size_mm")


def test_imaging_before_treatment_beats_the_specimen_after_it(seen, found, treated):
    seen(day(1), size_mm=82)
    treated(modality="radiotherapy", timing="neoadjuvant", started_on=day(3))
    seen(day(9), size_mm=60)
    assert found(day(12), "planned_excision", size_mm=40)["size_mm"] == 82


def test_without_a_size_before_treatment_the_newest_imaging_counts(seen, found, treated):
    treated(modality="chemotherapy", timing="neoadjuvant", started_on=AUTUMN)
    seen(day(9), size_mm=60)
    assert found(day(12), "planned_excision", size_mm=40)["size_mm"] == 60


@pytest.mark.parametrize("kind", ["re_excision", "metastasis"])
def test_what_is_not_the_whole_tumour_does_not_change_its_size(seen, found, kind):
    seen(day(5), size_mm=82)
    assert found(day(9), kind, size_mm=12)["size_mm"] == 82


def test_a_metastasis_never_gives_the_size(found):
    assert "size_mm" not in found(day(9), "metastasis", size_mm=12)


@pytest.mark.parametrize("scores", list(product((1, 2, 3), (1, 2, 3), (0, 1, 2))))
def test_it_is_fnclccs_for_every_set_of_scores(found, old, scores):
    differentiation, mitoses, necrosis = scores
    facts = found(
        day(5), differentiation_score=differentiation, mitoses_score=mitoses, necrosis_score=necrosis
    )
    assert facts["grade"] == fnclcc(*scores).grade
    grading = old.fact_sources["grading"]
    assert grading["text"] == f"FNCLCC {differentiation} + {mitoses} + {necrosis} = {sum(scores)}"
    assert [line["value"] for line in grading["lines"]].count("Biopsy 5 Nov 2026") == 1


def test_on_a_biopsy_it_is_at_least_that(found, old):
    found(day(5), differentiation_score=3, mitoses_score=2, necrosis_score=1)
    assert source_of(old, "grade") == "at least, FNCLCC 3 + 2 + 1 = 6, Biopsy 5 Nov 2026"
    found(day(9), "planned_excision", differentiation_score=2, mitoses_score=1, necrosis_score=0)
    assert source_of(old, "grade") == "FNCLCC 2 + 1 + 0 = 3, Planned excision 9 Nov 2026"


def test_scores_follow_from_counts(found, old):
    facts = found(day(5), differentiation_score=3, mitoses_per_10_hpf=20, necrosis_percent=50)
    assert facts["grade"] == "G3"
    report = old.pathology_reports.get()
    assert (report.mitoses_score, report.necrosis_score) == (3, 2)


def test_two_scores_do_not_grade(found):
    assert "grade" not in found(day(5), differentiation_score=3, mitoses_score=3)


def test_a_report_after_treatment_before_surgery_does_not_grade(found, treated):
    found(day(1), grade="G3")
    treated(modality="chemotherapy", timing="neoadjuvant", started_on=day(3))
    facts = found(day(9), "planned_excision", differentiation_score=1, mitoses_score=1, necrosis_score=0)
    assert facts["grade"] == "G3"


def test_a_metastasis_does_not_grade_the_tumour(found):
    facts = found(day(9), "metastasis", morphology="8890/3", grade="G3")
    assert facts["morphology"] == "8890/3"
    assert "grade" not in facts


def test_a_grade_as_entered_counts_where_there_are_no_scores(found):
    assert found(day(5), grade="G2")["grade"] == "G2"


def test_not_assessable_counts_only_when_nothing_else_is_said(found):
    assert found(day(5), grade="GX")["grade"] == "GX"
    found(day(3), grade="G1")
    assert found(day(9), grade="GX")["grade"] == "G1"


def test_the_margin_comes_from_operations(found):
    found(day(5), "unplanned_excision", margin="R1")
    assert found(day(9), "re_excision", margin="R0")["surgical_margin"] == "R0"


@pytest.mark.parametrize("kind", [each for each in EpisodeKind if each != EpisodeKind.PRIMARY])
def test_each_kind_of_episode_has_a_status_that_the_contract_knows(case, surgeon, kind):
    episode = services.start_episode(case=case, kind=kind, started_on=day(20), by=surgeon)
    parse_case(episode.facts)
    expected = "primary" if kind == EpisodeKind.PROGRESSION else kind
    assert episode.facts["disease_status"] == expected


def test_progression_of_a_recurrence_stays_a_recurrence(case, surgeon):
    services.start_episode(case=case, kind="metastatic_recurrence", started_on=day(20), by=surgeon)
    episode = services.start_episode(case=case, kind="progression", started_on=day(21), by=surgeon)
    assert episode.facts["disease_status"] == "metastatic_recurrence"


def test_treatments_of_earlier_episodes_were_given_and_sizes_are_measured_anew(case, treated, seen, surgeon):
    treated(modality="surgery", procedure="wide_excision", started_on=AUTUMN)
    seen(day(5), size_mm=82, metastasis_status="M0")
    episode = services.start_episode(case=case, kind="local_recurrence", started_on=day(20), by=surgeon)
    assert episode.facts["prior_treatments"] == [{"modality": "surgery", "procedure": "wide_excision"}]
    assert not {"size_mm", "m"} & set(episode.facts)


def test_the_age_is_the_one_at_diagnosis(held, case):
    case.patient.birth_on = date(1972, 11, 6)
    case.patient.save()
    assert held(day(5), "8890/3")["age"] == 53


def test_the_teams_edition_is_used(case, team, held, old):
    team.staging_edition = "UICC8"
    team.save()
    assert held(day(5), "8890/3", "C49.2")["staging_edition"] == "UICC8"


def test_a_fact_that_was_found_after_all_is_no_longer_unknown(old, surgeon, seen):
    for fact in ("size_mm", "grade"):
        services.record_not_known(episode=old, fact=fact, reason="lost", on=day(3), by=surgeon)
    assert facts_of(old)["not_known"] == ["size_mm", "grade"]
    assert seen(day(5), size_mm=82)["not_known"] == ["grade"]


@pytest.mark.parametrize("fact", vocabulary.DECISION_FACTS)
def test_each_decision_fact_can_be_recorded_as_not_known(old, surgeon, fact):
    services.record_not_known(episode=old, fact=fact, reason="lost", on=day(3), by=surgeon)
    assert facts_of(old)["not_known"] == [fact]


def test_what_the_contract_refuses_is_left_out_and_named(old, held, seen):
    held(day(1), "9180/3", "C41.4")
    seen(day(5), t_category="T4b")
    facts = held(day(9), "8890/3", "C49.2")
    assert "t" not in facts
    assert "not in the table of this site" in old.fact_sources["left_out"]["t"]


def complete(held, seen, found):
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=82, node_status="N0", metastasis_status="M0")
    return found(day(3), grade="G3")


def test_it_is_appended_when_it_changes_and_only_then(old, held, seen, found):
    complete(held, seen, found)
    assert [row.group for row in old.stagings.all()][:1] == ["IIIA"]
    rows = old.stagings.count()
    seen(day(4), depth="deep")
    assert old.stagings.count() == rows
    seen(day(5), metastasis_status="M1")
    assert [row.group for row in old.stagings.all()][:2] == ["IV", "IIIA"]


def test_it_carries_edition_inputs_and_explanation(old, held, seen, found):
    complete(held, seen, found)
    row = old.stagings.first()
    assert (row.edition, row.family, row.t) == ("AJCC8", "trunk_extremity", "T2")
    assert row.inputs["size_mm"] == 82
    assert {"label": "Stage IIIA", "text": "T2, N0, M0, G2 or G3"} in row.explanation


def test_the_timeline_tells_the_change(case, old, held, seen, found):
    complete(held, seen, found)
    seen(day(5), metastasis_status="M1")
    notes = dict(CaseEvent.objects.filter(case=case).values_list("type", "note"))
    assert notes[CaseEventType.STAGED] == "Stage IIIA, AJCC, 8th edition, pre-treatment"
    assert notes[CaseEventType.STAGE_CHANGED] == "From stage IIIA to IV, AJCC, 8th edition, pre-treatment"


def test_the_timeline_tells_a_changed_diagnosis(case, held, found):
    held(day(1), "8801/3", "C49.2")
    found(day(5), morphology="9043/3", is_specialist_reading=True)
    changed = CaseEvent.objects.get(case=case, type=CaseEventType.DIAGNOSIS_CHANGED)
    assert changed.on == day(5)
    assert changed.note.startswith("Was: Undifferentiated spindle cell sarcoma. Now: Synovial")
    assert "specialist reading" in changed.note


def test_facts_are_not_written_again_when_nothing_changed(old, held, coordinator):
    held(day(1), "8890/3", "C49.2")
    before = old.history.count()
    services.refresh_facts(episode=old, by=coordinator)
    assert old.history.count() == before


def test_gathering_costs_the_same_however_many_rows(seen, found, old, coordinator):
    costs = []
    for n in range(1, 4):
        seen(day(n), size_mm=80 + n)
        found(day(n), grade="G2")
        with CaptureQueriesContext(connection) as captured:
            services.refresh_facts(episode=old, by=coordinator)
        costs.append(len(captured))
    assert len(set(costs)) == 1


def test_an_imported_report_needs_no_author_and_the_right_to_import(old, coordinator):
    report = {"kind": "other", "reported_on": day(1), "size_mm": 40, "source": "tcga"}
    row = services.report_pathology(episode=old, report=report, by=coordinator)
    assert row.reported_by is None
    assert facts_of(old)["size_mm"] == 40


def test_another_teams_pathologist_may_not_report(old):
    stranger = factories.member(Role.PATHOLOGIST, factories.team())
    with pytest.raises(PermissionDenied):
        services.report_pathology(episode=old, report={"kind": "biopsy", "reported_on": day(1)}, by=stranger)


@pytest.mark.parametrize("after", ["metastasis", "neoadjuvant treatment"])
def test_mitoses_are_those_of_the_tumour_before_treatment(old, held, found, treated, after):
    held(day(1), "8936/3", "C16.9")
    found(day(3), mitotic_rate="high", mitoses_per_5_mm2=12)
    if after == "metastasis":
        facts = found(day(9), "metastasis", mitotic_rate="low", mitoses_per_5_mm2=1)
    else:
        treated(modality="targeted_therapy", timing="neoadjuvant", started_on=day(5))
        facts = found(day(9), "planned_excision", mitotic_rate="low", mitoses_per_5_mm2=1)
    assert facts["mitotic_rate"] == "high"
    assert old.fact_sources["gist"]["mitoses"]["value"] == 12

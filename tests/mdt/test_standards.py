"""Standards of care: two people answer for each version, nothing is rewritten, and only the plan itself fits."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.clinical.vocabulary import PROCEDURES, TECHNIQUES, TIMINGS
from mdt import services, standard_words
from mdt.models import StandardOfCare, StandardVersion
from mdt.standards import Record, doubts, never_taken, read_standard, standard_for
from tests import factories
from tests.mdt.standards import details, in_force
from treatments.services import PlanContent, TreatmentContent

TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]
PLAN = {
    "intent": "curative",
    "treatments": [
        {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"},
        {"modality": "surgery", "procedure": "limb_sparing"},
    ],
}
CONDITION = {"histologies": ["8890"], "regions": ["limb"]}
STANDARD = read_standard(1, "SOC-1 v1", "Limb", CONDITION, PLAN)


def changed(place, **values):
    lines = [dict(line) for line in PLAN["treatments"]]
    lines[place] |= values
    return {"intent": "curative", "treatments": [{k: v for k, v in line.items() if v} for line in lines]}


# Which standard fits


def test_a_case_and_a_plan_that_say_what_the_standard_says_fit():
    assert standard_for([STANDARD], factories.FACTS, PLAN) is STANDARD


OTHER_CASES = {
    "another histology": {"morphology": "8802/3"},
    "another site": {"topography": "C48.0"},
    "no histology": {"morphology": None},
    "no site": {"topography": None},
    "a record that contradicts itself": {"m": "M0", "metastatic_sites": ["lung"]},
}


@pytest.mark.parametrize("other", OTHER_CASES.values(), ids=OTHER_CASES)
def test_a_case_of_which_it_does_not_speak_does_not_fit(other):
    assert standard_for([STANDARD], factories.FACTS | other, PLAN) is None


OTHER_PLANS = {
    "another intent": PLAN | {"intent": "palliative"},
    "a trial": PLAN | {"trial": "NCT00000000"},
    "one treatment less": PLAN | {"treatments": PLAN["treatments"][:1]},
    "one treatment twice": PLAN | {"treatments": [*PLAN["treatments"], PLAN["treatments"][0]]},
    "one treatment more": PLAN | {"treatments": [*PLAN["treatments"], {"modality": "monitoring"}]},
    "another time": changed(0, timing="adjuvant"),
    "another technique": changed(0, technique="proton"),
    "no technique": changed(0, technique=""),
    "another operation": changed(1, procedure="amputation"),
    "words of its own": changed(1, text="with the sciatic nerve"),
}


@pytest.mark.parametrize("other", OTHER_PLANS.values(), ids=OTHER_PLANS)
def test_a_plan_that_says_anything_else_is_discussed(other):
    assert standard_for([STANDARD], factories.FACTS, other) is None


def test_the_order_of_treatments_and_of_drugs_and_brand_names_make_no_other_plan():
    drugs = {"modality": "targeted_therapy", "drugs": ["imatinib", "sunitinib"]}
    own = read_standard(
        2, "SOC-2 v1", "Drugs", CONDITION, PLAN | {"treatments": [*PLAN["treatments"], drugs]}
    )
    typed = {"modality": "targeted_therapy", "drugs": ["Sutent", "Glivec"]}
    for lines in permutations([*PLAN["treatments"], typed]):
        assert standard_for([own], factories.FACTS, PLAN | {"treatments": list(lines)}) is own


LINES = st.one_of(
    st.builds(
        lambda timing, technique: {"modality": "radiotherapy", "timing": timing, "technique": technique},
        st.sampled_from([None, *TIMINGS]),
        st.sampled_from([None, *TECHNIQUES["radiotherapy"]]),
    ),
    st.builds(
        lambda procedure: {"modality": "surgery", "procedure": procedure},
        st.sampled_from([None, *PROCEDURES]),
    ),
    st.builds(
        lambda drugs, text: {
            "modality": "chemotherapy",
            "timing": "neoadjuvant",
            "drugs": drugs,
            "text": text,
        },
        st.lists(st.sampled_from(["doxorubicin", "ifosfamide"]), max_size=2, unique=True),
        st.sampled_from([None, "three cycles", "Three  cycles"]),
    ),
)
PLANS = st.builds(
    lambda intent, lines: {"intent": intent, "treatments": lines},
    st.sampled_from(["curative", "palliative"]),
    st.lists(LINES, min_size=1, max_size=3),
)


def said(line):
    """A line as somebody reads it who does not mind order, case and spaces."""
    plain = {key: value for key, value in line.items() if value}
    plain["drugs"] = sorted(plain.get("drugs", []))
    plain["text"] = " ".join(plain.get("text", "").lower().split())
    return plain


@given(PLANS, PLANS)
def test_a_plan_is_the_standards_when_its_lines_can_be_paired_off(one, other):
    own = read_standard(3, "SOC-3 v1", "Any", {"histologies": ["8890"]}, one)
    paired = any(
        list(map(said, one["treatments"])) == list(map(said, order))
        for order in permutations(other["treatments"])
    )
    fits = standard_for([own], factories.FACTS, other) is own
    assert fits == (paired and one["intent"] == other["intent"])


# What is discussed whatever its plan


def test_a_first_tumour_of_which_everything_is_known_leaves_no_doubt():
    assert doubts(factories.FACTS, Record(is_primary=True)) == ()


DOUBTS = {
    "an episode of recurrence": ({}, {"is_primary": False}, "recurrent"),
    "local recurrence": ({"disease_status": "local_recurrence"}, {}, "recurrent"),
    "metastatic recurrence": ({"disease_status": "metastatic_recurrence"}, {}, "recurrent"),
    "what is left after surgery": ({"disease_status": "residual"}, {}, "recurrent"),
    "a provisional diagnosis": ({}, {"is_confirmed": False}, "not confirmed"),
    "tests pending": ({}, {"tests_pending": True}, "pending"),
    "an overridden stage": ({}, {"is_overridden": True}, "overrode"),
    "a grade that cannot be assessed": ({"grade": "GX"}, {}, "uncertain: grade"),
    "spread that was not assessed": ({"m": "MX"}, {}, "uncertain: distant"),
    "a size that cannot be known": ({"size_mm": None, "not_known": ["size_mm"]}, {}, "uncertain: size"),
    "open gaps": ({}, {"has_gaps": True}, "owes"),
    "death": ({}, {"has_died": True}, "died"),
    "a record that contradicts itself": ({"metastatic_sites": ["lung"]}, {}, "does not fit together"),
}


@pytest.mark.parametrize(("facts", "record", "said"), DOUBTS.values(), ids=DOUBTS)
def test_a_recurrent_or_uncertain_case_is_discussed_and_says_why(facts, record, said):
    (found,) = doubts(factories.FACTS | facts, Record(**{"is_primary": True} | record))
    assert said in found


def test_only_advice_and_cautions_are_taken():
    findings = [
        {"severity": severity, "message": severity}
        for severity in ("contradiction", "missing", "deviation", "caution", "advice")
    ]
    assert never_taken(findings) == ["contradiction", "missing", "deviation"]


# Two people


@pytest.fixture
def oncologist(people):
    return people[Role.ONCOLOGIST]


def propose(team, by, **fields):
    return services.propose_standard(team=team, details=details(**fields), by=by)


def labels(team):
    return [each.label for each in standard_words.in_force(team.pk)]


@pytest.mark.django_db
def test_a_proposed_standard_is_not_used_until_a_colleague_approves_it(team, surgeon, oncologist):
    version = propose(team, surgeon)
    assert labels(team) == []
    with pytest.raises(PermissionDenied, match="colleague"):
        services.approve_standard(standard=version.standard, version=1, by=surgeon)
    approval = services.approve_standard(standard=version.standard, version=1, by=oncologist)
    assert (approval.approved_by, approval.role) == (oncologist, Role.ONCOLOGIST)
    assert labels(team) == [f"{version.standard.label} v1"]
    with pytest.raises(WrongState, match="approved already"):
        services.approve_standard(standard=version.standard, version=1, by=oncologist)
    kinds = list(Event.objects.order_by("pk").values_list("type", flat=True))
    assert kinds[-2:] == ["standard.proposed", "standard.approved"]


@pytest.mark.django_db
@pytest.mark.parametrize("role", TEAM_ROLES)
def test_standards_are_written_and_approved_by_the_roles_of_the_permission_table(role, team, surgeon):
    person, held = factories.member(role, team), ROLE_PERMISSIONS[role]
    waiting = propose(team, surgeon).standard
    used = in_force(team).standard
    acts = {
        Permission.PROPOSE_STANDARD: [
            lambda: propose(team, person),
            lambda: services.change_standard(standard=used, version=1, details=details(), by=person),
        ],
        Permission.APPROVE_STANDARD: [
            lambda: services.approve_standard(standard=waiting, version=1, by=person),
            lambda: services.retire_standard(standard=waiting, version=1, reason="Old.", by=person),
        ],
    }
    for permission, done in acts.items():
        for act in done:
            if permission in held:
                assert act()
            else:
                with pytest.raises(PermissionDenied):
                    act()


@pytest.mark.django_db
def test_a_consultant_of_another_team_does_neither(team, surgeon):
    stranger = factories.member(Role.SURGEON, factories.team())
    with pytest.raises(PermissionDenied):
        propose(team, stranger)
    with pytest.raises(PermissionDenied):
        services.approve_standard(standard=propose(team, surgeon).standard, version=1, by=stranger)


# Versions


@pytest.mark.django_db
def test_a_change_is_a_new_version_and_the_old_one_is_used_until_it_is_approved(team, surgeon, oncologist):
    standard = in_force(team).standard
    services.change_standard(standard=standard, version=1, details=details(title="Shorter"), by=surgeon)
    assert labels(team) == [f"{standard.label} v1"]
    for act in (
        lambda: services.change_standard(standard=standard, version=1, details=details(), by=oncologist),
        lambda: services.approve_standard(standard=standard, version=1, by=oncologist),
        lambda: services.retire_standard(standard=standard, version=1, reason="Old.", by=oncologist),
    ):
        with pytest.raises(StaleVersion):
            act()
    services.approve_standard(standard=standard, version=2, by=oncologist)
    assert labels(team) == [f"{standard.label} v2"]
    titles = standard.versions.order_by("number").values_list("title", flat=True)
    assert list(titles) == ["Large deep sarcoma of a limb", "Shorter"]


@pytest.mark.django_db
def test_past_its_review_date_it_is_out_of_force_and_says_so(team, surgeon):
    standard = in_force(team, review_on=timezone.localdate() + timedelta(days=30)).standard
    found = standard_words.told(standard_words.standards_for(surgeon).get())
    assert (found["state"], found["review_soon"]) == ("in_force", True)
    for days, used in ((30, True), (31, False)):
        on = timezone.localdate() + timedelta(days=days)
        assert StandardVersion.objects.in_force(on).filter(standard=standard).exists() == used


@pytest.mark.django_db
def test_a_version_past_its_review_date_does_not_let_an_earlier_one_back_in(team, surgeon, oncologist):
    today = timezone.localdate()
    standard = in_force(team, review_on=today + timedelta(days=400)).standard
    shorter = details(review_on=today + timedelta(days=5))
    services.change_standard(standard=standard, version=1, details=shorter, by=surgeon)
    services.approve_standard(standard=standard, version=2, by=oncologist)
    assert not StandardVersion.objects.in_force(today + timedelta(days=6)).exists()


@pytest.mark.django_db
def test_a_retired_standard_is_not_used_again(team, surgeon, oncologist):
    standard = in_force(team).standard
    services.retire_standard(standard=standard, version=1, reason="A new guideline.", by=oncologist)
    assert labels(team) == []
    for act in (
        lambda: services.change_standard(standard=standard, version=1, details=details(), by=surgeon),
        lambda: services.approve_standard(standard=standard, version=1, by=oncologist),
        lambda: services.retire_standard(standard=standard, version=1, reason="Again.", by=oncologist),
    ):
        with pytest.raises(WrongState, match="retired"):
            act()


@pytest.mark.django_db
@pytest.mark.parametrize("model", [StandardVersion])
def test_no_version_is_rewritten_or_deleted(team, model):
    in_force(team)
    for act in (lambda: model.objects.update(title="x"), lambda: model.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


WRONG = {
    "no title": ({"title": " "}, "title"),
    "a long title": ({"title": "x" * 121}, "title"),
    "no evidence": ({"source": ""}, "source"),
    "every case": ({"condition": {}}, "histologies"),
    "a wrong code": ({"condition": {"histologies": ["abc"]}}, "histologies"),
    "reviewed today": ({"review_on": timezone.localdate()}, "review_on"),
    "no intent": (
        {"plan": PlanContent("", (TreatmentContent("surgery", procedure="limb_sparing"),))},
        "intent",
    ),
    "no treatment": ({"plan": PlanContent("curative", ())}, "treatments"),
    "no operation": ({"plan": PlanContent("curative", (TreatmentContent("surgery"),))}, "plan"),
    "no time": (
        {"plan": PlanContent("curative", (TreatmentContent("radiotherapy", technique="photon"),))},
        "plan",
    ),
    "an unknown operation": (
        {"plan": PlanContent("curative", (TreatmentContent("surgery", procedure="magic"),))},
        "treatments.0.procedure",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("fields", "at"), WRONG.values(), ids=WRONG)
def test_what_is_no_standard_is_refused_at_its_field(team, surgeon, fields, at):
    with pytest.raises(ValidationError) as refused:
        propose(team, surgeon, **fields)
    assert list(refused.value.message_dict) == [at]
    assert not StandardOfCare.objects.exists()


@pytest.mark.django_db
def test_the_first_day_comes_before_the_review(team, surgeon):
    later = timezone.localdate() + timedelta(days=50)
    with pytest.raises(ValidationError, match="reviewed before"):
        propose(team, surgeon, active_from=later, review_on=later - timedelta(days=1))

"""The quorum rule read a second time, from its words alone and by trying everything, against what the service does.

"Present in the six roles while the case was discussed; one person fills one seat, a deputy holds the role, observers
and the recused don't count. Default: surgeon, oncologist, nurse specialist, pathologist, radiologist, and the
palliative care doctor where the case has spread or has symptoms to control."
"""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise, product
from types import SimpleNamespace

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.permissions import SIX_ROLES, Role
from mdt import services
from mdt.models import Attendance, Discussion
from mdt.quorum import lacking, quorum_of
from mdt.services.hearing import Hearing
from mdt.workflow import Outcome
from tests import factories
from treatments.presence import NAMED_SURGEON, needs_of

SIX = [role.value for role in SIX_ROLES]
ROLES = [*SIX, "observer", "coordinator", "manager"]
COMPETENCES = ["systemic_treatment", "radiotherapy"]
END = 12
"""Nobody looks later than this."""


@dataclass(frozen=True)
class Row:
    """An attendance, with whole minutes for times."""

    person_id: int
    role: str
    competences: tuple[str, ...]
    arrived_at: int
    left_at: int | None
    deputises_for: int | None = None

    @property
    def person(self):
        return SimpleNamespace(full_name=f"Dr {self.person_id}")


@dataclass(frozen=True)
class Talk:
    """A discussion of the case."""

    started_at: int
    ended_at: int | None


@dataclass(frozen=True)
class Line:
    """One treatment of a plan."""

    modality: str
    technique: str | None = None
    procedure: str | None = None


@dataclass
class Scene:
    """One case in one meeting."""

    rows: list[Row]
    talks: list[Talk]
    recused: set[int]
    rule: list[str]
    palliative: bool
    lines: list[Line]
    members: list[SimpleNamespace] = field(default_factory=list)


# ---- the second reading ----


def minutes(start, end):
    return set(range(start, END if end is None else end))


def there(scene):
    """(person, role, competences) of everybody who was there in some minute of it, and did not step aside."""
    discussed = set().union(*(minutes(talk.started_at, talk.ended_at) for talk in scene.talks))
    return {
        (row.person_id, row.role, row.competences)
        for row in scene.rows
        if minutes(row.arrived_at, row.left_at) & discussed and row.person_id not in scene.recused
    }


def seats(scene):
    needed = {role for role in scene.rule if role in SIX}
    return sorted(needed | ({"palliative_care"} if scene.palliative else set()))


def most_filled(needed, people):
    """Tries every way of giving each seat to somebody of that role, or to nobody."""
    offers = [[None, *{person for person, role, _ in people if role == seat}] for seat in needed]
    best = 0
    for choice in product(*offers):
        taken = [person for person in choice if person is not None]
        if len(taken) == len(set(taken)):
            best = max(best, len(taken))
    return best


def wanted_by(line):
    """Whom one treatment needs there, as the rule has it in words."""
    if line.modality == "surgery" or line.technique == "isolated_limb_perfusion":
        return "surgeon"
    if line.modality == "radiotherapy":
        return "radiotherapy"
    if line.modality == "best_supportive_care":
        return "palliative_or_nurse"
    if line.modality in ("ablation", "monitoring", "other"):
        return None
    return "systemic_treatment"


def gives(person, want):
    _, role, competences = person
    if role not in SIX:
        return False
    if want == "palliative_or_nurse":
        return role in ("palliative_care", "nurse_specialist")
    return role == "surgeon" if want == "surgeon" else want in competences


def unmet_of(scene, people):
    wants = {wanted_by(line) for line in scene.lines} - {None}
    return {want for want in wants if not any(gives(person, want) for person in people)}


def short_of(scene, people):
    """Seats that stay empty at best, and needs that nobody meets."""
    needed = seats(scene)
    return len(needed) - most_filled(needed, people), unmet_of(scene, people)


# ---- scenes ----


@st.composite
def times(draw, at_most):
    """Intervals one after the other, often touching; the last may be open."""
    marks = sorted(draw(st.sets(st.integers(0, END - 1), max_size=2 * at_most)))
    pairs = list(pairwise(marks))[::2] if draw(st.booleans()) else list(pairwise(marks))[:at_most]
    made = [(start, end) for start, end in pairs]
    if made and draw(st.booleans()):
        made[-1] = (made[-1][0], None)
    return made


@st.composite
def scenes(draw):
    rows, members = [], []
    for person in range(1, draw(st.integers(1, 6)) + 1):
        roles = draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True))
        may = {role: tuple(draw(st.lists(st.sampled_from(COMPETENCES), unique=True))) for role in roles}
        members += [
            SimpleNamespace(
                user_id=person,
                user=SimpleNamespace(full_name=f"Dr {person}"),
                role=role,
                competences=list(may[role]),
            )
            for role in roles
            if role in SIX
        ]
        for start, end in draw(times(3)):
            role = draw(st.sampled_from(roles))
            rows.append(Row(person, role, may[role], start, end, draw(st.sampled_from([None, 99]))))
    people = [row.person_id for row in rows] or [1]
    line = st.builds(
        Line,
        st.sampled_from(
            [
                "surgery",
                "radiotherapy",
                "chemotherapy",
                "targeted_therapy",
                "hormone_therapy",
                "immunotherapy",
                "other_drug",
                "best_supportive_care",
                "ablation",
                "monitoring",
                "other",
            ]
        ),
    )
    perfusion = st.just(Line("chemotherapy", technique="isolated_limb_perfusion"))
    metastasectomy = st.just(Line("surgery", procedure="metastasectomy"))
    return Scene(
        draw(st.permutations(rows)),
        [Talk(start, end) for start, end in draw(times(2))],
        draw(st.sets(st.sampled_from(people), max_size=2)),
        draw(
            st.one_of(
                st.just([role for role in SIX if role != "palliative_care"]),
                st.lists(st.sampled_from(ROLES), unique=True),
            )
        ),
        draw(st.booleans()),
        draw(st.lists(st.one_of(line, perfusion, metastasectomy), max_size=4)),
        members,
    )


def shipped(scene):
    """What the service makes of the rows."""
    presence = services.presence_in(services.during(scene.rows, scene.talks, scene.recused))
    quorum = quorum_of(scene.rule, presence, palliative_needed=scene.palliative)
    needs = tuple(need for need in needs_of(scene.lines, None) if need != NAMED_SURGEON)
    return Hearing(None, presence, quorum, object(), needs, frozenset(scene.recused))


# ---- both readings agree ----


@given(scene=scenes())
@settings(max_examples=1000, deadline=None)
def test_both_readings_agree(scene):
    """On who was there, which seats are filled by whom, what is lacking, and who of the team could give it."""
    hearing, people = shipped(scene), there(scene)
    same_presence(hearing.presence, people)
    same_seats(hearing.quorum, scene, people)
    same_lack(hearing, scene, people)
    same_supply(hearing, scene, people)


def same_presence(presence, people):
    assert {(each.person_id, each.role, each.competences) for each in presence} == people
    assert len({(each.person_id, each.role) for each in presence}) == len(presence)


def same_seats(quorum, scene, people):
    assert sorted(quorum.needed) == seats(scene)
    empty, _ = short_of(scene, people)
    assert len(quorum.missing) == empty
    assert quorum.is_quorate == (empty == 0)
    filled = {seat.role: seat.filled_by for seat in quorum.seats if seat.is_needed and seat.filled_by}
    assert set(filled) == set(quorum.needed) - set(quorum.missing)
    assert len(set(filled.values())) == len(filled)
    roles = {(f"Dr {person}", role) for person, role, _ in people}
    assert all((name, role) in roles for role, name in filled.items())


def same_lack(hearing, scene, people):
    empty, unmet = short_of(scene, people)
    codes = hearing.lacks(Outcome.AGREE_PLAN)
    assert len(codes) == len(set(codes))
    assert set(codes) - set(hearing.quorum.missing) == unmet - set(hearing.quorum.missing)
    assert (codes == ()) == (empty == 0 and not unmet)
    assert codes == lacking(hearing.quorum, hearing.needs, hearing.presence)
    assert len(hearing.lacks(Outcome.TRIAL)) == empty


def same_supply(hearing, scene, people):
    """A member who was not there, and with whom fewer seats are empty or fewer needs unmet."""
    codes = hearing.lacks(Outcome.AGREE_PLAN)
    able = {(each.user_id, each.role) for each in hearing.could_ratify(Outcome.AGREE_PLAN, scene.members)}
    named = {
        code: {
            (each.user_id, each.role) for each in hearing.suppliers(code, Outcome.AGREE_PLAN, scene.members)
        }
        for code in codes
    }
    before_empty, before_unmet = short_of(scene, people)
    for member in scene.members:
        key = (member.user_id, member.role)
        as_there = (*key, tuple(member.competences))
        empty, unmet = short_of(scene, people | {as_there})
        expected = member.user_id not in scene.recused | {person for person, _, _ in people}
        expected = expected and (empty < before_empty or unmet < before_unmet)
        assert (key in able) == expected, member
        for code in codes:
            closes = member.role == code if code in hearing.quorum.missing else gives(as_there, code)
            assert (key in named[code]) == (expected and closes), (member, code)


# ---- the very moments ----

INTERVALS = [(start, end) for start in range(6) for end in [*range(start, 6), None]]
TALKS = [(start, end) for start in range(6) for end in [*range(start + 1, 6), None]]


def test_every_attendance_against_every_discussion_of_a_few_minutes():
    """Arriving in the moment in which it ends, leaving in that in which it starts, coming and going at once."""
    for (came, left), (start, end) in product(INTERVALS, TALKS):
        row, talk = Row(1, "surgeon", (), came, left), Talk(start, end)
        expected = bool(minutes(came, left) & minutes(start, end))
        assert bool(services.during([row], [talk], set())) == expected, (came, left, start, end)


@pytest.mark.django_db
class TestFromTheTables:
    """The same moments, through the rows that are kept."""

    @pytest.fixture
    def minute(self):
        opened = timezone.now() - timedelta(minutes=30)
        return lambda number: None if number is None else opened + timedelta(minutes=number)

    @pytest.mark.parametrize(
        ("intervals", "talks", "counts"),
        [
            ([(0, None)], [(3, 6)], True),
            ([(6, None)], [(3, 6)], False),
            ([(0, 3)], [(3, 6)], False),
            ([(0, 4)], [(3, 6)], True),
            ([(5, None)], [(3, 6)], True),
            ([(0, 3), (6, None)], [(3, 6)], False),
            ([(0, 2), (4, 5)], [(3, 6)], True),
            ([(4, 5)], [(1, 2), (6, 8)], False),
            ([(7, None)], [(1, 2), (6, 8)], True),
            ([(0, 4), (4, None)], [(3, 6)], True),
            ([(7, None)], [(6, None)], True),
            ([(4, 4)], [(3, 6)], False),
        ],
    )
    def test_who_counts(self, listing, meeting, surgeon, coordinator, minute, intervals, talks, counts):
        for came, left in intervals:
            Attendance.objects.create(
                meeting=meeting,
                person=surgeon,
                role=Role.SURGEON,
                arrived_at=minute(came),
                left_at=minute(left),
                recorded_by=coordinator,
            )
        for start, end in talks:
            Discussion.objects.create(
                listing=listing, started_at=minute(start), ended_at=minute(end), marked_by=coordinator
            )
        assert [each.person_id for each in services.presence_of(listing)] == [surgeon.pk] * counts

    def test_a_mode_changed_in_the_middle_is_one_presence_and_the_decision_keeps_the_last(
        self, listing, discussed, details, people, surgeon, coordinator
    ):
        discussed(*SIX_ROLES)
        row = Attendance.objects.get(person=people[Role.RADIOLOGIST])
        services.change_mode(attendance=row, mode="remote", by=coordinator)
        decision = services.record_decision(listing=listing, details=details(), by=surgeon)
        kept = [each for each in decision.present if each["person"] == people[Role.RADIOLOGIST].pk]
        assert [each["mode"] for each in kept] == ["remote"]
        assert decision.is_quorate

    def test_one_person_in_two_roles_fills_one_seat(self, listing, discussed, team, people, coordinator):
        both = people[Role.SURGEON]
        factories.member(Role.RADIOLOGIST, team, user=both)
        listing = discussed(*[role for role in SIX_ROLES if role != Role.RADIOLOGIST])
        services.record_leaving(attendance=Attendance.objects.get(person=both), by=coordinator)
        services.record_attendance(
            meeting=listing.meeting, person=both, role=Role.RADIOLOGIST, by=coordinator
        )
        assert len(services.hearing_of(listing).quorum.missing) == 1

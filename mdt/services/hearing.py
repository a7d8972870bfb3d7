"""One case as it was heard: who was there, whether that is quorate, and what a final decision still lacks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.models import Membership, Team
from accounts.permissions import SIX_ROLES, Role
from mdt.models import Listing
from mdt.quorum import Quorum, could_supply, lacking
from mdt.services.discussions import presence_of, quorum_for
from mdt.services.listings import plan_for
from mdt.workflow import Outcome
from treatments.models import Plan
from treatments.presence import NAMED_SURGEON, NEEDS, Need, Presence, Present, meets, needs_of
from treatments.services import Obstacle

NEED_LABELS = {need.code: need.label for need in NEEDS}
_NEEDS = {need.code: need for need in NEEDS}


@dataclass(frozen=True)
class Hearing:
    """What a decision can rest on. `needs` are those of the plan's treatments; they bind only its agreement."""

    team: Team
    presence: Presence
    quorum: Quorum
    plan: Plan | None
    needs: tuple[Need, ...]
    recused: frozenset[int]

    def lacks(self, outcome: str) -> tuple[str, ...]:
        """Roles and competences without which a decision with this outcome is only provisional."""
        return lacking(self.quorum, self._needs(outcome), self.presence)

    def gaps(self, outcome: str, members: Sequence[Membership]) -> list[Obstacle]:
        """The same in words, with who of the team could fill each."""
        return [
            Obstacle("presence", "", _words(code, self.quorum), self._who(code, outcome, members), need=code)
            for code in self.lacks(outcome)
        ]

    def could_ratify(self, outcome: str, members: Sequence[Membership]) -> list[Membership]:
        """Who, had they been there too, would leave less lacking."""
        needs = self._needs(outcome)
        return [
            member
            for member in members
            if member.user_id not in self.recused
            and could_supply(self.quorum, needs, self.presence, present_as(member))
        ]

    def _needs(self, outcome: str) -> tuple[Need, ...]:
        return self.needs if outcome == Outcome.AGREE_PLAN else ()

    def suppliers(self, code: str, outcome: str, members: Sequence[Membership]) -> list[Membership]:
        """Who of the members could fill that seat or meet that need, had they been there too."""
        able = self.could_ratify(outcome, members)
        if code in self.quorum.missing:
            return [member for member in able if member.role == code]
        return [member for member in able if meets(present_as(member), _NEEDS[code])]

    def _who(self, code: str, outcome: str, members: Sequence[Membership]) -> str:
        names = {member.user.full_name for member in self.suppliers(code, outcome, members)}
        return ", ".join(sorted(names)) or "nobody else of this team: ask for cover"


def present_as(member: Membership) -> Present:
    return Present(member.user_id, member.user.full_name, member.role, tuple(member.competences))


def _words(code: str, quorum: Quorum) -> str:
    if code not in quorum.missing:
        return f"The plan needs {NEED_LABELS[code]}."
    role = Role(code).label.lower()
    return f"The quorum needs {'an' if role[0] in 'aeiou' else 'a'} {role}."


def needs_for(plan: Plan | None) -> tuple[Need, ...]:
    """Whom the plan's treatments need; its named surgeon is a matter of the plan, not of who is there."""
    if plan is None:
        return ()
    needs = needs_of(plan.treatments.all(), plan.named_surgeon_id)
    return tuple(need for need in needs if need != NAMED_SURGEON)


def members_of(team: Team) -> list[Membership]:
    return list(Membership.objects.in_team(team).with_role(*SIX_ROLES))


def hearing_of(
    listing: Listing, presence: Presence | None = None, recused: Iterable[int] | None = None
) -> Hearing:
    """As the listing's discussion was; `presence` and `recused` where the caller has them in hand."""
    if presence is None:
        presence = presence_of(listing)
    if recused is None:
        recused = listing.recusals.values_list("person", flat=True)
    plan = plan_for(listing)
    quorum = quorum_for(listing, presence)
    return Hearing(listing.meeting.team, presence, quorum, plan, needs_for(plan), frozenset(recused))

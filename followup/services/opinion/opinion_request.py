"""What a request for a second opinion says, and what is wrong with one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from accounts.models import Organisation, Team, User
from accounts.permissions import Permission
from cases.models import Episode
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus
from followup.models import HOME_PLAN, OpinionPart, SecondOpinion
from followup.services.people import must_be_of

QUESTION = 2000


@dataclass(frozen=True)
class OpinionRequest:
    """What is asked of whom; `asking` is the other centre where it asks for this team's view."""

    asked_by: str
    asked_of: Organisation
    question: str
    owner: User
    asking: Organisation | None = None
    team_asked: Team | None = None
    is_blind: bool = False
    parts: Collection[str] = ()

    @property
    def is_of_us(self) -> bool:
        return self.asked_by == SecondOpinion.AskedBy.ANOTHER_CENTRE


def in_order(parts: Collection[str]) -> list[str]:
    """Each part once, in the order of the list."""
    return [part.value for part in OpinionPart if part in parts]


def refuse_request(episode: Episode, request: OpinionRequest) -> None:
    """Raise everything that is wrong with a new request at once."""
    refused = Refusals()
    case = episode.case
    if case.patient.is_dead:
        refused.add("__all__", "The patient has died, so no second opinion can be asked for.")
    if case.status == CaseStatus.CLOSED:
        refused.add("__all__", "This case is closed. Open it again before asking for a second opinion.")
    refused.choice("asked_by", "Asked for by", request.asked_by, SecondOpinion.AskedBy.values)
    _refuse_centres(episode, request, refused)
    _refuse_beyond_sandbox(case.team.organisation.is_sandbox, request, refused)
    refuse_words(case.team, request, refused)
    refused.settle()


def _refuse_beyond_sandbox(tries_out: bool, request: OpinionRequest, refused: Refusals) -> None:
    """What is invented reaches no real centre, and what is real no sandbox."""
    team = request.team_asked
    others = [request.asked_of, request.asking, team.organisation if team else None]
    if any(each.is_sandbox != tries_out for each in others if each):
        refused.add("asked_of", "A sandbox asks no real centre, and no real centre asks a sandbox.")


def refuse_words(team: Team, request: OpinionRequest, refused: Refusals) -> None:
    """Question, parts, blindness, and who chases it: what may be changed later too."""
    refused.need("question", "Question", request.question.strip())
    refused.length("question", "Question", request.question, QUESTION)
    for part in request.parts:
        refused.choice("parts", "What is sent", part, OpinionPart.values)
    if request.is_of_us and request.parts:
        refused.add(
            "parts", "Nothing is sent where another centre asks for this team's view. Choose no part."
        )
    if request.is_of_us and request.is_blind:
        refused.add("is_blind", "Only an opinion asked of another centre can be blind to this team's plan.")
    must_be_of(team, request.owner, Permission.ASK_OPINION, refused, "owner", "Who chases it")
    refuse_team(team, request, refused)


def refuse_team(team: Team, request: OpinionRequest, refused: Refusals) -> None:
    """A team that is asked works at the centre asked, and is another one."""
    asked = request.team_asked
    if asked is None:
        return
    if request.is_of_us:
        refused.add(
            "team_asked", "Another centre asks for this team's view, so no team is asked. Leave it empty."
        )
    elif asked.pk == team.pk:
        refused.add("team_asked", f"{asked.name} has the case itself. Choose another team.")
    elif asked.organisation_id != request.asked_of.pk:
        refused.add(
            "team_asked",
            f"{asked.name} does not work at {request.asked_of.name}. Choose a team of that centre, "
            "or an expert outside.",
        )


def _refuse_centres(episode: Episode, request: OpinionRequest, refused: Refusals) -> None:
    own = episode.case.team.organisation_id
    other = request.asking if request.is_of_us else request.asked_of
    if other is None:
        refused.add("asked_of", "The other centre is needed: the one that asks for this team's view.")
        return
    if other.pk == own:
        refused.add("asked_of", f"{other.name} is this team's own hospital. Choose another centre.")
    elif _is_open(episode, request):
        who = "has asked" if request.is_of_us else "has been asked"
        refused.add("asked_of", f"{other.name} {who} already, and that request is still open.")
    elif not request.is_of_us and request.asking is not None:
        refused.add("asking", "No other centre asks here: leave it empty.")


def _is_open(episode: Episode, request: OpinionRequest) -> bool:
    """One open request for each episode and centre asked, as the database holds."""
    return episode.second_opinions.open().filter(asked_of=request.asked_of).exists()


def blind_too_late(opinion: SecondOpinion, parts: Iterable[list[str]]) -> bool:
    """Whether a part that tells the home plan went out already."""
    return not opinion.is_blind and any(set(HOME_PLAN) & set(each) for each in parts)

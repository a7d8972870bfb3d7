"""What the reports count and how, in words: the pages, the downloads and the interface read them here."""

from dataclasses import dataclass
from typing import Final

FEW: Final = 5
"""Numbers from 1 to one below this are hidden in a report that leaves the team."""

TOO_FEW_FOR_A_RATE: Final = 10


@dataclass(frozen=True, slots=True)
class Group:
    """One of the groups into which agreed plans fall by the verdict of their check."""

    key: str
    verdict: str
    label: str
    meaning: str
    in_rate: bool = True


GROUPS: Final = (
    Group(
        "concordant",
        "concordant",
        "Concordant",
        "The plan follows the guidance: the check found nothing to answer.",
    ),
    Group(
        "conditional",
        "needs_acknowledgement",
        "Conditional",
        "The guidance asks for care here, and the proposer acknowledged it.",
    ),
    Group(
        "not_concordant",
        "needs_reason",
        "Not concordant",
        "The plan departs from the guidance in at least one point, with a coded reason.",
    ),
    Group(
        "not_enough_data",
        "incomplete",
        "Not enough data",
        "A fact that the guidance needs was not recorded, so the plan could not be judged.",
    ),
    Group(
        "contradicts_record",
        "contradicts_record",
        "Contradicts the record",
        "An error in the data: the plan cannot be carried out on the case as recorded.",
        in_rate=False,
    ),
    Group(
        "outside_guidance",
        "outside_guidance",
        "Outside the guidance",
        "The guidance says nothing about the tumour or does not write about it: bone, intermediate behaviour.",
        in_rate=False,
    ),
)

RATED: Final = tuple(group for group in GROUPS if group.in_rate)
APART: Final = tuple(group for group in GROUPS if not group.in_rate)
BY_VERDICT: Final = {group.verdict: group for group in GROUPS}

NOTES: Final = (
    (
        "Which plans",
        "Every plan agreed in the period, from its first to its last day, whatever became of it since. A plan that was "
        "replaced by another agreed one counts, and so does its successor.",
    ),
    (
        "Which check",
        "The one made and frozen when the plan was agreed. Nothing rewrites it: neither later facts nor newer guidance "
        "change these numbers.",
    ),
    (
        "Rate",
        "The share of a group among concordant, conditional, not concordant and not enough data together. Plans that "
        "contradict the record or lie outside the guidance are counted apart, outside the rate. No rate is given on "
        f"fewer than {TOO_FEW_FOR_A_RATE} plans.",
    ),
    (
        "Local rules",
        "Rules that a team added to the guidance count in its verdicts like those of the published documents; their "
        "ids begin with LOCAL.",
    ),
    (
        "Rules",
        "The number of plans in which a rule fired at least once.",
    ),
    (
        "Reasons",
        "The number of deviations, by the reason that stood when the plan was agreed. A plan with two deviations "
        "counts twice here.",
    ),
    (
        "Small numbers",
        f"Numbers from 1 to {FEW - 1} can be hidden and the others rounded to the nearest {FEW}, for a report that "
        "leaves the team.",
    ),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the meetings, and how it is counted."""

    key: str
    title: str
    numerator: str
    denominator: str
    period: str
    source: str


_MEETINGS: Final = "Meetings held in the period, by their day; one that was cancelled does not count."
_REFERRED: Final = "Referrals to a trial by their day; what came of them, up to now."
_TRIALS: Final = (
    "The steps recorded of each referral to a trial. Considered: the decisions recorded in the period that name the "
    "trial, each patient once."
)
_AGREED: Final = "Plans agreed in the period, by the day of their agreement."

FIGURES: Final = (
    Figure(
        "meetings_quorate",
        "Meetings quorate",
        "Meetings at which every role of the team's quorum was filled at some time, each by another person.",
        "Meetings held.",
        _MEETINGS,
        "The attendance recorded, and the quorum that the team has now. The palliative care doctor counts where the "
        "team's quorum names the role for every case.",
    ),
    Figure(
        "decisions_quorate",
        "Decisions quorate",
        "Discussions whose decision was quorate as it was recorded, by who was there while the case was discussed.",
        "Decisions after a discussion that stand, provisional ones included, also once they are ratified, or refused: "
        "a refusal changes nothing about who was there. Not standard of care, where presence does not apply, and not "
        "urgent ones between meetings.",
        "Decisions of the meetings held in the period.",
        "What each decision keeps of who was there, and the rule at that time.",
    ),
    Figure(
        "attendance_by_role",
        "Attendance by role",
        "Meetings that each core member of the role attended, or somebody as their deputy, added up.",
        "Meetings held, times the core members of the role.",
        _MEETINGS,
        "The attendance recorded, and the core members as they are registered now. Oncologists count again for each "
        "treatment that they give. Nobody: meetings without anyone of the role.",
    ),
    Figure(
        "attendance_by_member",
        "Attendance by member",
        "Meetings that the member attended, or somebody as their deputy.",
        "Meetings of the team that were held.",
        _MEETINGS,
        "The attendance recorded, and the core members as they are registered now.",
    ),
    Figure(
        "minutes_per_case",
        "Minutes per case",
        "Minutes for which a case was marked as being discussed, all its times together; half of the cases took no "
        "longer than the middle one.",
        "Cases that were marked as being discussed.",
        _MEETINGS,
        "The marks of the meeting screen. A mark that was never ended is left out.",
    ),
    Figure(
        "discussed_again",
        "Discussed again",
        "Discussions of an episode that had been discussed before.",
        "Decisions after a discussion that stand.",
        "Decisions of the meetings held in the period.",
        "The decisions recorded. Ratifying a provisional decision, or refusing to, is no discussion of its own.",
    ),
    Figure(
        "postponed",
        "Cases postponed",
        "Cases that were taken off a list for another meeting, by the coded reason.",
        "Cases put on the lists; one that was taken off for good does not count.",
        "Meetings of the period that were held or cancelled, by their day.",
        "The meetings' lists. Numbers before reasons were coded stand under “No reason coded”.",
    ),
    Figure(
        "standard_of_care",
        "Kinds of discussion",
        "Decisions as a standard of care, without a discussion.",
        "Decisions that stand: discussed here or as a standard of care. Discussions at another trust's MDT and urgent "
        "decisions are told apart.",
        "Decisions of the meetings held in the period; discussions elsewhere by their day.",
        "The kind of each decision; cases pulled back to discussion by a member are counted from the lists.",
    ),
    Figure(
        "gaps_closed",
        "Missing facts in before the cut-off",
        "Missing facts that arrived, or were recorded as not knowable, before the meeting's cut-off.",
        "Missing facts that were asked for before a meeting; one that was needed no longer does not count.",
        "Meetings of the period that were held or cancelled, by their day.",
        "The list of missing facts, by the role that owed them.",
    ),
    Figure(
        "letters_in_time",
        "Outcome by the next working day",
        "Letters issued on or before the day on which they were due: the next working day after the decision.",
        "Letters about decisions that stand, which were issued or are overdue; one stopped by a death does not count.",
        "Decisions of the meetings held in the period, and those between meetings that were recorded in it.",
        "The letters to the referring clinician and the GP, and to the patient. Working days are those of England.",
    ),
    Figure(
        "told_in_time",
        "Patients told by the promised date",
        "Decisions of which the patient was first told on or before the date that the decision promised.",
        "Final decisions that stand and promise a date, of which the patient was told or the date has passed; none of "
        "a patient who died without having been told.",
        "Decisions of the meetings held in the period, and those between meetings that were recorded in it.",
        "The conversations recorded.",
    ),
    Figure(
        "given_as_agreed",
        "Plans given as agreed",
        "Plans of which every treatment was given as agreed.",
        "Agreed plans that have ended: completed or not delivered. Plans under way, declined by the patient or "
        "replaced do not count.",
        _AGREED,
        "What is recorded of each treatment of the plan.",
    ),
    Figure(
        "confirmed_by_mdt",
        "Plans confirmed by an MDT",
        "Plans that an MDT confirmed: by a discussion or its ratification, as a standard of care, or an urgent "
        "decision that a meeting ratified.",
        "Agreed plans of which treatment began.",
        _AGREED,
        "NICE quality standard 78, statement 2. Treatment that began under no plan here is not counted; the alerts of "
        "a case name it.",
    ),
    Figure(
        "opinion_agreement",
        "Agreement with second opinions",
        "Items in which the other centre's view and the team's own were the same: diagnosis, grade, stage, "
        "resectability, treatment.",
        "Items of the opinions received on which both had a view.",
        "Opinions received in the period, by the day on which they came in.",
        "The views as they were fixed when the opinion was handed in. Treatments are the same where their kinds are. "
        "Opinions that other centres asked of the team are compared with nothing. Kappa is Cohen's, unweighted.",
    ),
    Figure(
        "trials_by_trial",
        "Trials: considered, referred, enrolled",
        "Patients who were enrolled, of those referred in the period.",
        "Patients referred to the trial.",
        _REFERRED,
        _TRIALS,
    ),
    Figure(
        "trials_by_histology",
        "Trials by histology",
        "Patients who were enrolled, of those referred in the period.",
        "Patients with this histology who were referred to a trial; one referred to two trials counts twice.",
        _REFERRED,
        _TRIALS,
    ),
    Figure(
        "screen_failures",
        "Why screening for a trial failed",
        "Referrals that ended as a screen failure, by the reason recorded.",
        "Referrals to a trial; a patient referred again counts again.",
        _REFERRED,
        "The steps recorded of each referral to a trial.",
    ),
)
BY_KEY: Final = {figure.key: figure for figure in FIGURES}

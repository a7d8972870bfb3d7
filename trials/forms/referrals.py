"""What people choose and type on the pages of referrals to a trial."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audit.forms import VersionedForm
from cases.forms.fields import CodedField, DayField, TextField
from cases.forms.lists import ALL, TeamFilter
from trials.models import EndReason, Trial, TrialSite
from trials.models.trial import SiteStatus
from trials.services.referring import LONGEST_NOTE
from trials.workflow import TRIAL_REFERRAL, TrialReferralStatus

OVERDUE = "overdue"
ENDED = "ended"


class ReferralFilter(TeamFilter):
    """By state, trial and who chases it; sorted."""

    show = CodedField(
        [(OVERDUE, "Overdue"), *TrialReferralStatus.choices, (ENDED, "All that ended"), (ALL, "All")],
        label="State",
        blank="Open",
        required=False,
    )
    trial = forms.ModelChoiceField(Trial.objects.none(), required=False, empty_label="All trials")
    who = CodedField({"me": "I chase"}, label="Whose", blank="Everybody’s", required=False)
    sort = CodedField(
        {"newest": "Newest first", "name": "By name", "trial": "By trial"},
        label="Sort",
        blank="Due first",
        required=False,
    )

    def __init__(self, *args: Any, trials: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["trial"]
        field.queryset = trials


class _OfATrial(forms.Form):
    """Asks for the site of the trial, and who chases the referral."""

    site = forms.ModelChoiceField(
        TrialSite.objects.none(), required=False, empty_label="Not decided yet", label="Site"
    )
    owner = forms.ModelChoiceField(User.objects.none(), label="Who chases it", empty_label="Choose a person")

    def offer(self, trial: Trial, people: list[User], chosen: int | None = None) -> None:
        """`chosen`: the site that it has, which stays to be chosen where it is closed now."""
        site: Any = self.fields["site"]
        site.queryset = trial.sites.filter(~Q(status=SiteStatus.CLOSED) | Q(pk=chosen))
        site.label_from_instance = _site_words
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(pk__in=[person.pk for person in people])
        owner.label_from_instance = lambda person: person.full_name


def _site_words(site: TrialSite) -> str:
    return ", ".join(part for part in (site.facility, site.city, site.get_status_display().lower()) if part)


class ReferForm(_OfATrial):
    """A patient is put forward."""

    on = DayField(label="Referred on", initial=timezone.localdate)
    note = TextField(
        label="Note for the trial team",
        longest=LONGEST_NOTE,
        required=False,
        help_text="What they should know that the record does not say",
    )
    field_order = ("on", "site", "owner", "note")


class HandOverForm(_OfATrial, VersionedForm):
    """Somebody else chases it, or another site."""


class StepForm(VersionedForm):
    """The next step of a referral."""

    status = forms.ChoiceField(label="Step", widget=forms.RadioSelect)
    on = DayField(label="Date", initial=timezone.localdate)
    reason = CodedField(
        EndReason.choices,
        label="Reason",
        blank="None: it goes on",
        required=False,
        help_text="For every ending without enrolment",
    )
    note = TextField(label="Note", longest=LONGEST_NOTE, required=False)

    def __init__(self, *args: Any, current: str, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["status"]
        moves = TRIAL_REFERRAL.moves[current]
        field.choices = [choice for choice in TrialReferralStatus.choices if choice[0] in moves]

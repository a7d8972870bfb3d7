"""The list of plans of which the guidance says something else now: filters and rows, for its page."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import Team
from treatments.guidance.vocabulary import SEVERITIES, VERDICTS
from treatments.models import Plan, Recheck, RecheckedPlan
from treatments.models.recheck import RecheckedPlanQuerySet
from treatments.presenting import VERDICT_SEVERITY

CANNOT = "Cannot be checked any more"
WORST_FIRST = tuple(SEVERITIES)


class ChangesFilter(forms.Form):
    """Which changes are shown; what is not chosen shows all."""

    team = forms.ModelChoiceField(
        Team.objects.none(), label="Team", required=False, empty_label="All", to_field_name="reference_prefix"
    )
    what = forms.ChoiceField(
        label="What changed",
        choices=[("verdict", "The verdict"), ("findings", "Findings only"), ("all", "Either")],
        required=False,
    )
    verdict = forms.ChoiceField(label="Verdict now", choices=[("", "Any"), *VERDICTS.items()], required=False)
    seen = forms.ChoiceField(
        label="Noted", choices=[("no", "Not yet"), ("yes", "Noted"), ("all", "Either")], required=False
    )

    def __init__(self, data: Mapping[str, Any], *, teams: Any) -> None:
        super().__init__({"what": "verdict", "seen": "no"} | {name: data[name] for name in data})
        self.fields["team"].queryset = teams
        if len(teams) < 2:
            del self.fields["team"]

    def choose(self, rows: RecheckedPlanQuerySet) -> RecheckedPlanQuerySet:
        """The rows that fit; a value that is no choice filters nothing."""
        self.is_valid()
        values = self.cleaned_data
        if values.get("team"):
            rows = rows.filter(run__team=values["team"])
        if values.get("verdict"):
            rows = rows.filter(new_verdict=values["verdict"])
        changed = rows.verdict_changed()
        rows = {"verdict": changed, "findings": rows.difference_only()}.get(values.get("what", ""), rows)
        seen = {"no": rows.unseen(), "yes": rows.exclude(seen__isnull=True)}
        return seen.get(values.get("seen", ""), rows)


def today_of(plan: Plan) -> dict[str, Any] | None:
    """What today's guidance says of an agreed plan, where that is not what its check says."""
    found = plan.rechecks.standing().for_the_list().first()
    return row_of(found) if found else None


def row_of(rechecked: RecheckedPlan) -> dict[str, Any]:
    """One line of the list, in words."""
    new = rechecked.new_verdict
    return {
        "rechecked": rechecked,
        "case": rechecked.plan.episode.case,
        "old": _verdict(rechecked.old_verdict),
        "new": _verdict(new) if new else {"severity": "contradiction", "words": CANNOT},
        "added": _worst_first(rechecked.added),
        "removed": _worst_first(rechecked.removed),
        "seen": getattr(rechecked, "seen", None),
    }


def _verdict(verdict: str) -> dict[str, str]:
    if not verdict:
        return {"severity": "contradiction", "words": CANNOT}
    return {"severity": VERDICT_SEVERITY.get(verdict, "ok"), "words": VERDICTS[verdict]}


def _worst_first(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(findings, key=lambda finding: WORST_FIRST.index(finding["severity"]))


def newest_runs(teams: Any) -> list[Recheck]:
    """The newest run of each team, one statement."""
    runs = Recheck.objects.filter(team__in=teams).order_by("team_id", "-id").distinct("team_id")
    return sorted(runs.select_related("team", "started_by"), key=lambda run: run.team.name)

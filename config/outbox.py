"""What a lower room tells a higher one: event -> services called with the event, each once, in its own task.

A consumer of BATCHES is told of many events at once, by one task.
"""

from interop.changes.published import PUBLISHED

GAPS = "mdt.services.sync_after_event"
MATCHES = "trials.services.matching.match_case_again"
TRIAL = "trials.services.matching.match_trial_again"
IMPORTED = "trials.services.matching.match_imported_cases"
CONSUMERS = {
    "patient.died": [
        "treatments.services.end_deliveries_for_death",
        "followup.services.stop_for_death",
        "mdt.letters.stop_for_death",
        "mdt.services.leave_lists_for_death",
        "trials.services.referring.end_referrals_for_death",
        MATCHES,
        GAPS,
    ],
    "patient.changed": [MATCHES],
    "patient.merged": [MATCHES],
    "patient.merge_undone": [MATCHES],
    "decision.recorded": ["mdt.letters.make_letters", GAPS],
    "plan.proposed": ["followup.services.hold_for_open_opinion", GAPS],
    "referral.accepted": [GAPS],
    "episode.started": [MATCHES, GAPS],
    "case.changed": [MATCHES, GAPS],
    "plan.completed": ["followup.services.propose_schedule"],
    "plan.declined": ["followup.services.propose_after_all"],
    "plan.not_delivered": ["followup.services.propose_after_all"],
    "plan.superseded": ["followup.services.propose_after_all"],
    "case.closed": [
        "mdt.services.leave_lists_when_closed",
        "followup.services.end_with_case",
        "followup.services.stop_sending_when_closed",
        MATCHES,
        GAPS,
    ],
    "diagnosis.recorded": [MATCHES, GAPS],
    "pathology.reported": [MATCHES, GAPS],
    "imaging.reported": [MATCHES, GAPS],
    "fact.recorded": [MATCHES, GAPS],
    "fact.not_known": [MATCHES, GAPS],
    "treatment.given": [MATCHES, GAPS],
    "stage.overridden": [MATCHES, GAPS],
    "stage.override_withdrawn": [MATCHES, GAPS],
    "discussion.elsewhere": [GAPS],
    "listing.withdrawn": [GAPS],
    "import.finished": [IMPORTED],
    "import.stopped": [IMPORTED],
    "trial.added": [TRIAL],
    "trial.changed": [TRIAL],
    "trial.criteria_changed": [TRIAL],
}
BATCHES = {"interop.changes.services.publish": frozenset(PUBLISHED)}

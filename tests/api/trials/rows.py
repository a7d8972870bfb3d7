"""The trials, matches and answers that the page on trials by the API speaks of."""

from datetime import date

from tests.trials import pairs
from trials.models import Match
from trials.services import matching, screening


def named(centre):
    """By the name that the page gives each, what is in its address."""
    asking = pairs.trial(pairs.LEIOMYOSARCOMA, pairs.HEART)
    matching.match_trial(trial_id=asking.pk)
    answer = screening.answer_question(
        episode=centre.episode,
        trial=asking,
        question="lvef",
        answer="not_known",
        on=date(2026, 11, 2),
        by=centre.surgeon,
    )
    return {
        "ASKING": asking.pk,
        "MATCH": Match.objects.get(trial=asking, episode=centre.episode).pk,
        "ANSWER": answer.pk,
    }

"""Referrals that became no case: waiting for an answer, sent back, or declined."""

import random
from datetime import timedelta

from django.utils import timezone

from accounts.permissions import Role
from audit.events import EventType
from audit.models import Event
from bench.seeding.centre import Centre
from bench.seeding.copying import Batch
from bench.seeding.record import QUESTION, moment, new_patient
from cases.models import Referral
from cases.workflow import ReferralStatus

# status: how many for each case, how many days ago, and what was said
KINDS = {
    ReferralStatus.RECEIVED: (0.004, (0, 6), "", ""),
    ReferralStatus.RETURNED: (0.002, (3, 20), "Please send the MRI.", ""),
    ReferralStatus.DECLINED: (0.01, (20, 3400), "A lipoma on MRI.", "The local surgical clinic"),
}


def waiting_referrals(
    batch: Batch, centre: Centre, cases: int, numbers: object, chance: random.Random
) -> None:
    """The team's share for so many cases of its own."""
    for status, (share, days, reason, elsewhere) in KINDS.items():
        for _ in range(round(cases * share) or 1):
            received = timezone.localdate() - timedelta(days=chance.randint(*days))
            referral = Referral(
                patient=new_patient(batch, chance, next(numbers), centre, received),
                team=centre.team,
                organisation=centre.sender,
                referred_by=centre.referrer,
                referrer_name=centre.referrer.full_name,
                specialty="Orthopaedic surgery",
                received_on=received,
                reason="Lump of the arm, growing for four months.",
                question=QUESTION,
                status=status,
                status_reason=reason,
                go_instead_to=elsewhere,
                created_at=moment(received),
            )
            batch.add(referral)
            batch.add(
                Event(
                    type=EventType.REFERRAL_RECEIVED,
                    by=centre.people[Role.COORDINATOR],
                    at=moment(received),
                    target_type="cases.referral",
                    target_id=referral.pk,
                )
            )

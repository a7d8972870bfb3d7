"""A request that may be sent, and a link of it, for the tests of outside experts."""

import pytest
from django.utils import timezone

from followup.services import links


@pytest.fixture
def ready(ask):
    """A request that may be sent: consent recorded, parts chosen."""

    def ready(**fields):
        opinion = ask(**fields)
        opinion.consent, opinion.consent_on = "patient", timezone.localdate()
        opinion.parts = ["summary", "pathology"]
        opinion.save()
        return opinion

    return ready


@pytest.fixture
def make(centre):
    """A link of a request: row, token, code."""

    def make(opinion, **fields):
        return links.make_link(
            **{
                "opinion": opinion,
                "expert_name": "Prof. Ada Lindqvist",
                "expert_post": "Surgeon, Karlsborg",
                "expert_telephone": "+46 8 555 01 00",
                "by": centre.coordinator,
            }
            | fields
        )

    return make


@pytest.fixture
def made(ready, make):
    return make(ready())

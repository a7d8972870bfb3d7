"""Another guidance for tests: without some rules, under a version of its own, as long as the block lasts."""

from contextlib import contextmanager
from unittest.mock import patch

from treatments.guidance import check


@contextmanager
def guidance(version, *, without=()):
    """The guidance as it was, or will be: what is checked in the block is checked against that."""
    fewer = tuple(rule for rule in check.RULES if rule.id not in without)
    with patch.object(check, "GUIDANCE_VERSION", version), patch.object(check, "RULES", fewer):
        check._rules_in.cache_clear()
        yield
    check._rules_in.cache_clear()

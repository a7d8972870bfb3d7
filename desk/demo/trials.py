"""The demonstration's trial register: the article's trials as they truly stand, and two invented ones that are open."""

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from accounts.models import Organisation, User
from trials.services.article import add_article_trials, add_trials

TOLD = Path(__file__).with_name("trials.toml")


def load(*, organisations: Mapping[str, Organisation], today: date, by: User) -> None:
    """Both by the service that would add them; the invented ones with a named contact at each site."""
    add_article_trials(by=by)
    told = tomllib.loads(TOLD.read_text(encoding="utf-8"))["trials"]
    add_trials(told=[_told(each, organisations, today) for each in told], by=by)


def _told(each: dict[str, Any], organisations: Mapping[str, Organisation], today: date) -> dict[str, Any]:
    verified_on = today - timedelta(days=each.pop("verified_days"))
    sites = [site | {"organisation": organisations[site["organisation"]]} for site in each["sites"]]
    return each | {"sites": sites, "verified_on": verified_on, "status_on": verified_on}

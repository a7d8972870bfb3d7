"""Makes trials with criteria, and cases with what is recorded of them."""

from datetime import date
from itertools import count

from tests import factories
from trials.models import CriteriaVersion, Trial

_numbers = count(1)

LEIOMYOSARCOMA = {"kind": "histology", "codes": ["8890/3"]}
SYNOVIAL = {"kind": "histology", "codes": ["9040/3"]}
FIT = {"kind": "performance_status", "min": 0, "max": 1}
ADULT = {"kind": "age", "min": 18, "unit": "years"}
METASTATIC = {"kind": "extent", "any_of": ["metastatic"]}
MEASURABLE = {"kind": "measurable_disease"}
HEART = {"kind": "ask", "id": "lvef", "text": "LVEF 45 % or more?", "wanted": "yes"}


def trial(*criteria, **fields) -> Trial:
    """An open trial that asks all of these; without any, nobody has structured its criteria."""
    n = next(_numbers)
    made = Trial.objects.create(**{"short_name": f"TRIAL-{n}", "title": f"A trial of drug {n}"} | fields)
    if criteria:
        ask(made, *criteria)
    return made


def ask(trial: Trial, *criteria) -> CriteriaVersion:
    """A next version of its criteria."""
    number = trial.criteria_versions.count() + 1
    return CriteriaVersion.objects.create(trial=trial, number=number, tree={"all": list(criteria)})


def episode(team, *, born=date(1970, 5, 4), sex="female", **facts):
    """A leiomyosarcoma of the thigh that has not spread, unless told otherwise; None is not recorded."""
    made = factories.episode_with_facts(team, **facts)
    made.facts = {key: value for key, value in made.facts.items() if value is not None}
    made.save()
    patient = made.case.patient
    patient.birth_on, patient.sex = born, sex
    patient.save()
    return made

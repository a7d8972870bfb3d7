"""Real second-opinion enquiries, where they are at hand, are checked and staged without being refused."""

import json
import os
from pathlib import Path

import pytest

from cases.clinical.vocabulary import MODALITIES, TIMINGS
from tests.guidance.examples import PEMBROLIZUMAB, SUPPORT, plan
from treatments.guidance.check import check

ENQUIRIES = Path(os.environ.get("REAL_DATA_DIR", "absent")).parent / "cases" / "enquiries.json"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not ENQUIRIES.exists(), reason="REAL_DATA_DIR has no cases/enquiries.json beside it"),
]


def test_every_enquiry_is_answered_under_either_edition():
    for enquiry in json.loads(ENQUIRIES.read_text(encoding="utf-8")):
        for edition in ("AJCC8", "UICC8"):
            case = enquiry["case"] | {"staging_edition": edition}
            answer = check(case, plan(PEMBROLIZUMAB, SUPPORT, intent="palliative"))
            assert answer["verdict"], enquiry["id"]


def test_an_enquiry_says_which_facts_it_lacks():
    for enquiry in json.loads(ENQUIRIES.read_text(encoding="utf-8")):
        answer = check(enquiry["case"], plan(SUPPORT, intent="palliative"))
        lacking = {f["fact"] for f in answer["findings"] if f["severity"] == "missing"}
        assert not lacking & {key for key, value in enquiry["case"].items() if value is not None}, enquiry[
            "id"
        ]
        assert (answer["verdict"] == "incomplete") == bool(lacking), enquiry["id"]


def test_earlier_treatments_use_the_words_of_the_contract():
    for enquiry in json.loads(ENQUIRIES.read_text(encoding="utf-8")):
        for treatment in enquiry["case"].get("prior_treatments", []):
            assert treatment["modality"] in MODALITIES
            assert treatment.get("timing") in {None, *TIMINGS}

"""What the values of one row say together: contradictions are taken back with a remark, or refuse the row."""

from datetime import date
from typing import Any, Final, Protocol

from cases.clinical import icdo3
from cases.clinical.grading import mitosis_score, necrosis_score

EARLIEST_BIRTH: Final = date(1900, 1, 1)
EARLIEST_DIAGNOSIS: Final = date(1950, 1, 1)
OLDEST: Final = 120
TUMOURS: Final = frozenset("13")
"""Behaviours of ICD-O-3 that a sarcoma MDT follows: intermediate and malignant."""


class Remarks(Protocol):
    """Where the remarks of a row are collected."""

    def remark(self, column: str, text: str, done: str) -> None: ...
    def remark_on(self, to: str, done: str) -> None: ...


def settle(values: dict[str, Any], row: Remarks, today: date) -> str:
    """Take back what cannot be, in place. Returns why the row as a whole is refused, or an empty text."""
    reason = _not_one_tumour(values) or _alive_and_dead(values)
    if reason:
        return reason
    _codes_of_the_list(values, row)
    _possible_dates(values, row, today)
    _possible_order(values, row)
    _counts_before_scores(values, row)
    _metastases(values, row)
    return ""


def _not_one_tumour(values: dict[str, Any]) -> str:
    morphology = values.get("diagnosis.morphology")
    if morphology is None and "diagnosis.topography" not in values:
        return "neither the type nor the site of a tumour can be read."
    if morphology is not None and morphology[-1] not in TUMOURS:
        return f"the histology {morphology} is not a sarcoma or an intermediate tumour (behaviour /{morphology[-1]})."
    return ""


def _alive_and_dead(values: dict[str, Any]) -> str:
    if values.get("patient.vital_status") == "alive" and "patient.died_on" in values:
        return "it says that the patient is alive, and gives a date of death. Correct one of the two."
    return ""


def _codes_of_the_list(values: dict[str, Any], row: Remarks) -> None:
    morphology, topography = values.get("diagnosis.morphology"), values.get("diagnosis.topography")
    if morphology and not icdo3.morphology(morphology):
        row.remark_on(
            "diagnosis.morphology", f"{morphology} is not in the list of histologies; taken as it is."
        )
    if topography and icdo3.topography(topography) is None:
        row.remark_on("diagnosis.topography", f"{topography} is not in the list of sites; taken as it is.")


def _take_back(values: dict[str, Any], to: str, row: Remarks, why: str) -> None:
    row.remark_on(to, f"not taken; {why}.")
    del values[to]


def _possible_dates(values: dict[str, Any], row: Remarks, today: date) -> None:
    for to, earliest in (
        ("patient.birth_on", EARLIEST_BIRTH),
        ("patient.died_on", EARLIEST_DIAGNOSIS),
        ("episode.diagnosed_on", EARLIEST_DIAGNOSIS),
    ):
        if to in values and values[to] > today:
            _take_back(values, to, row, "it is in the future")
        elif to in values and values[to] < earliest:
            _take_back(values, to, row, f"it is before {earliest.year}")


def _possible_order(values: dict[str, Any], row: Remarks) -> None:
    born, died = values.get("patient.birth_on"), values.get("patient.died_on")
    diagnosed = values.get("episode.diagnosed_on")
    if born and died and died < born:
        _take_back(values, "patient.birth_on", row, "it is after the date of death")
    elif born and diagnosed and not 0 <= diagnosed.year - born.year <= OLDEST:
        _take_back(values, "patient.birth_on", row, "it does not fit the date of diagnosis")
    if died and diagnosed and died < diagnosed:
        _take_back(values, "patient.died_on", row, "it is before the diagnosis; the death itself was taken")
        values["patient.vital_status"] = "dead"


def _counts_before_scores(values: dict[str, Any], row: Remarks) -> None:
    """A number that was counted settles its score; a category that says otherwise is remarked."""
    for count, score, score_of in (
        ("pathology.mitoses_per_10_hpf", "pathology.mitoses_score", mitosis_score),
        ("pathology.necrosis_percent", "pathology.necrosis_score", necrosis_score),
    ):
        if count not in values:
            continue
        counted = score_of(float(values[count]))
        if values.get(score, counted) != counted:
            row.remark_on(score, f"score {values[score]} does not fit the number; {counted} was taken.")
        values[score] = counted


def _metastases(values: dict[str, Any], row: Remarks) -> None:
    status, sites = values.get("imaging.metastasis_status"), values.get("imaging.metastatic_sites")
    if status == "M0" and sites:
        _take_back(values, "imaging.metastatic_sites", row, "the row also says that there are no metastases")
        _take_back(values, "imaging.metastasis_status", row, "the row also names a site of metastases")
    elif status is None and sites:
        values["imaging.metastasis_status"] = "M1"
        row.remark_on("imaging.metastatic_sites", "metastases (M1) were taken from the site that is named.")

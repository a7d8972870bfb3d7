"""Where each missing fact is recorded: the page that this person can fill it on, at its field."""

from collections.abc import Callable

from django.urls import reverse

from accounts.permissions import Permission

May = Callable[[Permission], bool]

PATHOLOGY = ("cases:pathology_new", Permission.REPORT_PATHOLOGY)
IMAGING = ("cases:imaging_new", Permission.REPORT_IMAGING)
CASE = ("cases:case_change", Permission.CHANGE_CASE)

FILLED_ON: dict[str, tuple[tuple[str, Permission], str]] = {
    "morphology": (PATHOLOGY, "morphology"),
    "grade": (PATHOLOGY, "differentiation_score"),
    "mitotic_rate": (PATHOLOGY, "mitotic_rate"),
    "pathology_report": (PATHOLOGY, ""),
    "second_reading": (PATHOLOGY, "is_specialist_reading"),
    "m": (IMAGING, "metastasis_status"),
    "n": (IMAGING, "node_status"),
    "size_mm": (IMAGING, "size_mm"),
    "depth": (IMAGING, "depth"),
    "resectability": (IMAGING, "resectability"),
    "primary_imaging": (IMAGING, ""),
    "chest_imaging": (IMAGING, ""),
    "key_worker": (CASE, "key_worker"),
    "patient_knows": (CASE, "patient_knows"),
}
BY_HAND = {
    "morphology": "diagnosis",
    "topography": "diagnosis",
    "performance_status": "performance-status",
}


def where(kind: str, reference: str, may: May) -> str:
    """The address of the form; of the case's facts for somebody who cannot fill it."""
    if kind in FILLED_ON:
        (view, permission), field = FILLED_ON[kind]
        if may(permission):
            return reverse(view, args=[reference]) + (f"#id_{field}" if field else "")
    if kind in BY_HAND and may(Permission.RECORD_FACTS):
        return reverse("cases:record", args=[reference, BY_HAND[kind]])
    return reverse("cases:facts", args=[reference])

"""From what a pathologist counted to scores: mitoses over fields or per mm², necrosis in per cent."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from cases.clinical import grading
from cases.clinical.gist_risk import mitotic_rate
from cases.services.reading import plain
from cases.services.refusals import Refusals

COUNTS = ("mitoses_counted", "fields_counted", "field_diameter_mm", "field_area_mm2", "mitoses_per_mm2")
SCORES = (
    ("differentiation_score", "Differentiation score", 1, 3),
    ("mitoses_score", "Mitoses score", 1, 3),
    ("necrosis_score", "Necrosis score", 0, 2),
)
# Fields of light microscopes measure 0.4 to 0.65 mm across; the bounds leave room for old and digital ones.
RANGES = (
    ("mitoses_counted", "Mitoses counted", 0, 10_000, ""),
    ("fields_counted", "Fields counted", 1, 1000, ""),
    ("field_diameter_mm", "Diameter of a field", 0.1, 2, "It is in millimetres: about 0.55 for a 40× lens."),
    ("field_area_mm2", "Area of a field", 0.01, 3, "It is in mm²: about 0.24 for a 40× lens."),
    ("mitoses_per_mm2", "Mitoses per mm²", 0, 1000, ""),
    ("mitoses_per_10_hpf", "Mitoses per 10 high-power fields", 0, 1000, ""),
    ("mitoses_per_5_mm2", "Mitoses per 5 mm²", 0, 5000, ""),
    ("necrosis_percent", "Necrosis in per cent", 0, 100, ""),
)
TENTH = Decimal("0.1")


def check_grading(values: dict[str, Any], refusals: Refusals, *, is_gist: bool) -> None:
    """Put into `values` what follows from the counts; a GIST has a mitotic rate, and no FNCLCC score follows for it."""
    for name, label, low, high in SCORES:
        refusals.between(name, label, values.get(name), low, high)
    for name, label, lowest, highest, hint in RANGES:
        refusals.between(name, label, values.get(name), lowest, highest, hint)
    if refusals.errors:
        return
    density = _per_mm2(values, refusals)
    if density is not None:
        name = "mitoses_per_5_mm2" if is_gist else "mitoses_per_10_hpf"
        _agree(values, name, _converted(density, is_gist), refusals)
    if values.get("mitoses_per_10_hpf") is not None and not is_gist:
        count = values["mitoses_per_10_hpf"]
        said = f"{plain(count)} mitoses per 10 fields give"
        _follow(values, "mitoses_score", grading.mitosis_score(float(count)), said, refusals)
    if values.get("necrosis_percent") is not None:
        necrosis = values["necrosis_percent"]
        said = f"{necrosis} per cent necrosis gives"
        _follow(values, "necrosis_score", grading.necrosis_score(necrosis), said, refusals)
    _check_rate(values, refusals)


def _per_mm2(values: dict[str, Any], refusals: Refusals) -> float | None:
    """Mitoses per mm², from a density that was typed, or from mitoses counted over fields of known size."""
    if values.get("mitoses_per_mm2") is not None:
        return float(values["mitoses_per_mm2"])
    count, fields = values.get("mitoses_counted"), values.get("fields_counted")
    if count is None and fields is None:
        return None
    if count is None:
        refusals.add("mitoses_counted", "Fields were counted: enter how many mitoses were in them.")
    if fields is None:
        refusals.add("fields_counted", "Mitoses were counted: enter in how many fields.")
    area = _field_area(values, refusals)
    if count is None or fields is None or area is None:
        return None
    return grading.per_mm2(int(count), float(fields), area)


def _field_area(values: dict[str, Any], refusals: Refusals) -> float | None:
    area, diameter = values.get("field_area_mm2"), values.get("field_diameter_mm")
    if area is None and diameter is None:
        refusals.add(
            "field_area_mm2", "The area of a field, or its diameter, is needed to compare counts. Enter one."
        )
        return None
    if diameter is None:
        return float(values["field_area_mm2"])
    worked_out = grading.field_area_mm2(float(diameter))
    if area is not None and abs(float(area) - worked_out) > 0.05 * worked_out:
        said = f"A field {plain(diameter)} mm across has {worked_out:.4f} mm², not {plain(area)}."
        refusals.add("field_area_mm2", f"{said} Correct one, or leave one empty.")
    return float(area) if area is not None else worked_out


def _converted(per_mm2: float, is_gist: bool) -> Decimal:
    """To a tenth, rounded so that no class is left: FNCLCC counts from 10 and 20 up, GIST above 5 and 10."""
    if is_gist:
        exact = grading.per_5_mm2_from_mm2(per_mm2)
        return Decimal(str(exact)).quantize(TENTH, ROUND_CEILING)
    return Decimal(str(grading.per_10_hpf_from_mm2(per_mm2))).quantize(TENTH, ROUND_FLOOR)


def _agree(values: dict[str, Any], name: str, worked_out: Decimal, refusals: Refusals) -> None:
    """A converted count that was typed too must be the one that the raw count gives, to half a mitosis."""
    typed = values.setdefault(name, worked_out)
    if abs(float(typed) - float(worked_out)) > 0.5:
        area = "5 mm²" if name == "mitoses_per_5_mm2" else "10 high-power fields (1.7 mm²)"
        said = f"What was counted gives {plain(worked_out)} mitoses per {area}, not {plain(typed)}."
        refusals.add(name, f"{said} Correct one, or leave this empty.")


def _check_rate(values: dict[str, Any], refusals: Refusals) -> None:
    count = values.get("mitoses_per_5_mm2")
    if count is None:
        return
    rate = mitotic_rate(float(count))
    if values.setdefault("mitotic_rate", rate) != rate:
        said = f"{plain(count)} mitoses per 5 mm² are a {rate} rate, not {values['mitotic_rate']}."
        refusals.add("mitotic_rate", f"{said} Correct one, or leave the rate empty.")


def _follow(values: dict[str, Any], name: str, score: int, said: str, refusals: Refusals) -> None:
    if values.setdefault(name, score) != score:
        refusals.add(
            name, f"{said} score {score}, not {values[name]}. Correct one, or leave the score empty."
        )

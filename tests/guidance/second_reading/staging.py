"""The second reading of the staging tables: family, categories, group and status."""

from __future__ import annotations

from tests.guidance.second_reading.tables import (
    BONE_GROUPS,
    BONE_ONLY,
    DURA_AND_BRAIN,
    EXCLUDED_BONE,
    EXCLUDED_SOFT_TISSUE,
    G3_BY_DEFINITION,
    GIST_GROUPS,
    HEAD_NECK,
    NO_GROUPS,
    SOFT_TISSUE_GROUPS,
    T_BY_SIZE,
    VISCERAL,
)


def code(case: dict) -> str | None:
    """The four digits of the histology."""
    return case["morphology"][:4] if case.get("morphology") else None


def is_gist(case: dict) -> bool:
    return code(case) == "8936"


def in_bone(case: dict) -> bool:
    return (case.get("topography") or "")[:3] in ("C40", "C41")


def route(case: dict) -> tuple[str | None, str | None]:
    """Family, and the status where the routing itself already says it."""
    edition = case.get("staging_edition") or "AJCC8"
    topography = case.get("topography")
    organ = (topography or "")[:3]
    if case.get("family"):
        return case["family"], None
    if not code(case):
        return None, "not_determined"
    if is_gist(case):
        return ("gist_gastric" if organ == "C16" else "gist_non_gastric"), None
    if case["morphology"].endswith("/1"):
        return None, "not_applicable"
    goes_to_bone = in_bone(case) or (topography is None and code(case) in BONE_ONLY)
    if goes_to_bone and code(case) in EXCLUDED_BONE[edition]:
        return None, "not_applicable"
    if not in_bone(case) and code(case) in EXCLUDED_SOFT_TISSUE[edition]:
        return None, "not_applicable"
    if organ in DURA_AND_BRAIN:
        return None, "not_applicable"
    return route_by_site(topography, organ, code(case))


def route_by_site(topography: str | None, organ: str, histology: str | None) -> tuple[str | None, str | None]:
    if topography == "C41.2":
        return "bone_spine", None
    if topography == "C41.4":
        return "bone_pelvis", None
    if organ in ("C40", "C41"):
        return "bone_appendicular", None
    if topography is None and histology in BONE_ONLY:
        return "bone_appendicular", None
    if topography == "C48.0":
        return "retroperitoneum", None
    if organ in ("C54", "C55"):
        return "uterus", None
    if topography in ("C49.0", "C47.0", "C76.0") or organ in HEAD_NECK:
        return "head_neck", None
    if organ in ("C47", "C49", "C44", "C50"):
        return "trunk_extremity", None
    if organ in VISCERAL or topography in ("C48.1", "C48.2"):
        return "visceral", None
    return None, "not_determined"


def category_t(case: dict, family: str | None) -> str | None:
    if case.get("t"):
        return case["t"]
    if case.get("size_mm") is None or family not in T_BY_SIZE:
        return None
    for longest, category in T_BY_SIZE[family]:
        if longest is None or case["size_mm"] <= longest:
            return category
    return None


def grade_for_staging(case: dict) -> str | None:
    """low, high, or None where the grade is a missing fact."""
    grade = case.get("grade")
    if is_gist(case):
        return None
    if code(case) in G3_BY_DEFINITION:
        return "high"
    return {None: None, "GX": "low", "G1": "low", "G2": "high", "G3": "high"}[grade]


def group(case: dict, family: str, edition: str, t: str | None, n: str, m: str | None) -> str | None:
    if not code(case) or m in (None, "MX"):
        return None
    if family == "bone_appendicular":
        return group_of_bone(case, t, n, m)
    if m.startswith("M1"):
        return "IV"
    if n == "N1":
        if family in ("gist_gastric", "gist_non_gastric"):
            return "IV"
        return "IV" if family == "trunk_extremity" and edition == "AJCC8" else "IIIB"
    if t in (None, "TX", "T0"):
        return None
    if family in ("gist_gastric", "gist_non_gastric"):
        rate = case.get("mitotic_rate") if is_gist(case) else None
        return GIST_GROUPS[family][rate][t] if rate else None
    grade = grade_for_staging(case)
    return SOFT_TISSUE_GROUPS[grade][t] if grade else None


def group_of_bone(case: dict, t: str | None, n: str, m: str) -> str | None:
    if n == "N1" or m == "M1b":
        return "IVB"
    if m == "M1a":
        return "IVA"
    if m == "M1":
        return "IV"
    grade = grade_for_staging(case)
    if t in (None, "TX", "T0") or grade is None:
        return None
    return BONE_GROUPS[grade].get(t)


def stage(case: dict) -> dict:
    edition = case.get("staging_edition") or "AJCC8"
    family, status = route(case)
    t = category_t(case, family)
    n = "N1" if case.get("n") == "N1" else "N0"
    m = case.get("m")
    stage_group = None
    if family in NO_GROUPS:
        status = "not_defined"
    elif status is None:
        stage_group = group(case, family, edition, t, n, m)
        status = "staged" if stage_group else "not_determined"
    return {
        "edition": edition,
        "family": family,
        "t": t,
        "n": n,
        "m": m,
        "group": stage_group,
        "status": status,
    }

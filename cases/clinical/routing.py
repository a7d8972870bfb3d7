"""Which staging table a case belongs to: the family, or why there is none. Editions AJCC8 and UICC8."""

from dataclasses import dataclass
from typing import Final

from cases.clinical import icdo3
from cases.clinical.staging_tables import Exclusion, exclusions

NO_MORPHOLOGY: Final = "The morphology is not recorded: the stage cannot be determined."


@dataclass(frozen=True, slots=True)
class Route:
    """A staging family, or None with the status (not_applicable, not_determined) that follows from it."""

    family: str | None
    status: str | None = None
    note: str | None = None


def route(*, morphology: str | None, topography: str | None, family: str | None, edition: str) -> Route:
    """The staging family of a case; a family chosen by the MDT comes first."""
    if family is not None:
        return Route(family, note=_rhabdomyosarcoma_note(morphology or ""))
    if morphology is None:
        return Route(None, "not_determined", NO_MORPHOLOGY)
    if icdo3.is_gist(morphology):
        return _gist(topography)
    code = icdo3.current_code(morphology)
    if code.endswith("/1"):
        return Route(None, "not_applicable", "Tumours of intermediate behaviour (/1) are not staged.")
    exclusion = _soft_tissue_exclusion(code, topography, edition)
    if exclusion is not None:
        return _excluded(exclusion)
    return _by_site(code, topography, edition)


def _gist(topography: str | None) -> Route:
    if topography is None:
        return Route(
            "gist_non_gastric", note="The site is not recorded: staged as a GIST outside the stomach."
        )
    if topography.startswith("C16."):
        return Route("gist_gastric")
    if topography == "C48.1":
        note = (
            "C48.1 is omentum or mesentery: staged as a GIST outside the stomach. "
            "A solitary omental GIST is staged as gastric: choose that family if it is one."
        )
        return Route("gist_non_gastric", note=note)
    return Route("gist_non_gastric")


def is_bone_site(topography: str | None) -> bool:
    """Whether the topography is a bone (C40, C41)."""
    return topography is not None and topography.startswith(("C40.", "C41."))


def _soft_tissue_exclusion(code: str, topography: str | None, edition: str) -> Exclusion | None:
    if is_bone_site(topography):
        return None
    table = exclusions()
    by_histology = table.get((edition, "soft_tissue", code[:4])) if code.endswith("/3") else None
    return by_histology or table.get((edition, "soft_tissue", (topography or "")[:3]))


def _excluded(exclusion: Exclusion) -> Route:
    doubt = "" if exclusion.is_certain else " To be confirmed with a cancer registry."
    return Route(None, "not_applicable", f"{exclusion.edition}: {exclusion.reason}.{doubt}")


def _by_site(code: str, topography: str | None, edition: str) -> Route:
    if topography is None and icdo3.is_bone_only(code):
        family: str | None = "bone_appendicular"
    elif topography is None:
        return Route(
            None, "not_determined", "The topography is not recorded: the stage cannot be determined."
        )
    else:
        family = icdo3.region_and_family(topography)[1]
    if family is None:
        note = f"No staging table belongs to the site {topography}: choose the family if one fits."
        return Route(None, "not_determined", note)
    exclusion = exclusions().get((edition, "bone", code[:4])) if family.startswith("bone_") else None
    if exclusion is not None:
        return _excluded(exclusion)
    return Route(family, note=_rhabdomyosarcoma_note(code))


def _rhabdomyosarcoma_note(code: str) -> str | None:
    if code[:4] not in icdo3.RHABDOMYOSARCOMA:
        return None
    return (
        "Rhabdomyosarcoma is staged here by the table of its site; "
        "paediatric protocols use the IRS clinical group and their own TNM stage."
    )

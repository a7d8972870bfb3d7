"""Whether a stage counts as full in English cancer registration (NDRS), and why not."""

from dataclasses import dataclass
from typing import Final

from cases.clinical.editions import EDITIONS
from cases.clinical.vocabulary import SPREAD

SOURCE: Final = "NDRS, full stage at diagnosis: valid T, N and M with the edition"


@dataclass(frozen=True, slots=True)
class FullStage:
    """The answer, with its reason in words."""

    is_full: bool
    reason: str


def full_stage(
    *, t: str | None, n: str | None, m: str | None, edition: str | None, primary_known: bool
) -> FullStage:
    """Whether T, N and M as recorded, and the edition, count as a full stage."""
    if edition not in EDITIONS:
        return FullStage(False, "The edition of TNM is not recorded.")
    if m in SPREAD and primary_known:
        return FullStage(True, "Metastases of a known primary are stage 4, whatever T and N are.")
    if (t, n, m) == ("TX", "NX", "MX"):
        return FullStage(False, "TX NX MX says nothing: it does not count as a stage.")
    missing = [name for name, value in (("T", t), ("N", n), ("M", m)) if value in (None, "", "MX")]
    if missing:
        return FullStage(False, f"Not recorded or not assessed: {', '.join(missing)}.")
    if (t, n, m) == ("T0", "N0", "M0"):
        return FullStage(False, "T0 N0 M0 is no tumour: it does not count as a stage.")
    return FullStage(True, "T, N, M and the edition are recorded.")

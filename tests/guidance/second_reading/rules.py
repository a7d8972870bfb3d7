"""The second reading of the rules, in the order of the table, and of the verdict."""

from __future__ import annotations

from tests.guidance.second_reading.facts import Facts, drugs, is_chemo, is_ilp, is_primary_surgery
from tests.guidance.second_reading.staging import code, route, stage
from tests.guidance.second_reading.tables import CHECKPOINT_DRUGS, G3_BY_DEFINITION, GIST_DRUGS, T_BY_SIZE

# Rules about the plan: id, severity, whether it fires. In the order of the table with those about a treatment.


def fit_1(f: Facts) -> bool:
    named = f.has("surgery") or f.has("chemotherapy") or f.has("immunotherapy")
    return f.performance_status in (3, 4) and named


def surg_1(f: Facts) -> bool:
    could_be = f.resectability in (None, "resectable")
    return f.localised and could_be and f.fit and not f.primary_planned_or_done


def surg_6(f: Facts) -> bool:
    return f.spread and f.curative and f.primary_planned and not f.aimed_at_spread and f.not_exception


def rt_2(f: Facts) -> bool:
    if not (f.localised and f.not_gist) or f.radiotherapy_planned_or_done or f.re_excision:
        return False
    close = f.close and f.primary_planned_or_done and f.margin != "R0"
    return f.margin in ("R1", "R2") or close


def rt_3(f: Facts) -> bool:
    big = f.large and f.case.get("depth") == "deep" and f.high_grade
    operated = f.primary_planned_or_done and not f.radiotherapy_planned_or_done
    return f.localised and f.not_gist and big and operated


def rt_6(f: Facts) -> bool:
    part = [t for t in f.treatments if t["modality"] == "radiotherapy" and t.get("timing") != "palliative"]
    return f.spinal and bool(part) and not any(t.get("technique") == "proton" for t in part)


def rt_8(f: Facts) -> bool:
    hard = f.resectability in ("difficult", "unresectable")
    something = f.has("surgery") or f.has("radiotherapy") or f.has("chemotherapy") or f.systemic
    something = something or f.has("ablation") or f.trial or f.best_supportive_care
    return f.localised and hard and f.not_gist and not something


def target_2(f: Facts) -> bool:
    drug = (f.drugs_planned | f.drugs_done) & GIST_DRUGS
    return f.gist and f.spread and not drug and not f.trial and not f.best_supportive_care


def spread_1(f: Facts) -> bool:
    something = f.has("radiotherapy") or f.has("chemotherapy") or f.systemic or f.metastasectomy
    something = something or f.has("ablation") or f.trial or f.supportive
    return f.spread and f.not_gist and not something


def spread_2(f: Facts) -> bool:
    return f.spread and f.curative and not f.primary_planned and not f.aimed_at_spread and f.not_exception


def spread_3(f: Facts) -> bool:
    return f.spread and not f.supportive


# Rules about one treatment


def is_surgery(t: dict, *procedures: str) -> bool:
    return t["modality"] == "surgery" and t.get("procedure") in procedures


def is_radiotherapy(t: dict, timing: str) -> bool:
    return t["modality"] == "radiotherapy" and t.get("timing") == timing


def surg_2(f: Facts, t: dict) -> bool:
    return is_surgery(t, "amputation")


def surg_3(f: Facts, t: dict) -> bool:
    return is_surgery(t, "limb_sparing", "amputation") and f.elsewhere


def surg_4(f: Facts, t: dict) -> bool:
    return is_surgery(t, "metastasectomy") and f.spread


def surg_5(f: Facts, t: dict) -> bool:
    return is_surgery(t, "metastasectomy") and f.localised


def surg_7(f: Facts, t: dict) -> bool:
    could_change_it = any(
        other.get("timing") == "neoadjuvant"
        or is_ilp(other)
        or other["modality"] in ("targeted_therapy", "immunotherapy")
        for other in f.treatments
    )
    named = is_surgery(t, "limb_sparing", "wide_excision")
    return named and f.resectability == "unresectable" and f.curative and not could_change_it


def surg_8(f: Facts, t: dict) -> bool:
    return is_primary_surgery(t) and f.resectability == "unresectable" and not surg_7(f, t)


def rt_1(f: Facts, t: dict) -> bool:
    clear = f.margin == "R0" and not f.close
    return is_radiotherapy(t, "adjuvant") and f.small and f.localised and f.not_gist and clear


def rt_4(f: Facts, t: dict) -> bool:
    return is_radiotherapy(t, "neoadjuvant") and f.localised and f.not_gist and f.small


def rt_5(f: Facts, t: dict) -> bool:
    proton = t["modality"] == "radiotherapy" and t.get("technique") == "proton"
    return proton and f.site_recorded and not f.spinal


def rt_7(f: Facts, t: dict) -> bool:
    return is_radiotherapy(t, "definitive") and f.localised and f.resectability == "resectable"


def seq_1(f: Facts, t: dict) -> bool:
    lifted = is_chemo(t) and f.exception
    return t.get("timing") == "neoadjuvant" and not f.surgery_planned and not lifted


def seq_2(f: Facts, t: dict) -> bool:
    return t.get("timing") == "adjuvant" and not f.surgery_planned_or_done


def seq_3(f: Facts, t: dict) -> bool:
    return is_chemo(t) and t.get("timing") == "neoadjuvant" and f.exception and not f.surgery_planned


def chemo_1(f: Facts, t: dict) -> bool:
    return is_chemo(t) and t.get("timing") == "adjuvant" and f.not_exception


def chemo_2(f: Facts, t: dict) -> bool:
    neoadjuvant = is_chemo(t) and t.get("timing") == "neoadjuvant"
    return neoadjuvant and f.not_exception and not f.neoadjuvant_radiotherapy


def chemo_3(f: Facts, t: dict) -> bool:
    neoadjuvant = is_chemo(t) and t.get("timing") == "neoadjuvant"
    return neoadjuvant and f.neoadjuvant_radiotherapy and f.localised and f.not_exception


def chemo_4(f: Facts, t: dict) -> bool:
    return is_chemo(t) and f.not_exception and not f.trial


def chemo_5(f: Facts, t: dict) -> bool:
    little = f.small and f.low_grade and f.not_gist and f.not_exception
    return is_chemo(t) and f.localised and not f.recurrent and little


def ilp_1(f: Facts, t: dict) -> bool:
    return is_ilp(t) and f.elsewhere


def ilp_2(f: Facts, t: dict) -> bool:
    return is_ilp(t) and (f.limb or f.girdle) and f.plan.get("treating_centre_offers_ilp") is not True


def target_1(f: Facts, t: dict) -> bool:
    return bool(drugs(t) & GIST_DRUGS) and f.not_gist


def target_3(f: Facts, t: dict) -> bool:
    return bool(drugs(t) & GIST_DRUGS) and f.gist and f.localised


def target_4(f: Facts, t: dict) -> bool:
    imatinib_done = "imatinib" in f.drugs_done
    too_early_sunitinib = "sunitinib" in drugs(t) and not imatinib_done
    both_done = imatinib_done and "sunitinib" in f.drugs_done
    too_early_regorafenib = "regorafenib" in drugs(t) and not both_done
    return f.gist and (too_early_sunitinib or too_early_regorafenib)


def io_1(f: Facts, t: dict) -> bool:
    return t["modality"] == "immunotherapy" and not f.trial


def io_2(f: Facts, t: dict) -> bool:
    return "ipilimumab" in drugs(t) and not f.drugs_planned & (CHECKPOINT_DRUGS - {"ipilimumab"})


def io_3(f: Facts, t: dict) -> bool:
    return t.get("kind") == "checkpoint_inhibitor" and f.not_responsive


def io_4(f: Facts, t: dict) -> bool:
    return t.get("kind") == "ny_eso_1_t_cell" and f.neither_synovial_nor_myxoid


def io_5(f: Facts, t: dict) -> bool:
    return t.get("kind") == "ny_eso_1_t_cell" and f.ny_eso_1 == "negative"


def io_6(f: Facts, t: dict) -> bool:
    return t.get("kind") == "ny_eso_1_t_cell" and f.ny_eso_1 is None


def io_7(f: Facts, t: dict) -> bool:
    return t.get("kind") == "checkpoint_inhibitor" and f.localised and f.resectability != "unresectable"


def io_8(f: Facts, t: dict) -> bool:
    return t.get("kind") == "car_t_cell"


def io_9(f: Facts, t: dict) -> bool:
    return t.get("kind") == "oncolytic_virus" and "pembrolizumab" not in f.drugs_planned


PLAN, ONE = "plan", "treatment"
RULES = [
    ("FIT-1", "caution", PLAN, fit_1),
    ("SURG-1", "deviation", PLAN, surg_1),
    ("SURG-2", "deviation", ONE, surg_2),
    ("SURG-3", "contradiction", ONE, surg_3),
    ("SURG-4", "caution", ONE, surg_4),
    ("SURG-5", "contradiction", ONE, surg_5),
    ("SURG-6", "deviation", PLAN, surg_6),
    ("SURG-7", "contradiction", ONE, surg_7),
    ("SURG-8", "caution", ONE, surg_8),
    ("RT-1", "caution", ONE, rt_1),
    ("RT-2", "caution", PLAN, rt_2),
    ("RT-3", "advice", PLAN, rt_3),
    ("RT-4", "caution", ONE, rt_4),
    ("RT-5", "deviation", ONE, rt_5),
    ("RT-6", "advice", PLAN, rt_6),
    ("RT-7", "caution", ONE, rt_7),
    ("RT-8", "caution", PLAN, rt_8),
    ("SEQ-1", "contradiction", ONE, seq_1),
    ("SEQ-2", "contradiction", ONE, seq_2),
    ("SEQ-3", "caution", ONE, seq_3),
    ("CHEMO-1", "deviation", ONE, chemo_1),
    ("CHEMO-2", "deviation", ONE, chemo_2),
    ("CHEMO-3", "deviation", ONE, chemo_3),
    ("CHEMO-4", "advice", ONE, chemo_4),
    ("CHEMO-5", "deviation", ONE, chemo_5),
    ("ILP-1", "contradiction", ONE, ilp_1),
    ("ILP-2", "deviation", ONE, ilp_2),
    ("TARGET-1", "deviation", ONE, target_1),
    ("TARGET-2", "caution", PLAN, target_2),
    ("TARGET-3", "caution", ONE, target_3),
    ("TARGET-4", "deviation", ONE, target_4),
    ("SPREAD-1", "deviation", PLAN, spread_1),
    ("SPREAD-2", "caution", PLAN, spread_2),
    ("SPREAD-3", "advice", PLAN, spread_3),
    ("IO-1", "deviation", ONE, io_1),
    ("IO-2", "caution", ONE, io_2),
    ("IO-3", "caution", ONE, io_3),
    ("IO-4", "deviation", ONE, io_4),
    ("IO-5", "contradiction", ONE, io_5),
    ("IO-6", "missing", ONE, io_6),
    ("IO-7", "caution", ONE, io_7),
    ("IO-8", "caution", ONE, io_8),
    ("IO-9", "caution", ONE, io_9),
]
ALL_RULES = ["FACTS-1", *(rule for rule, *_ in RULES), "OPINION-1"]

IN_BONE = {"FACTS-1", "SURG-8", "RT-5", "RT-6", "RT-8", "SEQ-3", "FIT-1", "OPINION-1"}
IN_BONE |= {f"IO-{number}" for number in range(1, 10)}


def in_scope(rule: str, severity: str, scope: str) -> bool:
    if scope == "soft_tissue" or severity == "contradiction":
        return True
    return rule in IN_BONE if scope == "bone" else rule == "FACTS-1"


def missing_facts(f: Facts) -> list[str]:
    """The keys that FACTS-1 names, in the order of its row."""
    case, histology = f.case, code(f.case)
    family, _ = route(case)
    asked = []
    asked += [key for key in ("morphology", "topography", "performance_status") if case.get(key) is None]
    if case.get("m") in (None, "MX") and not f.spread and f.scope != "intermediate":
        asked.append("m")
    if f.scope == "bone" and not f.spread and case.get("n") is None:
        asked.append("n")
    if not f.spread and not case.get("t") and family in T_BY_SIZE and case.get("size_mm") is None:
        asked.append("size_mm")
    grade_counts = not f.gist and f.scope != "intermediate" and histology not in G3_BY_DEFINITION
    if grade_counts and case.get("grade") is None:
        asked.append("grade")
    if f.gist and case.get("mitotic_rate") is None:
        asked.append("mitotic_rate")
    return [key for key in asked if key not in (case.get("not_known") or [])]


def verdict(findings: list[tuple], scope: str) -> str:
    severities = {severity for _, severity, *_ in findings}
    if "contradiction" in severities:
        return "contradicts_record"
    if "missing" in severities:
        return "incomplete"
    if "deviation" in severities:
        return "needs_reason"
    if "caution" in severities:
        return "needs_acknowledgement"
    return "concordant" if scope == "soft_tissue" else "outside_guidance"


def check(case: dict, plan: dict) -> dict:
    """Scope, stage, verdict and findings as (rule, severity, treatment, fact, trial), of valid input."""
    f = Facts(case, plan)
    findings: list[tuple] = [("FACTS-1", "missing", None, key, None) for key in missing_facts(f)]
    for rule, severity, about, fires in RULES:
        if rule == "SURG-1" and f.exception:
            severity = "caution"
        if not in_scope(rule, severity, f.scope):
            continue
        fact = "biomarkers.ny_eso_1" if rule == "IO-6" else None
        if about == PLAN:
            if fires(f):
                findings.append((rule, severity, None, fact, None))
            continue
        for place, treatment in enumerate(f.treatments):
            if fires(f, treatment):
                findings.append((rule, severity, place, fact, None))
    if any(severity == "deviation" for _, severity, *_ in findings):
        findings.append(("OPINION-1", "advice", None, None, None))
    return {
        "scope": f.scope,
        "stage": stage(case),
        "verdict": verdict(findings, f.scope),
        "findings": findings,
    }

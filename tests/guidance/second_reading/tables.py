"""The codes, values and category limits that the second reading needs, copied out by hand from the two papers."""

RHABDOMYOSARCOMA = {"8900", "8901", "8902", "8910", "8912", "8920", "8921"}
EWING = {"9260", "9364", "9365"}
EXCEPTION = RHABDOMYOSARCOMA | EWING
G3_BY_DEFINITION = EXCEPTION | {"9366", "9367", "9368", "9581", "9044", "8804", "8806", "8963", "9243"}
SYNOVIAL = {"9040", "9041", "9042", "9043"}
MYXOID_LIPOSARCOMA = {"8852", "8853"}
RESPONSIVE = {"8802", "8805", "8830", "8811", "8890", "8891", "8896", "9120"}
BONE_ONLY = {
    *("9222", "9220", "9221", "9242", "9243"),
    *("9180", "9181", "9182", "9186", "9183", "9185", "9187", "9192", "9193", "9194", "9184"),
    *("9250", "9370", "9371", "9372", "9261", "8823"),
}

EXCLUDED_SOFT_TISSUE = {
    "AJCC8": {"9140", "8821", "8806", "9133", "8714"},
    "UICC8": {"9140", "8821", "8832", "9120"},
}
EXCLUDED_BONE = {"AJCC8": set(), "UICC8": {"9192", "9193", "9194", "9221"}}
DURA_AND_BRAIN = ("C70", "C71")

LIMB = {"C40.0", "C40.1", "C40.2", "C40.3", "C40.8", "C40.9"}
LIMB |= {"C44.6", "C44.7", "C47.1", "C47.2", "C49.1", "C49.2"}
GIRDLE = {"C41.3", "C41.4", "C44.5", "C47.3", "C47.5", "C49.3", "C49.5"}
UNSPECIFIED = {"C44.8", "C44.9", "C47.8", "C47.9", "C49.8", "C49.9"}
UNSPECIFIED_SITES = ("C76", "C80")
SPINAL = {"C41.2", "C70.1", "C72.0"}

HEAD_NECK = [f"C{number:02}" for number in range(0, 15)] + ["C30", "C31", "C32", "C69"]
VISCERAL = [f"C{number}" for number in range(15, 27)]  # gut, liver, gallbladder, pancreas
VISCERAL += ["C33", "C34", "C37", "C38", "C74"]
VISCERAL += ["C51", "C52", "C53", "C56", "C57", "C58"]
VISCERAL += [f"C{number}" for number in range(60, 69)]

GIST_DRUGS = {"imatinib", "sunitinib", "regorafenib"}
CHECKPOINT_DRUGS = {
    *("nivolumab", "ipilimumab", "pembrolizumab", "atezolizumab", "durvalumab", "avelumab", "tremelimumab"),
}
BRANDS = {
    "glivec": "imatinib",
    "imatinib mesilate": "imatinib",
    "imatinib mesylate": "imatinib",
    "sunitinib malate": "sunitinib",
    "gleevec": "imatinib",
    "sutent": "sunitinib",
    "stivarga": "regorafenib",
    "opdivo": "nivolumab",
    "yervoy": "ipilimumab",
    "keytruda": "pembrolizumab",
    "tecentriq": "atezolizumab",
    "imfinzi": "durvalumab",
    "bavencio": "avelumab",
    "imjudo": "tremelimumab",
}

# Longest millimetres of each category; the last has no end.
T_BY_SIZE = {
    "trunk_extremity": [(50, "T1"), (100, "T2"), (150, "T3"), (None, "T4")],
    "retroperitoneum": [(50, "T1"), (100, "T2"), (150, "T3"), (None, "T4")],
    "head_neck": [(20, "T1"), (40, "T2"), (None, "T3")],
    "gist_gastric": [(20, "T1"), (50, "T2"), (100, "T3"), (None, "T4")],
    "gist_non_gastric": [(20, "T1"), (50, "T2"), (100, "T3"), (None, "T4")],
    "bone_appendicular": [(80, "T1"), (None, "T2")],
}
NO_GROUPS = {"head_neck", "visceral", "bone_spine", "bone_pelvis", "uterus"}
SOFT_TISSUE_GROUPS = {
    "low": {"T1": "IA", "T2": "IB", "T3": "IB", "T4": "IB"},
    "high": {"T1": "II", "T2": "IIIA", "T3": "IIIB", "T4": "IIIB"},
}
BONE_GROUPS = {
    "low": {"T1": "IA", "T2": "IB", "T3": "IB"},
    "high": {"T1": "IIA", "T2": "IIB", "T3": "III"},
}
GIST_GROUPS = {
    "gist_gastric": {
        "low": {"T1": "IA", "T2": "IA", "T3": "IB", "T4": "II"},
        "high": {"T1": "II", "T2": "II", "T3": "IIIA", "T4": "IIIB"},
    },
    "gist_non_gastric": {
        "low": {"T1": "I", "T2": "I", "T3": "II", "T4": "IIIA"},
        "high": {"T1": "IIIA", "T2": "IIIB", "T3": "IIIB", "T4": "IIIB"},
    },
}

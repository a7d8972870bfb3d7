"""What a discussion may be ticked to have covered: our words for the items of MODe-Lite (2021) and MDT-MODe (2017).

The items of MDT-QuIC itself (Lamb et al., Ann Surg Oncol 2012; 19: 1759-1765) are not openly published."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One thing that a good discussion covers."""

    code: str
    words: str
    source: str


# MODe-Lite (Lamb et al., Ann Surg Oncol 2021; 28: 7577-7588) measures clinical input, holistic input, clinical
# collaboration, pathology, radiology and management plan. Its holistic input stands here as the three items of MDT-MODe
# that it is made of (Hahlweg et al., BMC Cancer 2017; 17: 772, table 1). A checklist raised the decisions that were
# reached from 82.2 % to 92.7 % (Lamb et al., J Am Coll Surg 2013; 217: 412-420).
MODE_LITE = "MODe-Lite 2021"
MDT_MODE = "MDT-MODe, as printed in 2017"

ITEMS: tuple[Item, ...] = (
    Item("case_history", "The case was presented by somebody who knows it", MODE_LITE),
    Item("radiology", "The images were shown or their reading was given", MODE_LITE),
    Item("pathology", "The pathology was shown or its reading was given", MODE_LITE),
    Item("comorbidity", "Other conditions and fitness for treatment", MDT_MODE),
    Item("psychosocial", "The patient's circumstances and worries", MDT_MODE),
    Item("patient_views", "What the patient wants, from somebody who asked", MDT_MODE),
    Item("collaboration", "Every discipline that the case needs was heard", MODE_LITE),
    Item("management_plan", "The plan was said aloud and nobody was in doubt of it", MODE_LITE),
)

WORDS: dict[str, str] = {item.code: item.words for item in ITEMS}


def unknown_items(codes: Iterable[str]) -> list[str]:
    """The codes that name no item, in the order in which they came."""
    return [code for code in codes if code not in WORDS]

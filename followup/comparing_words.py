"""How two views of a case are shown side by side, item by item."""

from typing import Any

from followup.comparing import in_words
from followup.models import OpinionAnswer, OpinionItem

AGREEMENT = {True: "They agree", False: "They differ", None: "Nothing to compare"}


def compared_rows(answer: OpinionAnswer) -> list[dict[str, Any]]:
    """One for each item, in the order of the items: theirs, ours at that moment, and whether the two agree."""
    views = {view.item: view for view in answer.views.all()}
    return [
        {
            "label": item.label,
            "theirs": in_words(item, views[item].theirs) or "No view given",
            "theirs_text": views[item].theirs_text,
            "ours": in_words(item, views[item].ours) or "None yet",
            "agrees": views[item].agrees,
            "agreement": AGREEMENT[views[item].agrees],
        }
        for item in OpinionItem
        if item in views
    ]

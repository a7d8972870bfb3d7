"""How two views of a case are shown side by side, item by item."""

from collections.abc import Iterable
from typing import Any

from followup.comparing import in_words
from followup.models import OpinionItem, OpinionView, SecondOpinion

AGREEMENT = {True: "They agree", False: "They differ", None: "Nothing to compare"}


def answer_of(opinion: SecondOpinion) -> dict[str, Any] | None:
    """The opinion that was handed in, with its views item by item; one statement."""
    views = list(OpinionView.objects.filter(answer__opinion=opinion).select_related("answer"))
    return {"row": views[0].answer, "items": compared_rows(views)} if views else None


def compared_rows(rows: Iterable[OpinionView]) -> list[dict[str, Any]]:
    """One for each item, in the order of the items: theirs, ours at that moment, and whether the two agree."""
    views = {view.item: view for view in rows}
    return [
        {
            "label": item.label,
            "theirs": in_words(item, views[item].theirs) or "Cannot say",
            "theirs_text": views[item].theirs_text,
            "ours": in_words(item, views[item].ours) or "None yet",
            "agrees": views[item].agrees,
            "agreement": AGREEMENT[views[item].agrees],
        }
        for item in OpinionItem
        if item in views
    ]

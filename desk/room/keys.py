"""The keys of the meeting screen: what each does and where; the overlay and the bar at the foot read them."""

from collections.abc import Mapping
from dataclasses import dataclass

ANYWHERE, RUNNING, DECIDING, STANDARD = (
    "On every case",
    "For whoever runs the meeting",
    "While a decision is recorded",
    "On the list of standard of care cases",
)


@dataclass(frozen=True)
class Key:
    """`key`: the browser's KeyboardEvent.key, letters in lower case; `bar`: its words at the foot, if any."""

    key: str
    words: str
    where: str
    bar: str = ""

    @property
    def shown(self) -> str:
        return SHOWN.get(self.key, self.key.upper())


SHOWN: Mapping[str, str] = {
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "Control+Enter": "Ctrl Enter",
    "Escape": "Esc",
}

KEYS: tuple[Key, ...] = (
    Key("ArrowLeft", "Previous case", ANYWHERE),
    Key("ArrowRight", "Next case", ANYWHERE, "previous, next"),
    Key("g", "Go to a case of the list", ANYWHERE, "go to a case"),
    Key("d", "Open the panel in which the decision is recorded", ANYWHERE, "decide"),
    Key("p", "Who is present", ANYWHERE, "who is present"),
    Key("i", "Images of the case", ANYWHERE, "images"),
    Key("t", "Timeline of the case", ANYWHERE, "timeline"),
    Key("f", "Follow the presenter, or look around by oneself", ANYWHERE, "follow or look around"),
    Key("Escape", "Leave a field; then close what is open. A draft is kept", ANYWHERE),
    Key("?", "All keys", ANYWHERE, "all keys"),
    Key("s", "Start or end the discussion of the case", RUNNING),
    Key("1", "Outcome: agree the plan", DECIDING),
    Key("2", "Outcome: more imaging", DECIDING),
    Key("3", "Outcome: biopsy or pathology review", DECIDING),
    Key("4", "Outcome: other team or centre", DECIDING),
    Key("5", "Outcome: trial", DECIDING),
    Key("6", "Outcome: second opinion", DECIDING),
    Key("7", "Outcome: palliative care", DECIDING),
    Key("8", "Outcome: surveillance", DECIDING),
    Key("9", "Outcome: no treatment", DECIDING),
    Key("b", "Outcome: benign or no tumour, discharge", DECIDING),
    Key("c", "Outcome: other cancer, refer on", DECIDING),
    Key("0", "Outcome: no decision, with the reason", DECIDING),
    Key("w", "Who tells the patient", DECIDING),
    Key("r", "Whether a trial was considered", DECIDING),
    Key("a", "Add an action", DECIDING),
    Key("x", "Add a dissent", DECIDING),
    Key("Control+Enter", "Save the decision; works in a field too", DECIDING),
    Key("ArrowUp", "The case before it in the block", STANDARD),
    Key("ArrowDown", "The case after it in the block", STANDARD),
    Key("o", "Take the case out of the block, to be discussed", STANDARD),
)

BAR: tuple[Key, ...] = tuple(key for key in KEYS if key.bar)


def by_place() -> dict[str, list[Key]]:
    """In the order of the table, each place with its keys."""
    places: dict[str, list[Key]] = {}
    for key in KEYS:
        places.setdefault(key.where, []).append(key)
    return places

"""What every workflow shares: states as data, and the refusal when a move is not among them."""

from collections.abc import Mapping


class WrongState(Exception):
    """The thing is not in a state in which this can be done."""

    def __init__(self, thing: str, current: str, wanted: str) -> None:
        self.thing, self.current, self.wanted = thing, current, wanted
        super().__init__(f"This {thing} is {current}, so it cannot become {wanted}.")


class StaleVersion(Exception):
    """Someone else changed the row since this edit was begun."""

    def __init__(self, current: object) -> None:
        self.current = current
        super().__init__("Someone else changed this while you were editing it.")


class Workflow:
    """A dict from each state to the states that may follow it, with the words for refusing the rest."""

    def __init__(self, thing: str, moves: Mapping[str, frozenset[str]], labels: Mapping[str, str]) -> None:
        self.thing, self.moves, self.labels = thing, moves, labels

    def allows(self, current: str, wanted: str) -> bool:
        return wanted in self.moves[current]

    def check(self, current: str, wanted: str) -> None:
        """Raise WrongState unless `wanted` may follow `current`."""
        if not self.allows(current, wanted):
            raise WrongState(self.thing, self.labels[current].lower(), self.labels[wanted].lower())


def must_be_current(row: object, expected: int | None) -> None:
    """Raise StaleVersion unless the row is still the one that somebody saw; None: nobody says what they saw."""
    if expected is not None and row.version != expected:  # type: ignore[attr-defined]
        raise StaleVersion(row)


def check_version(row: object, expected: int | None) -> None:
    """Raise StaleVersion unless the row is still the one that the edit was made on; then count it up."""
    must_be_current(row, expected)
    row.version += 1  # type: ignore[attr-defined]

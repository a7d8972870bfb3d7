"""Why nothing of a file, or nothing of one study, could be taken."""


class Unreadable(Exception):
    """The file holds no records of ClinicalTrials.gov (API v2); `message` says what it is and what would help."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(Exception):
    """One study cannot be taken at all; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

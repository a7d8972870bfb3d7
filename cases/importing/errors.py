"""Why a file or a mapping cannot be used at all; a single row's fate is an outcome, not an error."""


class BrokenFile(Exception):
    """The file is not a table that can be read; `message` says why and what would help."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class MappingError(Exception):
    """The mapping cannot be used; `problems` says for each key what is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems

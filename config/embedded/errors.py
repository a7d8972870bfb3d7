"""The one error of the embedded servers: ends the command with one plain line instead of a traceback."""


class EmbeddedError(SystemExit):
    """Something that the person at the keyboard can put right; the message says how."""

    def __str__(self) -> str:
        return str(self.code)

"""What the log must not hold: the secret addresses of calendars, and of requests to outside experts."""

import logging
import re

SECRET = re.compile(r"(/(?:calendar|second-opinion)/)(?:[^/\s\"'?#]{20,})")
SERVER_LOGS = ("gunicorn.access", "gunicorn.error", "django.server")


class HideSecrets(logging.Filter):
    """Whoever writes the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if SECRET.search(message):
            record.msg, record.args = SECRET.sub(r"\1…", message), ()
        return True


def hide_in_server_logs() -> None:
    """The web server's own logs have handlers of their own, so that the filter stands at the loggers."""
    for name in SERVER_LOGS:
        logging.getLogger(name).addFilter(HideSecrets())

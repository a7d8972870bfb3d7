"""Where the lines of the log go and what is taken out of them, as the settings' LOGGING."""

from typing import Any

LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


def logging_as(form: str, *, level: str, with_values: bool) -> dict[str, Any]:
    """`form`: plain or json. With values only on a developer's own machine, where whole tracebacks help."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"()": "config.logs.Plain", "format": LINE},
            "json": {"()": "config.logs.Json"},
            "whole": {"format": LINE},
        },
        "filters": {
            "request": {"()": "config.logs.OfRequest"},
            "task": {"()": "config.logs.OfTask"},
            "values": {"()": "config.logs.WithoutValues"},
            "secrets": {"()": "config.hiding.HideSecrets"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "whole" if with_values else form,
                "filters": ["request", "task", *([] if with_values else ["values"]), "secrets"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},  # Django's own would mail whole pages of values
            "django.request": {"level": "ERROR"},
            "config.observing": {"level": "INFO" if form == "json" else "WARNING"},
            "axes": {"level": "WARNING"},
        },
    }

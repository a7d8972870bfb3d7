"""The service's worker, for which every day is a day with post: the bench runs at weekends too.

`python -m bench.reminding.worker NAME PROCESSES`
"""

import sys

from config.celery import app


def main(name: str, processes: str) -> None:
    app.set_current()
    app.finalize()
    app.loader.import_default_modules()
    from followup.services.reminding import reminders

    reminders.is_working_day = lambda day: True  # type: ignore[assignment]
    options = [f"--concurrency={processes}", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
    app.worker_main(["worker", f"--hostname={name}", *options])


if __name__ == "__main__":
    main(*sys.argv[1:])

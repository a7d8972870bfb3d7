"""A worker process of the fault tests: when told, runs the reminders as the scheduler would, or claims and hangs.

Any day is a day with post for it, so that the tests run at weekends too.
"""

import sys
import time

import django

LONGEST = 100


def main(role: str) -> None:
    from followup import services, tasks
    from followup.models import Mail
    from followup.services.reminding import reminders

    reminders.is_working_day = lambda day: True  # type: ignore[assignment]
    print("ready", flush=True)
    sys.stdin.readline()
    if role == "claims and hangs":
        claimed = services.claim_mails(worker="hangs", limit=20)
        print(f"claimed {len(claimed)}", flush=True)
        time.sleep(LONGEST)
    until = time.monotonic() + LONGEST
    open_ones = Mail.objects.filter(status__in=["pending", "claimed"])
    tasks.remind()
    while time.monotonic() < until and open_ones.exists():
        tasks.remind()
        time.sleep(0.1)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])

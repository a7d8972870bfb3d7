"""Inside the service: a feed of changes, and a client who sees so many; `python -m bench.feeding MANY` prints JSON."""

import json
import sys
import time
from collections.abc import Iterator

import django

django.setup()

from accounts.models import Team, User  # noqa: E402  (models need the set-up first)
from accounts.services import open_client  # noqa: E402
from audit.models import Event  # noqa: E402
from audit.services import BATCH  # noqa: E402
from interop.changes.published import PUBLISHED  # noqa: E402
from interop.changes.services import publish  # noqa: E402
from interop.models import Change  # noqa: E402

AT_ONCE = 20 * BATCH


def _unpublished() -> Iterator[list[Event]]:
    """As many as the outbox tells of at once, in the order in which they happened."""
    last = Change.objects.order_by("-event_id").values_list("event_id", flat=True).first() or 0
    while True:
        waiting = Event.objects.filter(pk__gt=last, type__in=PUBLISHED).order_by("pk")
        events = list(waiting[:BATCH])
        if not events:
            return
        last = events[-1].pk
        yield events


def fill(reader: User, many: int) -> int:
    """Publish what happened until the reader sees so many changes; how many were published."""
    done, missing = 0, many - Change.objects.visible_to(reader).count()
    events = _unpublished()
    while missing > 0:
        before = done
        for batch in events:
            publish(events=batch)
            done += len(batch)
            if done - before >= min(AT_ONCE, missing):
                break
        if done == before:
            raise SystemExit(f"Nothing is left to publish, and the reader sees {many - missing:,} changes.")
        missing = many - Change.objects.visible_to(reader).count()
    return done


def main() -> None:
    team = Team.objects.get(reference_prefix="BN1")
    system = open_client(name=f"Feed {time.time_ns()}", organisation=team.organisation, by=None)
    began = time.perf_counter()
    published = fill(system.account, int(sys.argv[1]))
    told = {"client_id": system.client_id, "secret": system.secret, "published": published}
    print(json.dumps(told | {"seconds": round(time.perf_counter() - began, 1)}))


if __name__ == "__main__":
    main()

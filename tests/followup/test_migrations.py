"""Reminders and e-mails of the version before go over to the new tables and back, with what was sent and what waits."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from followup.models import Mail, Reminder
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

PROJECT = Path(__file__).resolve().parents[2]
STATES = ["pending", "claimed", "sent", "failed", "cancelled"]


def migrate(to):
    """By a process of its own, as the role that owns the tables, while nobody else is connected."""
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {"DATABASE_ROLE": "owner", "DATABASE_OWNER_URL": owner.geturl()}
    connection.close()
    command = [sys.executable, "manage.py", "migrate", "followup", *to, "--verbosity", "0"]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, timeout=300)


@pytest.fixture
def before(transactional_db):
    """The tables of the version before, empty; afterwards they are the new ones again."""
    migrate(["0003"])
    yield
    migrate([])


def insert_as_before(person, case, owner_cursor):
    for number, status in enumerate(STATES):
        owner_cursor.execute(
            "INSERT INTO followup_reminder (kind, target_id, step, person_id, case_id, due_on, status, message_id,"
            " attempts, claimed_by, in_doubt, last_error, next_try_at, created_at)"
            " VALUES ('review_due', %s, 'x', %s, %s, current_date, %s, %s, 2, 'w', %s, '', now(), now())",
            [number, person.pk, case.pk, status, f"<{status}@example.org>", status == "sent"],
        )


def test_every_state_goes_over_and_comes_back(before, owner_cursor):
    team = factories.team()
    person, case = factories.user(), factories.case(team)
    insert_as_before(person, case, owner_cursor)
    migrate([])
    mails = {mail.status: mail for mail in Mail.objects.all()}
    assert {status: mail.message_id for status, mail in mails.items()} == {
        status: f"<{status}@example.org>" for status in STATES
    }
    assert [status for status, mail in mails.items() if mail.in_doubt] == ["sent"]
    assert {r.mail.status: r.status for r in Reminder.objects.select_related("mail")} == {
        status: "settled" if status == "cancelled" else "owed" for status in STATES
    }
    together = Mail.objects.create(
        kind="digest", person=person, message_id="<two@example.org>", status="sent"
    )
    for target in (101, 102):
        Reminder.objects.create(
            kind="review_due",
            target_id=target,
            step="x",
            person=person,
            case=case,
            due_on=timezone.localdate(),
            mail=together,
        )
    migrate(["0003"])
    owner_cursor.execute(
        "SELECT target_id, status, message_id, in_doubt FROM followup_reminder ORDER BY target_id"
    )
    rows = owner_cursor.fetchall()
    assert [row[:3] for row in rows[:5]] == [
        (number, status, f"<{status}@example.org>") for number, status in enumerate(STATES)
    ]
    assert [row[3] for row in rows[:5]] == [status == "sent" for status in STATES]
    assert [row[1] for row in rows[5:]] == ["sent", "sent"]
    assert len({row[2] for row in rows}) == 7, "each has a Message-ID of its own"

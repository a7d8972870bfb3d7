"""The client and the script of docs/how-to/a-hospitals-day.md, made and run as they stand there."""

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from accounts.models import Membership
from accounts.permissions import Role
from accounts.services import open_client
from audit.models import Event
from cases.models import Referral
from cases.services import accept_referral
from interop.models import WebhookMessage
from mdt.letters import issue_letter
from mdt.models import Letter
from tests.api.conftest import EVERY, decide, open_centre
from tests.interop.receiving import Receiver

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "a-hospitals-day.md"
HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.M | re.S)


class Line(ThreadingHTTPServer):
    """The line to the service; it breaks once, after the service has done what it was asked and before it is heard."""

    daemon_threads = True

    def __init__(self, service, cut):
        self.service, self.cut, self.answers = urlsplit(service).netloc, cut, []
        super().__init__(("127.0.0.1", 0), Hop)


class Hop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.pass_on()

    def do_POST(self):
        self.pass_on()

    def pass_on(self):
        line = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        there = http.client.HTTPConnection(line.service)
        there.request(self.command, self.path, body or None, dict(self.headers))
        answer = there.getresponse()
        content = answer.read()
        there.close()
        line.answers.append((self.command, self.path, answer.status, dict(answer.headers)))
        if line.cut == (self.command, self.path):
            line.cut = None
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *told):
        """Says nothing."""


@pytest.fixture
def centre(transactional_db):
    return open_centre()


@pytest.fixture
def line(live_server):
    with Line(live_server.url, cut=("POST", "/api/v1/referrals/")) as line:
        threading.Thread(target=line.serve_forever, args=[0.05], daemon=True).start()
        yield line
        line.shutdown()


@pytest.fixture
def environment(centre, line, settings, tmp_path):
    """What the page says that the environment has."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.DEMO, settings.WEBHOOK_NETWORKS = True, [ip_network("127.0.0.0/8")]
    opened = open_client(name="Records system", organisation=centre.team.organisation, scopes=EVERY, by=None)
    Membership.objects.create(
        user=opened.account, organisation=centre.team.organisation, team=centre.team, role=Role.COORDINATOR
    )
    with Receiver() as free:
        port = free.port
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "OPENAPI": f"http://127.0.0.1:{line.server_port}/api/v1/schema/",
        "RECEIVER": f"http://127.0.0.1:{port}/",
        "client_id": opened.client_id,
        "client_secret": opened.secret,
    }


@pytest.fixture
def folder(tmp_path):
    """The files that the page has."""
    (tmp_path / "generator.yaml").write_text("".join(blocks("yaml")))
    (tmp_path / "day.py").write_text("\n\n".join(blocks("python")))
    return tmp_path


class CentresPart:
    """What the centre does, when the script has come so far."""

    def __init__(self, centre, receiver):
        self.centre, self.receiver = centre, receiver

    def after(self, words):
        for beginning, act in {
            "Referral: received": self.accept,
            "Case:": self.decide,
            "Decision:": self.issue_letter,
        }.items():
            if words.startswith(beginning):
                act()

    def accept(self):
        centre, referral = self.centre, Referral.objects.get()
        nurse = centre.people[Role.NURSE_SPECIALIST]
        centre.case = accept_referral(referral=referral, version=1, key_worker=nurse, by=centre.coordinator)
        centre.episode = centre.case.current_episode

    def decide(self):
        self.refused = forged_message(self.receiver)
        decide(self.centre)

    def issue_letter(self):
        letter = Letter.objects.get(decision=self.centre.decision, kind="clinical")
        issue_letter(letter=letter, version=letter.version, by=self.centre.coordinator)


def forged_message(receiver):
    """What the script answers to somebody who does not know the secret."""
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": "v1,Zm9yZ2Vk",
    }
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(receiver, b"{}", headers))
    refused.value.close()
    return refused.value.code


def run(command, folder, environment):
    return subprocess.Popen(
        ["bash", "-ec", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def numbers_aside(text):
    return re.sub(r"[0-9]+", "0", text)


def test_a_generated_client_does_a_hospitals_day(centre, environment, line, folder):
    make, start = blocks("sh")
    with run(make, folder, environment) as generator:
        said = generator.stdout.read()
    assert generator.returncode == 0, said
    assert "WARNING" not in said, "the generator understands the whole document"

    others, told = CentresPart(centre, environment["RECEIVER"]), []
    with run(start, folder, environment) as script:
        patience = threading.Timer(120, script.kill)
        patience.start()
        for words in script.stdout:
            told.append(words)
            others.after(words)
        patience.cancel()
    assert numbers_aside("".join(told)) == numbers_aside(blocks("text")[0])
    assert script.returncode == 0

    sent = [headers for *what, headers in line.answers if what == ["POST", "/api/v1/referrals/", 201]]
    assert [headers.get("Idempotency-Replayed") for headers in sent] == [None, "true"]
    assert Event.objects.filter(type="referral.received").count() == 1
    messages = WebhookMessage.objects.order_by("pk").values_list("change__type", "status", "answer_status")
    wanted = ("referral.accepted", "decision.recorded", "letter.issued")
    assert list(messages) == [(each, "sent", 204) for each in wanted]
    assert others.refused == 401
    letter = Letter.objects.get(decision=centre.decision, kind="clinical")
    assert (folder / f"{centre.case.reference}.pdf").read_bytes() == Path(letter.pdf.path).read_bytes()

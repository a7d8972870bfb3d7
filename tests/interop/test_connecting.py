"""Sending to a receiver that hangs, lies or leads elsewhere: nothing is waited for long, nothing else is reached."""

import socket
from ipaddress import ip_network
from time import monotonic, sleep

import pytest
from django.utils import timezone

from interop.webhooks import connecting
from tests.interop.receiving import Receiver, certificate_for, drips, endless, hangs, nonsense

LOOPBACK = [ip_network("127.0.0.0/8")]


@pytest.fixture(autouse=True)
def allowed(settings, monkeypatch):
    """This machine is allowed, and nobody's patience is tried."""
    settings.WEBHOOK_NETWORKS = LOOPBACK
    monkeypatch.setattr(connecting, "READ_SECONDS", 0.5)
    monkeypatch.setattr(connecting, "WHOLE_SECONDS", 1)


@pytest.fixture
def names(monkeypatch):
    """What each name leads to, one answer after the other; and what was asked."""
    asked, known = [], {}

    def getaddrinfo(host, port, *args, **kwargs):
        if host not in known:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        addresses = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known, asked


def post(receiver, host="127.0.0.1", scheme="http", path="/hook?of=us"):
    url = f"{scheme}://{host}:{receiver.port}{path}"
    return connecting.post(url, headers={"webhook-id": "msg_1"}, body=b"{}")


def test_a_message_arrives_whole_at_its_address():
    with Receiver(204) as receiver:
        answer = post(receiver)
    assert (answer.status, answer.error, answer.is_taken) == (204, "", True)
    path, headers, body = receiver.got[0]
    assert (path, headers["webhook-id"], body) == ("/hook?of=us", "msg_1", b"{}")


@pytest.mark.parametrize("how", [hangs, drips])
def test_a_receiver_that_hangs_is_left_in_time(how):
    began = monotonic()
    with Receiver(how) as receiver:
        answer = post(receiver)
        assert monotonic() - began < 4
    assert (answer.error, answer.is_taken) == ("timeout", False)


def test_a_name_that_is_looked_up_for_too_long_is_not_sent_to_afterwards(monkeypatch):
    def slowly(host, port):
        sleep(connecting.WHOLE_SECONDS + 0.2)
        return ["127.0.0.1"]

    monkeypatch.setattr(connecting, "addresses_of", slowly)
    with Receiver() as receiver:
        assert post(receiver).error == "timeout"
    assert receiver.got == []


def test_several_addresses_share_the_time(monkeypatch):
    waits = []

    def dead(address, timeout):
        waits.append(timeout)
        sleep(timeout)
        raise TimeoutError

    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.6)
    monkeypatch.setattr(connecting, "addresses_of", lambda host, port: ["127.0.0.1"] * 4)
    monkeypatch.setattr(socket, "create_connection", dead)
    with Receiver() as receiver:
        assert post(receiver).error == "timeout"
    assert sum(waits) <= connecting.WHOLE_SECONDS


def test_a_connection_that_is_cut_before_there_is_one_is_not_used():
    connection = connecting._Pinned("127.0.0.1", 1, is_tls=False)
    connection.cut()
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        connection._hold(ours)


def test_of_an_endless_answer_little_is_read_and_it_counts_as_none():
    with Receiver(endless) as receiver:
        answer = post(receiver)
    assert (answer.status, answer.error, answer.is_taken) == (200, "too_long", False)


def test_what_is_no_answer_of_http_is_a_failure():
    with Receiver(nonsense) as receiver:
        assert post(receiver).error == "broken_answer"


def test_nobody_there_is_a_failure():
    with Receiver() as receiver:
        pass
    assert post(receiver).error == "refused"


def test_a_redirect_is_not_followed():
    with (
        Receiver() as elsewhere,
        Receiver((302, {"Location": f"http://127.0.0.1:{elsewhere.port}/"})) as receiver,
    ):
        answer = post(receiver)
    assert (answer.status, answer.is_taken, elsewhere.got) == (302, False, [])


def test_without_allowed_networks_nothing_is_sent_anywhere(settings):
    settings.WEBHOOK_NETWORKS = []
    with Receiver() as receiver:
        assert post(receiver).error == "not_allowed"
    assert receiver.got == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.5", "169.254.169.254", "192.168.1.1", "::1", "::ffff:10.0.0.5", "fe80::1%lo", "0.0.0.0"],
)
def test_an_address_outside_the_allowed_networks_is_never_used(address):
    assert not connecting.is_allowed(address)


def test_an_allowed_address_is_known_in_either_way_of_writing_it():
    assert connecting.is_allowed("127.0.0.1")
    assert connecting.is_allowed("::ffff:127.0.0.1")


def test_a_name_that_leads_to_a_private_address_is_refused(names):
    names[0]["receiver.example"] = [["10.0.0.5"]]
    with Receiver() as receiver:
        assert post(receiver, "receiver.example").error == "not_allowed"


def test_a_name_is_asked_once_and_what_it_leads_to_later_changes_nothing(names):
    known, asked = names
    known["receiver.example"] = [["127.0.0.1"], ["10.0.0.5"]]
    with Receiver() as receiver:
        assert post(receiver, "receiver.example").is_taken
    assert asked == ["receiver.example"]
    assert receiver.got[0][1]["Host"] == f"receiver.example:{receiver.port}"


def test_of_several_addresses_only_the_allowed_are_used(names):
    names[0]["receiver.example"] = [["10.0.0.5", "127.0.0.1"]]
    assert connecting.addresses_of("receiver.example", 443) == ["127.0.0.1"]


def test_a_certificate_is_checked_against_the_name_and_the_authorities(names, settings, tmp_path):
    for name in ("receiver.example", "other.example"):
        names[0][name] = [["127.0.0.1"]]
    file = certificate_for("receiver.example", tmp_path, timezone.now())
    with Receiver(certificate=file) as receiver:
        assert post(receiver, "receiver.example", "https").error == "wrong_certificate"
        settings.WEBHOOK_CA_FILE = str(file)
        assert post(receiver, "receiver.example", "https").is_taken
        assert post(receiver, "other.example", "https").error == "wrong_certificate"
    assert len(receiver.got) == 1


def test_a_receiver_without_tls_is_a_failure():
    with Receiver() as receiver:
        assert post(receiver, scheme="https").error in {"no_tls", "timeout", "broken_answer"}


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(receiver).is_taken
    assert proxy.got == []

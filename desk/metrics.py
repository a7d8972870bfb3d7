"""The figures of the service at /metrics, in Prometheus' text format: counts and ages only, nobody's name."""

import os
from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from desk.operation import figures

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")

WORDS = {
    "queue_length": "Tasks that wait in the broker",
    "outbox_pending": "Entries of the outbox that wait",
    "outbox_failed": "Entries of the outbox that were given up",
    "outbox_oldest_seconds": "Age of the oldest entry of the outbox that waits",
    "mails_pending": "Mails that wait to be sent",
    "mails_failed": "Mails that were given up",
    "mails_in_doubt": "Mails that may have been sent twice, with the same Message-ID",
    "mails_bounced": "Mails that came back",
    "oldest_due_seconds": "How long the oldest mail that is due has waited",
    "beat_age_seconds": "Since the scheduler was last seen",
    "worker_age_seconds": "Since a worker was last seen",
    "reminders_age_seconds": "Since reminders were last looked for",
}


class Work(Collector):
    """The figures of the moment in which they are asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = figures()
        yield GaugeMetricFamily(
            "sarcoma_mdt_database_up", "Whether the database answers", value="outbox_pending" in found
        )
        yield GaugeMetricFamily(
            "sarcoma_mdt_broker_up", "Whether the broker answers", value="queue_length" in found
        )
        for name, words in WORDS.items():
            if name in found:
                yield GaugeMetricFamily(f"sarcoma_mdt_{name}", words, value=found[name])


def may_read(request: HttpRequest) -> bool:
    """From this machine itself, or with the token. What a proxy passes on is from elsewhere, wherever the proxy is."""
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and constant_time_compare(token, settings.METRICS_TOKEN):
            return True
    address = request.META.get("REMOTE_ADDR", "")
    passed_on = any(name in request.headers for name in FORWARDED)
    return bool(address) and not passed_on and ip_address(address).is_loopback


def metrics(request: HttpRequest) -> HttpResponse:
    """What all processes of this web server have counted together, and how the work stands."""
    if not may_read(request):
        return HttpResponse("Ask from this machine, or with the token.\n", "text/plain", status=403)
    work = CollectorRegistry()
    work.register(Work())
    text = generate_latest(work) + generate_latest(_counted())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _counted() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    counted = CollectorRegistry()
    MultiProcessCollector(counted)
    return counted

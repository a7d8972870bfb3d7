"""One study fetched from ClinicalTrials.gov by its number: from that host only, within a time and a size."""

import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Final
from urllib.parse import urlsplit

from trials.registry.errors import Unreadable
from trials.registry.files import MEGABYTE
from trials.registry.numbers import nct_number
from trials.registry.values import shown

ADDRESS: Final = "https://clinicaltrials.gov/api/v2/studies/"
SECONDS: Final = 10
MOST_BYTES: Final = 10 * MEGABYTE
CHUNK: Final = 64 * 1024


class _SameHost(urllib.request.HTTPRedirectHandler):
    """A study that got another number leads there; an answer that leads to another host or path is not followed."""

    max_redirections = 3

    def __init__(self, address: str) -> None:
        self.address = address

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        wanted, got = urlsplit(self.address), urlsplit(newurl)
        if (got.scheme, got.netloc) != (wanted.scheme, wanted.netloc) or not got.path.startswith(wanted.path):
            raise Unreadable("ClinicalTrials.gov sent us elsewhere. That was not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(number: str, *, address: str = ADDRESS, seconds: float = SECONDS) -> bytes:
    """The study's JSON as it came; raises Unreadable where there is none or the registry is out of reach."""
    nct = nct_number(number)
    if not nct:
        raise Unreadable(
            f"{shown(number)} is not a ClinicalTrials.gov number. It has the form NCT followed by eight digits."
        )
    request = urllib.request.Request(address + nct, headers={"Accept": "application/json"})
    opener = urllib.request.build_opener(_SameHost(address))
    try:
        with opener.open(request, timeout=seconds) as answer:
            return _read(answer, until=time.monotonic() + seconds)
    except urllib.error.HTTPError as error:
        error.close()
        raise Unreadable(_refusal(nct, error.code)) from error
    except (OSError, HTTPException) as error:
        raise Unreadable(
            f"ClinicalTrials.gov could not be reached for {nct}. Try again later, or download the study as JSON "
            "and import the file."
        ) from error


def _read(answer: IO[bytes], *, until: float) -> bytes:
    """The body, as long as it is no longer than a study and does not trickle in for ever."""
    parts: list[bytes] = []
    size = 0
    while part := answer.read(CHUNK):
        size += len(part)
        parts.append(part)
        if size > MOST_BYTES:
            raise Unreadable(f"The answer is longer than {MOST_BYTES // MEGABYTE} MB, which no study is.")
        if time.monotonic() > until:
            raise TimeoutError
    return b"".join(parts)


def _refusal(nct: str, status: int) -> str:
    if status == 404:
        return f"ClinicalTrials.gov has no study {nct}."
    return f"ClinicalTrials.gov answered {nct} with an error ({status}). Try again later."

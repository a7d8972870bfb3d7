"""Stands beside ./run: tells when the web answers; ends the processes when their supervisor is killed."""

import os
import sys
import time
import urllib.error
import urllib.request

from . import leftovers

LOOK_EVERY = 0.3  # seconds


def main(url: str, logins: str) -> None:
    supervisor, told = os.getppid(), False
    while os.getppid() == supervisor:
        if not told and answers(url):
            told = True
            address = os.environ["PUBLIC_URL"]
            print(f"\n{logins}Sarcoma MDT is ready at {address} (Ctrl-C stops it)\n", flush=True)
        time.sleep(LOOK_EVERY)
    leftovers.stop()


def answers(url: str) -> bool:
    """Whether a page comes back, be it one that tells of an error."""
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])

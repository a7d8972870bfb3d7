"""A mail server of the tests' own: takes every message, keeps its Message-ID, can be told to misbehave."""

import email
import socketserver
from collections import Counter
from collections.abc import Callable
from threading import Lock, Thread


class Session(socketserver.StreamRequestHandler):
    """One SMTP connection."""

    server: "Sink"

    def handle(self) -> None:
        self.say(b"220 sink")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.say(b"354 go on")
                self.server.take(self.text())
                self.say(b"250 taken")
            elif line.upper().startswith(b"QUIT"):
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 yes")

    def text(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines)

    def say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


class Sink(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1 while it is used as a context."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.taken: Counter[str] = Counter()
        self.before_answering: dict[int, Callable[[], None]] = {}
        self.lock = Lock()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def take(self, text: bytes) -> None:
        message = email.message_from_bytes(text)
        with self.lock:
            self.taken[message["Message-ID"].strip()] += 1
            happens = self.before_answering.pop(self.taken.total(), None)
        if happens:
            happens()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed in mid-sentence is what these tests are about."""

    def __enter__(self) -> "Sink":
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

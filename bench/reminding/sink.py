"""A mail server that is quick: takes every message and writes its Message-ID down before it says so.

`python -m bench.reminding.sink FILE` prints its port.
"""

import asyncio
import sys
from pathlib import Path
from typing import IO


class Session(asyncio.Protocol):
    """One SMTP connection."""

    def __init__(self, taken: IO[str]) -> None:
        self.taken, self.waiting, self.text = taken, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.say(b"220 sink")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while True:
            end = b"\r\n.\r\n" if self.text else b"\r\n"
            line, found, rest = self.waiting.partition(end)
            if not found:
                return
            self.waiting = rest
            if self.text:
                self.take(line)
            else:
                self.command(line[:4].upper())

    def command(self, word: bytes) -> None:
        if word == b"DATA":
            self.text = True
            self.say(b"354 go on")
        elif word == b"QUIT":
            self.say(b"221 bye")
            self.transport.close()
        else:
            self.say(b"250 yes")

    def take(self, message: bytes) -> None:
        head = message.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
        lines = (line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:"))
        self.taken.write(next(lines).split(b":", 1)[1].strip().decode() + "\n")
        self.taken.flush()
        self.text = False
        self.say(b"250 taken")

    def say(self, words: bytes) -> None:
        self.transport.write(words + b"\r\n")


async def serve(path: Path) -> None:
    with path.open("a") as taken:
        server = await asyncio.get_running_loop().create_server(lambda: Session(taken), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))

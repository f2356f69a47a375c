"""Relays that take everything: Postfix's smtp-sink, and one that thinks over each message."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from benchmarks.servers import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where Debian has programs that a user's PATH need not name.
_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin"
_EHLO = b"250-sink\r\n250 PIPELINING\r\n"
_FINE, _GO_ON, _BYE = b"250 2.0.0 fine\r\n", b"354 go on\r\n", b"221 2.0.0 bye\r\n"
#: Connections that smtp-sink lets wait.
_BACKLOG = "100"
#: Bytes that the slow one takes at once: a message.
_BUFFER = 1 << 17


def is_installed() -> bool:
    """Whether Postfix's tools are there."""
    return all(shutil.which(name, path=_SBIN) for name in ("smtp-sink", "smtp-source"))


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's own sink; yields its port."""
    port, program = free_port(), shutil.which("smtp-sink", path=_SBIN) or "smtp-sink"
    # Started by root it wants to be somebody else.
    user = ("-u", "nobody") if os.getuid() == 0 else ()
    with running([program, *user, f"127.0.0.1:{port}", _BACKLOG], port):
        yield port


@contextmanager
def slow_sink(delay: float) -> Iterator[int]:
    """A sink that answers each final dot after so many seconds; yields its port."""
    port = free_port()
    with running([sys.executable, "-m", "benchmarks.sinks", str(port), str(delay)], port):
        yield port


def smtp_source(port: int, sessions: int, messages: int, size: int) -> float:
    """Messages a second of Postfix's own client, each of so many bytes."""
    command = [shutil.which("smtp-source", path=_SBIN) or "smtp-source"]
    command += ["-s", str(sessions), "-m", str(messages), "-l", str(size)]
    command += ["-f", "news@bench.example", "-t", "reader@mailbox.example", f"127.0.0.1:{port}"]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return messages / (time.perf_counter() - start)


class _Slow(asyncio.BufferedProtocol):
    """One connection; looks at no more of a message than its end."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._buffer = bytearray(_BUFFER)
        #: How much of it was heard and not looked at.
        self._kept = 0
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink\r\n")

    def get_buffer(self, _sizehint: int) -> memoryview:
        return memoryview(self._buffer)[self._kept :]

    def buffer_updated(self, nbytes: int) -> None:
        end = self._kept + nbytes
        if self._in_data:
            last = bytes(self._buffer[max(0, end - 5) : end])
            self._buffer[: len(last)], self._kept = last, len(last)
            if last == b"\r\n.\r\n":
                self._kept, self._in_data = 0, False
                loop = asyncio.get_running_loop()
                loop.call_later(self._delay, self._transport.write, _FINE)
            return
        *lines, rest = bytes(self._buffer[:end]).split(b"\r\n")
        self._buffer[: len(rest)], self._kept = rest, len(rest)
        for line in lines:
            self._answer(line[:4].upper())

    def _answer(self, verb: bytes) -> None:
        self._in_data = verb == b"DATA"
        answers = {b"EHLO": _EHLO, b"DATA": _GO_ON, b"QUIT": _BYE}
        self._transport.write(answers.get(verb, _FINE))


async def _serve(port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Slow(delay), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))

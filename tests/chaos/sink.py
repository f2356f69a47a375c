"""An SMTP server that goes wrong as a plan has it, and knows of each message whether it took it."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import struct
import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from tests.chaos.faults import LOST, TAKEN, Act, Place
from tests.chaos.record import Transaction

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tests.chaos.faults import Plan
    from tests.chaos.record import Record

#: Seconds: late, but a client still waits; and when it doesn't any more.
_LATE = 0.03
#: Seconds for which nobody listens.
_CLOSED = 0.15
_MESSAGE_ID = re.compile(rb"(?im)^Message-ID:[ \t]*(<[^<>\r\n]*>)")
_PATH = re.compile(r"<([^<>]*)>")
_REPLIES = {
    Act.CLOSING: "421 4.3.2 closing",
    Act.DEFER: "451 4.3.0 not now",
    Act.REFUSE: "550 5.2.0 not this one",
    Act.TOO_LARGE: "552 5.3.4 too large",
}


@dataclass
class Sink:
    """What its sessions share."""

    plan: Plan
    record: Record
    #: Sends a signal's act to the worker of a slot; whether there was one.
    strike: Callable[[int, str], bool]
    #: Seconds after which the engine waits no more for an answer to a final dot.
    patience: float = 1.0
    pipelining: bool = True
    #: Seconds that it thinks over each message.
    delay: float = 0.0
    #: How TLS begins: not at all, by STARTTLS, or with the first byte.
    tls: str = ""
    trusted: ssl.SSLContext | None = None
    foreign: ssl.SSLContext | None = None
    servers: dict[int, asyncio.Server] = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)
    connections: count[int] = field(default_factory=lambda: count(1))

    async def listen(self, slot: int) -> None:
        """Take connections of the worker in a slot, again at the port it had."""

        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await Session(self, slot, reader, writer).run()

        port = self.ports.get(slot, 0)
        self.servers[slot] = await asyncio.start_server(
            session, "127.0.0.1", port, reuse_address=True
        )
        self.ports[slot] = self.servers[slot].sockets[0].getsockname()[1]

    async def refuse_all(self, slot: int) -> None:
        """Refuse connections for a while."""
        self.servers[slot].close()
        await asyncio.sleep(_CLOSED)
        await self.listen(slot)


class _EndError(Exception):
    """This session is over."""


class Session:
    """One connection."""

    def __init__(
        self,
        sink: Sink,
        slot: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._sink, self._slot = sink, slot
        self._reader, self._writer = reader, writer
        self._number = next(sink.connections)
        self._now: Transaction | None = None
        self._secure = False

    async def run(self) -> None:
        """Serve until either side has had enough."""
        try:
            if self._sink.tls == "implicit":
                await self._start_tls()
            await self._say(Place.CONNECT, "220 sink.example ESMTP")
            while line := await self._reader.readline():
                self._heard()
                await self._answer(line.decode("ascii", "replace").strip())
        except (_EndError, OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            self._heard()
            self._writer.transport.abort()

    def _heard(self) -> None:
        if self._now and self._now.dot and not self._now.after:
            self._now.after = time.monotonic()

    async def _answer(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                await self._say(Place.EHLO, self._greeting())
            case "STARTTLS":
                await self._send("220 2.0.0 go")
                await self._start_tls()
            case "MAIL":
                self._begin(rest)
                await self._say(Place.MAIL, "250 2.1.0 fine")
            case "RCPT":
                await self._recipient(rest)
            case "DATA":
                await self._data()
            case "RSET":
                self._now = None
                await self._say(Place.RSET, "250 2.0.0 fine")
            case "QUIT":
                await self._say(Place.QUIT, "221 2.0.0 bye")
                raise _EndError
            case _:
                await self._send("502 5.5.1 no")

    def _greeting(self) -> str:
        offers = ["sink.example", "SIZE 10000000", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if self._sink.pipelining:
            offers.append("PIPELINING")
        if self._sink.tls == "starttls" and not self._secure:
            offers.append("STARTTLS")
        return "\r\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"])

    async def _start_tls(self) -> None:
        act = self._sink.plan.at(Place.TLS)
        context = self._sink.foreign if act == Act.FOREIGN else self._sink.trusted
        if act and act != Act.FOREIGN:
            await self._break_off(act, "\x16\x03 no handshake")
        assert context
        await self._writer.start_tls(context)
        self._secure = True

    # A transaction

    def _begin(self, rest: str) -> None:
        found = _PATH.search(rest)
        self._now = Transaction(
            self._slot, self._number, time.monotonic(), found[1] if found else ""
        )
        self._sink.record.transactions.append(self._now)

    async def _recipient(self, rest: str) -> None:
        found = _PATH.search(rest)
        if self._now is None or found is None:
            await self._send("503 5.5.1 MAIL first")
            return
        self._now.recipient = found[1]
        said = await self._say(Place.RCPT, "250 2.1.5 fine")
        if not said.startswith("2"):
            self._now.recipient = ""
        if said.startswith("5"):
            self._sink.record.refused.append((found[1], said))

    async def _data(self) -> None:
        if self._now is None or not self._now.recipient:
            await self._send("503 5.5.1 RCPT first")
            return
        if (await self._say(Place.DATA, "354 go on")).startswith("3"):
            message = await self._message()
            found = _MESSAGE_ID.search(message)
            self._now.message_id = found[1].decode() if found else ""
            self._now.digest = hashlib.sha256(message).hexdigest()
            self._now.dot = time.monotonic()
            self._sink.record.messages[self._now.digest] = message
            await self._dot(self._now)

    async def _message(self) -> bytes:
        act, lines = self._sink.plan.at(Place.BODY), list[bytes]()
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                raise _EndError
            lines.append(line[1:] if line.startswith(b".") else line)
            # Somewhere in it.
            if act == Act.SLOW:
                await asyncio.sleep(_LATE / 10)
            elif act and len(lines) == 1 + self._number % 100:
                await self._break_off(act, "")
        return b"".join(lines)

    async def _dot(self, now: Transaction) -> None:
        await asyncio.sleep(self._sink.delay)
        act = self._sink.plan.at(Place.DOT) or ""
        kind = act.removesuffix(TAKEN).removesuffix(LOST)
        now.taken = act.endswith(TAKEN) or kind in ("", Act.LATE)
        usual = f"250 2.0.0 taken as {self._number}"
        if kind in _REPLIES:
            await self._refuse(now.recipient, _REPLIES[Act(kind)], closes=kind == Act.CLOSING)
            return
        if kind == Act.TOO_LATE:
            await asyncio.sleep(self._sink.patience * 1.15)
        elif kind == Act.LATE:
            await asyncio.sleep(_LATE)
        elif kind == Act.STALL:
            self._sink.strike(self._slot, kind)
            usual = usual if now.taken else "451 4.3.0 not now"
        elif kind:
            await self._break_off(kind, usual)
        after = self._sink.plan.at(Place.TOLD) or ""
        # A reset may overtake what was said before it.
        now.told = kind in ("", Act.LATE) and after != Act.RESET
        await self._send(usual)
        if after:
            await self._break_off(after, "", ends=after != Act.STALL)

    # Answers

    async def _say(self, place: Place, usual: str) -> str:
        """Answer as usual, unless the plan has it otherwise; what was answered."""
        act = self._sink.plan.at(place)
        if act is None:
            return await self._send(usual)
        if act in _REPLIES:
            return await self._refuse("", _REPLIES[Act(act)], closes=act == Act.CLOSING)
        if act == Act.LATE:
            await asyncio.sleep(_LATE)
        else:
            await self._break_off(act, usual, ends=act != Act.STALL)
        return await self._send(usual)

    async def _refuse(self, recipient: str, reply: str, *, closes: bool) -> str:
        if recipient and reply.startswith("5"):
            self._sink.record.refused.append((recipient, reply))
        await self._send(reply)
        if closes:
            raise _EndError
        return reply

    async def _send(self, reply: str) -> str:
        self._writer.write(reply.encode() + b"\r\n")
        await self._writer.drain()
        return reply

    async def _break_off(self, act: str, usual: str, *, ends: bool = True) -> None:
        """Do that to the session or to its worker."""
        if act in (Act.KILL, Act.STALL):
            self._sink.strike(self._slot, act)
        elif act == Act.HALF:
            self._writer.write(usual[: len(usual) // 2].encode())
            await self._writer.drain()
        elif act == Act.GARBAGE:
            self._writer.write(b"\xff\x00 " + usual[::-1].encode() + b"\r\n")
            await self._writer.drain()
        elif act == Act.RESET:
            link: socket.socket | None = self._writer.get_extra_info("socket")
            if link:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif act == Act.REFUSE_ALL:
            task = asyncio.ensure_future(self._sink.refuse_all(self._slot))
            task.add_done_callback(asyncio.Task.result)
        if ends:
            raise _EndError

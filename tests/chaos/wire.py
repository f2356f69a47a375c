"""Stands between a worker and Redis, knows which script is called, and strikes before or after."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING

from syndicate.delivery.model import Outcome
from tests.chaos.faults import AFTER, BEFORE, Act
from tests.chaos.record import Named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chaos.faults import Plan

_READ = 65536


def scripts() -> dict[bytes, str]:
    """SHA-1 in hex, as EVALSHA has it → the script's name."""
    folder = resources.files("syndicate.store") / "lua"
    files = (file for file in folder.iterdir() if file.name.endswith(".lua"))
    return {
        # Redis hashes the text that it was given.
        hashlib.sha1(file.read_bytes(), usedforsecurity=False)
        .hexdigest()
        .encode(): file.name.removesuffix(".lua")
        for file in files
    }


def commands(heard: bytearray) -> list[list[bytes]]:
    """The whole commands at the beginning, each as its words; they are taken out."""
    found = []
    while (end := _command_end(heard)) is not None:
        found.append(_words(bytes(heard[:end])))
        del heard[:end]
    return found


def _command_end(heard: bytearray) -> int | None:
    """Where the first command ends: an array of bulk strings, as every client sends them."""
    at = heard.find(b"\r\n")
    if at < 0:
        return None
    many, at = int(heard[1:at]), at + 2
    for _ in range(many):
        line = heard.find(b"\r\n", at)
        if line < 0:
            return None
        at = line + 2 + int(heard[at + 1 : line]) + 2
    return at if at <= len(heard) else None


def _words(command: bytes) -> list[bytes]:
    words, at = [], command.index(b"\r\n") + 2
    while at < len(command):
        line = command.index(b"\r\n", at)
        length = int(command[at + 1 : line])
        words.append(command[line + 2 : line + 2 + length])
        at = line + 2 + length + 2
    return words


def packed(words: list[bytes]) -> bytes:
    """A command as it goes over the wire."""
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"".join(parts)


def named_by(words: list[bytes]) -> Named | None:
    """What a call of `advance` says of a message that may have arrived; None: nothing."""
    keys = int(words[2])
    _chunk, _token, delivery, state, outcome = words[3 + keys : 8 + keys]
    if state not in (b"uncertain", b"parked"):
        return None
    mailing = int(words[3].rpartition(b":")[2])
    return Named(mailing, int(delivery), Outcome.from_json(outcome.decode()).until)


@dataclass
class Wire:
    """What the ways to Redis share."""

    plan: Plan
    #: Where Redis listens.
    redis: Path
    #: Slot, process, act: strike that worker.
    strike: Callable[[int, int, str], object]
    #: Hears each call by which the ledger is told of a message that may have arrived.
    named: Callable[[Named], object]
    #: Scripts that were called.
    called: set[str] = field(default_factory=set)
    names: dict[bytes, str] = field(default_factory=scripts)
    #: Slot → the process that called one there last.
    workers: dict[int, int] = field(default_factory=dict)

    async def listen(self, slot: int, path: Path) -> asyncio.Server:
        """Be Redis for the worker in a slot."""

        async def way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _Way(self, slot, writer).run(reader)

        return await asyncio.start_unix_server(way, path)


class _Way:
    """One connection of a worker."""

    def __init__(self, wire: Wire, slot: int, client: asyncio.StreamWriter) -> None:
        self._wire, self._slot, self._client = wire, slot, client
        self._process = _peer(client)
        #: What is done when the next reply comes.
        self._trap = ""

    async def run(self, reader: asyncio.StreamReader) -> None:
        try:
            back, redis = await asyncio.open_unix_connection(self._wire.redis)
        except OSError:
            self._client.transport.abort()
            return
        replies = asyncio.ensure_future(self._replies(back))
        try:
            await self._commands(reader, redis)
        except (OSError, EOFError):
            pass
        finally:
            redis.transport.abort()
            self._client.transport.abort()
            replies.cancel()
            with suppress(asyncio.CancelledError):
                await replies

    async def _commands(self, reader: asyncio.StreamReader, redis: asyncio.StreamWriter) -> None:
        heard = bytearray()
        while some := await reader.read(_READ):
            heard += some
            batch = commands(heard)
            for words in batch:
                await self._before(words, alone=len(batch) == 1)
                redis.write(packed(words))
            await redis.drain()

    async def _before(self, words: list[bytes], *, alone: bool) -> None:
        if words[0].upper() != b"EVALSHA":
            return
        name = self._wire.names.get(words[1], "")
        if not name:
            return
        self._wire.called.add(name)
        self._wire.workers[self._slot] = self._process
        if act := self._wire.plan.at(BEFORE + name):
            self._do(act)
        elif alone:
            # What a pipeline's first reply is to, nobody can tell.
            self._trap = self._wire.plan.at(AFTER + name) or ""
        if name == "advance" and (named := named_by(words)):
            # Not only when it answers: whose worker dies meanwhile, nobody reads the answer.
            self._wire.named(named)

    async def _replies(self, back: asyncio.StreamReader) -> None:
        with suppress(OSError, EOFError):
            while some := await back.read(_READ):
                if self._trap:
                    act, self._trap = self._trap, ""
                    self._do(act)
                self._client.write(some)
                await self._client.drain()
        self._client.transport.abort()

    def _do(self, act: str) -> None:
        """Strike; what goes on after it is a stopped worker, or nobody's."""
        self._wire.strike(self._slot, self._process, act)
        if act != Act.STALL:
            self._client.transport.abort()
            raise EOFError


def _peer(client: asyncio.StreamWriter) -> int:
    """Whose connection it is: Linux tells for unix sockets."""
    link: socket.socket = client.get_extra_info("socket")
    found = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    process: int = struct.unpack("3i", found)[0]
    return process

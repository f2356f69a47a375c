"""The process that is the world outside: the sink, and the ways to Redis."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.board import PROCESSES
from tests.chaos.faults import Act, Plan
from tests.chaos.record import Disturbance, Record
from tests.chaos.sink import Sink
from tests.chaos.wire import Wire

if TYPE_CHECKING:
    from collections import Counter
    from multiprocessing.connection import Connection
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tests.chaos.board import Board


@dataclass(frozen=True)
class World:
    """How it is made."""

    folder: Path
    redis: Path
    board: Board
    slots: int
    plan: Plan
    patience: float
    pipelining: bool = True
    #: Seconds that the sink thinks over each message.
    delay: float = 0.0
    #: "", "starttls" or "implicit"; then `trusted` and `foreign` are files of certificates.
    tls: str = ""
    trusted: Path | None = None
    foreign: Path | None = None


@dataclass(frozen=True)
class Report:
    """How it went so far."""

    record: Record
    done: Counter[str]
    called: set[str]


@dataclass
class Outside:
    """The process, from the round that started it."""

    world: World
    ports: dict[int, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._pipe, theirs = PROCESSES.Pipe()
        self._process = PROCESSES.Process(target=_main, args=(self.world, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.ports = self._pipe.recv()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def report(self) -> Report:
        """How it went so far."""
        self._pipe.send("report")
        report: Report = self._pipe.recv()
        return report

    def progress(self) -> tuple[int, int]:
        """Faults that are still to come, and transactions so far."""
        self._pipe.send("progress")
        progress: tuple[int, int] = self._pipe.recv()
        return progress

    def calm(self) -> None:
        """Have nothing more go wrong."""
        self._pipe.send("calm")
        self._pipe.recv()

    def redis(self, slot: int) -> str:
        """The URL by which the worker in a slot finds Redis."""
        return f"unix://{_way(self.world, slot)}"


def _way(world: World, slot: int) -> Path:
    return world.folder / f"r{slot}.sock"


def _main(world: World, pipe: Connection) -> None:
    # Ctrl-C is the round's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_Process(world, pipe).run())


class _Process:
    def __init__(self, world: World, pipe: Connection) -> None:
        self._world, self._pipe = world, pipe
        self._record = Record()
        self._sink = Sink(
            world.plan,
            self._record,
            self._strike_slot,
            world.patience,
            world.pipelining,
            world.delay,
            world.tls,
            _context(world.trusted),
            _context(world.foreign),
        )
        self._wire = Wire(world.plan, world.redis, self._strike, self._record.named.append)

    async def run(self) -> None:
        for slot in range(self._world.slots):
            await self._sink.listen(slot)
            await self._wire.listen(slot, _way(self._world, slot))
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._obey)
        self._pipe.send(self._sink.ports)
        await asyncio.Event().wait()

    def _obey(self) -> None:
        match self._pipe.recv():
            case "calm":
                self._world.plan.budget = 0
                self._pipe.send("done")
            case "progress":
                self._pipe.send((self._world.plan.budget, len(self._record.transactions)))
            case "report":
                plan = self._world.plan
                self._pipe.send(Report(self._record, plan.done, self._wire.called))

    def _strike_slot(self, slot: int, act: str) -> bool:
        return self._strike(slot, self._wire.workers.get(slot, 0), act)

    def _strike(self, slot: int, process: int, act: str) -> bool:
        """Kill or stop a worker, or say that its connection is cut; whether it lived."""
        self._record.disturbances.append(Disturbance(slot, time.monotonic(), act))
        if act == Act.CUT:
            return True
        try:
            os.kill(process, signal.SIGSTOP if act == Act.STALL else signal.SIGKILL)
        except ProcessLookupError:
            return False
        if act == Act.STALL:
            self._world.board.set_stalled(slot, process)
        return True


def _context(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context

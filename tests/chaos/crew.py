"""The workers of a round: started, killed, stopped, woken, and replaced when they die."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syndicate.settings import ENV_PREFIX
from tests.chaos.board import PROCESSES
from tests.chaos.record import WAKES, Disturbance
from tests.chaos.worker import Orders, work

if TYPE_CHECKING:
    import random
    from multiprocessing.context import ForkServerProcess

    from tests.chaos.outside import Outside


class BrokenError(AssertionError):
    """A law didn't hold; says which, and how to have it again."""


@dataclass
class Crew:
    """So many workers of one site, and what was done to them from here."""

    outside: Outside
    draw: random.Random
    faults: Counter[str] = field(default_factory=Counter)
    disturbances: list[Disturbance] = field(default_factory=list)
    _processes: dict[int, ForkServerProcess] = field(default_factory=dict)

    def start(self) -> None:
        """Start one in each slot."""
        for slot in range(self.outside.world.slots):
            self._start(slot)

    def _start(self, slot: int) -> None:
        world = self.outside.world
        orders = Orders(
            world.folder / "site", slot, world.board, environment(self.outside, slot), world.folder
        )
        process = PROCESSES.Process(target=work, args=(orders,), daemon=True)
        process.start()
        self._processes[slot] = process

    def look_after(self) -> None:
        """Start another where one has died.

        Raises:
            BrokenError: one died of itself.
        """
        board = self.outside.world.board
        for slot, process in self._processes.items():
            if process.is_alive():
                continue
            process.join()
            if process.exitcode != -signal.SIGKILL:
                raise BrokenError(f"a worker ended with {process.exitcode}: {self._complaints()}")
            board.set_stalled(slot, 0)
            board.set_idle(slot, 0)
            self._start(slot)

    def _complaints(self) -> str:
        return "\n".join(path.read_text() for path in self.outside.world.folder.glob("[0-9]*"))

    def is_at_rest(self) -> bool:
        """Whether none of them has anything to do at this moment, or can do it."""
        board = self.outside.world.board
        return all(
            board.stalled(slot) or (process.is_alive() and board.is_idle(slot))
            for slot, process in self._processes.items()
        )

    def is_any_stopped(self) -> bool:
        """Whether one may have something under way though all is at rest."""
        return any(map(self.outside.world.board.stalled, self._processes))

    def kill_one(self) -> None:
        """Kill one, at whatever it is."""
        slot = self.draw.choice(list(self._processes))
        self.disturb(slot, "worker killed at any moment")
        self._processes[slot].kill()

    def kill_all(self) -> None:
        """End them all."""
        for process in self._processes.values():
            process.kill()
            process.join()

    def wake(self) -> None:
        """Have stopped ones go on; their leases may have ended meanwhile."""
        board = self.outside.world.board
        for slot in self._processes:
            if process := board.stalled(slot):
                # Its stop was counted; this is how it ends.
                self.disturbances.append(Disturbance(slot, time.monotonic(), WAKES))
                board.set_stalled(slot, 0)
                board.set_idle(slot, 0)
                try:
                    os.kill(process, signal.SIGCONT)
                except ProcessLookupError:
                    continue

    def disturb(self, slot: int, what: str) -> None:
        """Note a fault that isn't of the world outside; -1: it is all workers'."""
        self.faults[what] += 1
        self.disturbances.append(Disturbance(slot, time.monotonic(), what))


def environment(outside: Outside, slot: int) -> dict[str, str]:
    """The settings by which the worker in a slot finds its Redis and its relay."""
    tls, trusted = outside.world.tls, outside.world.trusted
    scheme = "smtps" if tls == "implicit" else "smtp"
    # The name that the certificate is for.
    host = "localhost" if tls else "127.0.0.1"
    url = f"{scheme}://{host}:{outside.ports[slot]}"
    found = {f"{ENV_PREFIX}REDIS__URL": outside.redis(slot)}
    if tls == "starttls":
        relay = {"name": "default", "url": url, "tls": tls}
        found[f"{ENV_PREFIX}RELAYS"] = json.dumps([relay])
    else:
        found[f"{ENV_PREFIX}MAIL__RELAY"] = url
    return found | ({"SSL_CERT_FILE": str(trusted)} if trusted else {})

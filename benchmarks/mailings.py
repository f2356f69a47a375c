"""A site with an edition to send, its Redis, and workers in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks import sites
from syndicate.app import App
from syndicate.settings import load
from syndicate.store import client, embedded
from syndicate.subscribers.model import Digest
from syndicate.subscribers.record import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DIGEST = Digest("daily", "category0")
#: Posts of an edition, whose message has about 60 KB then.
POSTS = 8
_POST = """\
---
title: Post {name}
date: 2026-11-20 08:00:00 +0000
categories: [category0]
---
{text}
"""
_TEXT = "The harbour board has published its plan for the new pier, and the ferry goes on. " * 26
#: Subscribers written in one round trip.
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Spent:
    """What workers took together."""

    #: Seconds from the first message to the last.
    wall: float
    #: Seconds of CPU of all of them.
    cpu: float
    #: MB of memory that the largest had at the most.
    memory: float


@dataclass(slots=True)
class Bench:
    """A site that sends to a sink, with so many subscribers."""

    folder: Path
    app: App
    _posts: int = field(default=0)

    def order(self) -> int:
        """Order a mailing of new posts; its number."""
        for _ in range(POSTS):
            self._posts += 1
            name = f"2026-11-20-post{self._posts}"
            text = _POST.format(name=self._posts, text=_TEXT)
            (self.folder / "_posts" / f"{name}.md").write_text(text)
        self.app.sync()
        edition = self.app.desk.cut(DIGEST.cadence, DIGEST.category)
        if edition is None:
            raise RuntimeError("there is nothing to send")
        return self.app.desk.order(edition.id)

    def size(self) -> int:
        """Bytes of the message of a mailing that nobody gets."""
        edition = self.app.editions.latest(1)[0]
        category = self.app.categories.get(DIGEST.category)
        composed = self.app.desk.compose(edition)
        template = self.app.postmaster.template(0, edition.cut_at, edition, category, composed)
        (reader,) = self.app.subscribers.recipients([1]).values()
        return len(self.app.postmaster.messages(0, template)(1, reader))

    def subscribe(self, readers: int) -> None:
        """Have that many subscribers, as they would be if each had been saved by himself."""
        keys, pipe = self.app.store.keys, self.app.store.text.pipeline(transaction=False)
        pipe.hset(keys.digests, str(DIGEST), "1")
        pipe.hset(keys.digest_names, "1", str(DIGEST))
        for number in range(1, readers + 1):
            address = f"reader{number}@mailbox{number % 50}.example"
            record = encode({"address": address, "at": 1_763_880_000, "active": {"1": 0}})
            pipe.hset(keys.subscribers(number), str(number), record)
            pipe.sadd(keys.subscribed(*DIGEST), str(number))
            if number % _BATCH == 0:
                pipe.execute()
        pipe.set(keys.subscriber_seq, readers)
        pipe.execute()

    def send(self, mailing: int, workers: int = 1, chunks: int = 0) -> Spent:
        """Send what is due of a mailing, or so many chunks, by that many workers at once."""
        command = [sys.executable, "-m", "benchmarks.sending"]
        command += [str(self.folder), str(mailing), str(chunks)]
        started = [_started(command) for _ in range(workers)]
        said = [json.loads(worker.communicate("go\n")[0]) for worker in started]
        return Spent(
            max(each["wall"] for each in said),
            sum(each["cpu"] for each in said),
            max(each["memory"] for each in said),
        )


def _started(command: Sequence[str]) -> subprocess.Popen[str]:
    """A worker that is ready."""
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if worker.stdout is None or not worker.stdout.readline():
        raise RuntimeError("a worker didn't start")
    return worker


@contextmanager
def bench(work: Path, port: int, *, connections: int, signed: bool = False) -> Iterator[Bench]:
    """A site whose relay listens on that port, for as long as the block lasts."""
    folder = sites.make(work / "site", 1, 1)
    with embedded.EmbeddedServer(work / "redis"):
        url = embedded.url_of(work / "redis")
        with (folder / "syndicate.toml").open("a") as file:
            file.write(f'from = "Bench <news@bench.example>"\nrelay = "smtp://127.0.0.1:{port}"\n')
            file.write(f'[redis]\nurl = "{url}"\n[delivery]\nconnections = {connections}\n')
            if signed:
                file.write('[dkim]\nselector = "bench"\nkey_file = "rsa.pem"\n')
                _write_key(folder / "rsa.pem")
        store = client.connect(url, "syndicate")
        try:
            app = App(load(folder), store)
            app.sync()
            yield Bench(folder, app)
        finally:
            store.close()


def _write_key(path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

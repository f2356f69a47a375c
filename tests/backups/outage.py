"""A site whose Redis, relay and machines are a test's own: to be stopped, copied and put back."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis

from syndicate.app import App
from syndicate.errors import LockedError
from syndicate.settings import load
from syndicate.store import client, embedded
from syndicate.store.embedded import EmbeddedServer
from tests.conftest import Clock
from tests.running.machine import Sink, make_site, sink, subscribe, until, write_post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READERS = 30
SETTINGS = """\
relay = "smtp://127.0.0.1:{port}"

[delivery]
heartbeat = 1
connections = 2

[redis]
url = "{url}"
"""


class Server(EmbeddedServer):
    """A redis-server with more options than the embedded one has."""

    def __init__(self, folder: Path, *more: str) -> None:
        super().__init__(folder)
        self.folder, self.url, self._more = folder, embedded.url_of(folder), more

    def _options(self) -> list[str]:
        return [*super()._options(), *self._more]

    def kill(self) -> None:
        """Kill it with -9."""
        self.process.kill()
        self.process.wait()
        self.stop()

    def ask(self) -> redis.Redis:
        """A client of its own, for what no service would do."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    def has_whole_aof(self) -> bool:
        """Whether its first AOF is written; before that it can't be stopped."""
        with self.ask() as asked:
            said = asked.info("persistence")
        return not (said["aof_rewrite_in_progress"] or said["aof_rewrite_scheduled"])


def aof(folder: Path) -> Path:
    """The file that a server's AOF grows in."""
    return max(folder.rglob("*.aof"), key=lambda path: path.stat().st_mtime_ns)


def empty(folder: Path) -> None:
    """Take away what a stopped server has on disk."""
    for path in [*folder.rglob("*.aof*"), *folder.glob("*.rdb")]:
        path.unlink()


def put_back(folder: Path, snapshot: Path) -> None:
    """Have a stopped server's data be those of an RDB file, as Redis's manual says.

    It is loaded elsewhere, where nobody who still waits for the server finds it.
    """
    empty(folder)
    aside = folder.with_name(f"{folder.name}-load")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    shutil.copy(snapshot, aside / "dump.rdb")
    with Server(aside, "--appendonly", "no") as server, server.ask() as asked:
        asked.config_set("appendonly", "yes")
        until(server.has_whole_aof, "the AOF is whole")
    # One file in a folder of versions before 7, a folder of several since.
    for path in [*aside.rglob("*.aof*"), *aside.glob("*.rdb")]:
        if path.is_file():
            target = folder / path.relative_to(aside)
            target.parent.mkdir(exist_ok=True)
            shutil.copy(path, target)


@dataclass
class Outage:
    """A site in the middle of an edition, and what may befall its Redis."""

    site: Path
    relay: Sink
    clock: Clock
    _stack: ExitStack

    def machine(self, name: str = "", url: str = "") -> App:
        """The service as a machine of that name opens it; the first one has the site's own folder.

        `url` is that of the Redis that it finds, if not the site's.
        """
        settings = load(self.site)
        if name:
            state = settings.state.model_copy(update={"folder": self.site.parent / name})
            settings = settings.model_copy(update={"state": state})
        store = client.connect(url or settings.redis.url, settings.redis.prefix)
        self._stack.enter_context(closing(store))
        return self._stack.enter_context(closing(App(settings, store, self.clock)))

    def order(self, app: App) -> int:
        """Have a mailing to all readers be on its way; nothing has gone out."""
        app.sync()
        write_post(self.site, "one")
        app.sync()
        subscribe(app, READERS, "tech")
        edition = app.desk.cut("daily", "tech")
        assert edition
        mailing = app.desk.order(edition.id)
        assert list(app.plan(mailing)) == [0]
        return mailing

    def send(self, app: App, mailing: int, upto: int) -> Counter[str]:
        """Send until so many messages are out; to whom they went."""
        app.deliver(mailing, 0, lambda: len(self.relay.taken) >= upto)
        return self.got()

    def rest(self, app: App) -> Counter[str]:
        """Sweep until nothing is on its way; who has it how often."""
        for _ in range(10):
            for work in app.sweep().deliver:
                try:
                    app.deliver(*work)
                except LockedError:
                    break
            self.clock.advance(minutes=20)
        return self.got()

    def got(self) -> Counter[str]:
        """How often each reader got something."""
        return Counter(one.recipient for one in self.relay.taken)

    def differ(self) -> int:
        """How many messages came in more than one form."""
        return len({(one.recipient, one.body) for one in self.relay.taken}) - len(self.got())


@contextmanager
def outage(folder: Path, url: str, delay: float = 0) -> Iterator[Outage]:
    """A site in a folder; an empty URL has it use the embedded Redis."""
    with sink(delay) as relay, ExitStack() as stack:
        site = make_site(folder / "site", SETTINGS.format(port=relay.port, url=url))
        path = site / "syndicate.toml"
        path.write_text('secret = "one for all machines of this site"\n\n' + path.read_text())
        yield Outage(site, relay, Clock(), stack)

"""Real parts for every test: a private redis-server, sites on disk, a service, an SMTP sink."""

from __future__ import annotations

import itertools
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from syndicate.app import App
from syndicate.cli.main import main
from syndicate.delivery import outbox
from syndicate.settings import ENV_PREFIX, load
from syndicate.store import client, embedded

if TYPE_CHECKING:
    import socketserver
    from collections.abc import Callable, Iterator

    from click.testing import Result

    from syndicate.settings import Settings

#: A Monday, so that daily and weekly cadences both have something to do.
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

_prefixes = (f"test{n}" for n in itertools.count(1))


@dataclass
class Clock:
    """A clock that stands still until it is told."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Has a server of a test serve, from a thread, for as long as the block lasts."""
    # The interval is how long its end may take.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's environment sets is no test's business."""
    for name in list(os.environ):
        if name.startswith(ENV_PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real redis-server of this run's own."""
    folder = tmp_path_factory.mktemp("redis")
    with embedded.EmbeddedServer(folder):
        yield embedded.url_of(folder)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def prefix() -> str:
    """A part of the server that is this test's own: nothing is ever flushed."""
    return next(_prefixes)


@pytest.fixture
def store(redis_url: str, prefix: str) -> Iterator[client.Store]:
    found = client.connect(redis_url, prefix)
    yield found
    found.close()


SETTINGS = """\
[site]
title = "Lanjiang"
url = "https://blog.example"
language = "en"
timezone = "Asia/Shanghai"

[mail]
from = "Lanjiang <news@blog.example>"
postal_address = "1 Example Road, Example Town"

[redis]
url = "{url}"
prefix = "{prefix}"
"""


@pytest.fixture
def site(tmp_path: Path, redis_url: str, prefix: str) -> Path:
    """A site's folder with settings and no posts."""
    folder = tmp_path / "site"
    (folder / "_posts").mkdir(parents=True)
    (folder / "syndicate.toml").write_text(SETTINGS.format(url=redis_url, prefix=prefix))
    return folder


@pytest.fixture
def write_post(site: Path) -> Callable[..., Path]:
    """Writes a post's file: `write_post("one", "tech", body="…", day="2026-11-20")`."""

    def write(
        slug: str,
        *categories: str,
        body: str = "A paragraph.",
        day: str = "2026-11-20",
        title: str = "",
        extra: str = "",
    ) -> Path:
        path = site / "_posts" / f"{day}-{slug}.md"
        names = ", ".join(f'"{name}"' for name in categories)
        path.write_text(
            f'---\ntitle: "{title or slug.title()}"\ndate: {day} 08:00:00 +0800\n'
            f"categories: [{names}]\n{extra}---\n{body}\n"
        )
        return path

    return write


@pytest.fixture
def open_app(site: Path, store: client.Store, clock: Clock) -> Callable[[], App]:
    """Opens the service of the site anew, as another process would, with the settings of now."""
    return lambda: App(load(site), store, clock)


@pytest.fixture
def app(open_app: Callable[[], App]) -> App:
    return open_app()


@pytest.fixture
def sink(site: Path) -> Iterator[Path]:
    """A real SMTP server that keeps what the site's service sends; yields the state folder."""
    state = site / ".syndicate"
    with outbox.listening(state):
        yield state


def on_a_machine_of_its_own(settings: Settings, name: str) -> Settings:
    """The same settings, with another state folder.

    A machine that has sent mail takes an empty Redis for one that was lost, and sends nothing.
    """
    state = settings.state.model_copy(update={"folder": Path(name)})
    return settings.model_copy(update={"state": state})


@pytest.fixture
def syndicate(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command in this process: `syndicate("sync", "--site", folder)`."""
    # A process turns its logs on once; the next test is not another process.
    for module in ("main", "processes"):
        monkeypatch.setattr(f"syndicate.cli.{module}.configure_logging", lambda *_, **__: None)
    # Nor has it one broker for good: Celery's is that of the first site.
    monkeypatch.setattr("syndicate.tasks.offer", lambda *_, **__: None)
    return lambda *argv: CliRunner().invoke(main, [str(word) for word in argv])

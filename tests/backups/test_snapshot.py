"""A snapshot of Redis that was put back in the middle of an edition."""

from __future__ import annotations

import shutil
from collections import Counter
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

from syndicate.backups import unlocking
from syndicate.delivery import outbox
from syndicate.delivery.model import MailingState
from syndicate.errors import LockedError
from syndicate.store import embedded
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock

pytestmark = pytest.mark.slow

READERS, SENT_BEFORE = 40, 10
TECH = Digest("daily", "tech")


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("r")


@pytest.fixture
def server(home: Path) -> Iterator[embedded.EmbeddedServer]:
    """A Redis of this test's own, whose folder can be copied and put back."""
    with embedded.EmbeddedServer(home) as server:
        yield server


@pytest.fixture
def redis_url(server: embedded.EmbeddedServer, home: Path) -> str:
    assert server
    return embedded.url_of(home)


@pytest.fixture
def snapshot(
    app: App,
    clock: Clock,
    sink: Path,
    home: Path,
    server: embedded.EmbeddedServer,
    write_post: Callable[..., Path],
) -> int:
    """All of a mailing went out, and Redis is as it was after the first ten; the mailing."""
    app.sync()
    write_post("one", "tech")
    app.sync()
    for n in range(READERS):
        reader = app.subscribers.add(f"reader{n}@y.example", clock())
        app.subscribers.change(reader, [TECH], Status.ACTIVE, clock(), {"method": "test"})
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk, lambda: len(recipients(sink)) >= SENT_BEFORE)
    server.stop()
    copy = home.with_name(f"{home.name}-copy")
    shutil.copytree(home, copy)
    server.__enter__()
    clock.advance(minutes=2)
    app.tick()
    rest(app, clock)
    assert set(recipients(sink).values()) == {1}
    server.stop()
    shutil.rmtree(home)
    shutil.copytree(copy, home)
    server.__enter__()
    clock.advance(minutes=2)
    return mailing


def recipients(sink: Path) -> Counter[str]:
    return Counter(str(message_from_bytes(raw)["To"]) for raw in outbox.messages(sink))


def rest(app: App, clock: Clock) -> None:
    """Sweeps, until nothing is on its way."""
    for _ in range(10):
        for work in app.sweep().deliver:
            app.deliver(*work)
        clock.advance(minutes=20)


def test_nobody_gets_a_message_twice_before_an_operator_says_so(
    app: App, clock: Clock, sink: Path, snapshot: int
) -> None:
    before = recipients(sink)
    assert before.total() == READERS
    with pytest.raises(LockedError, match=r"older state.*syndicate unlock"):
        app.tick()
    rest(app, clock)
    with pytest.raises(LockedError):
        app.deliver(snapshot, 0)
    assert recipients(sink) == before


def test_what_was_open_goes_out_again_with_the_same_bytes_where_he_says_retry(
    app: App, clock: Clock, sink: Path, snapshot: int
) -> None:
    with pytest.raises(LockedError):
        app.tick()
    found = unlocking.outlook(app)
    assert [mailing.id for mailing in found.mailings] == [snapshot]
    unlocking.unlock(app, unlocking.Since.RETRY, "ops", "the disk failed")
    for work in app.sweep().deliver:
        app.deliver(*work)
    # First each is named: nobody knows whether he has it.
    assert recipients(sink).total() == READERS
    rest(app, clock)
    assert app.ledger.get(snapshot).state is MailingState.SENT
    twice = {to for to, times in recipients(sink).items() if times > 1}
    known = {to for to, times in recipients(sink).items() if times == 1}
    assert len(known) >= SENT_BEFORE
    assert twice
    assert len(set(outbox.messages(sink))) == READERS


def test_nothing_goes_out_again_where_he_says_pause(
    app: App, clock: Clock, sink: Path, snapshot: int
) -> None:
    with pytest.raises(LockedError):
        app.tick()
    unlocking.unlock(app, unlocking.Since.PAUSE, "ops", "the disk failed")
    rest(app, clock)
    assert recipients(sink).total() == READERS
    assert app.ledger.get(snapshot).state is MailingState.PAUSED

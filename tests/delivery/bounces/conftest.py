"""A site that mails with addresses of ours as envelope senders, to a relay that keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces.verp import Claim, Purpose, sender_for
from syndicate.subscribers.model import Status
from tests.delivery.bounces.shapes import failed, feedback, headers, report, status
from tests.delivery.test_send import TECH, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.subscribers.model import Subscriber
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

READER = "wanda@y.example"
BASE, LEAVE = "bounces@blog.example", "unsubscribe@blog.example"
NOBODY_THERE = "550 5.1.1 <wanda@y.example>: no such user"


@pytest.fixture
def site(site: Path) -> Path:
    with (site / "syndicate.toml").open("a") as file:
        file.write(f'\n[bounces]\naddress = "{BASE}"\nunsubscribe = "{LEAVE}"\n')
    return site


@pytest.fixture
def senders(relay: FaultyRelay) -> list[str]:
    """The envelope senders of all that the relay is given."""
    found: list[str] = []

    def note(verb: str, argument: str) -> None:
        if verb == "MAIL":
            found.append(argument.removeprefix("FROM:<").partition(">")[0])

    relay.answer = note
    return found


@dataclass
class Mailed:
    """An edition that went out to one reader, and what can come back of it."""

    app: App
    mailing: int
    subscriber: int
    #: As the relay got it.
    message: bytes

    @property
    def reader(self) -> Subscriber:
        (found,) = self.app.subscribers.get([self.subscriber])
        return found

    @property
    def sender(self) -> str:
        return self.address(Purpose.BOUNCE, BASE)

    def address(self, purpose: Purpose, base: str) -> str:
        key = self.app.postmaster.key_of(self.mailing)
        return sender_for(base, key, Claim(purpose, self.mailing, self.subscriber))

    @property
    def header(self) -> str:
        return self.message.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")

    def without(self, *names: str) -> str:
        """Its header without some fields."""
        lines = self.header.split("\n")
        return "\n".join(line for line in lines if not line.startswith(names))

    def bounce(self, said: str = NOBODY_THERE, code: str = "5.1.1", more: str = "") -> bytes:
        return report(status(failed(code, said, READER)), headers(self.header), more=more)

    def complaint(self) -> bytes:
        return feedback("abuse", original=headers(self.header))


@pytest.fixture
def mail_edition(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> Callable[[], Mailed]:
    """Has a new post mailed to the reader, who is made at first."""
    app.sync()
    reader = app.subscribers.add(READER, clock())
    app.subscribers.change(reader, [TECH], Status.ACTIVE, clock(), {"method": "test"})
    numbers = iter(range(1000))

    def go() -> Mailed:
        write_post(f"post-{next(numbers)}", "tech")
        app.sync()
        edition = app.desk.cut("daily", "tech")
        assert edition
        mailing = app.desk.order(edition.id)
        run(app, mailing)
        return Mailed(app, mailing, reader, relay.taken[-1][1] if relay.taken else b"")

    return go


@pytest.fixture
def mailed(mail_edition: Callable[[], Mailed]) -> Mailed:
    return mail_edition()

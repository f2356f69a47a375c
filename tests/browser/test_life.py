"""The whole way of a reader, in a real browser, against a service of which every part is real."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syndicate.app import opened
from syndicate.settings import load
from syndicate.subscribers.model import Status
from tests.browser.visitor import DESK, PHONE, Seat, Visitor, visiting
from tests.delivery.test_crash import wait_until
from tests.web.readers import MONEY, TECH, WEEKLY, mails, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from click.testing import Result
    from playwright.sync_api import Browser

    from syndicate.app import App
    from syndicate.subscribers.model import Subscriber

pytestmark = pytest.mark.slow

SEATS = [
    Seat(width, scripts, language)
    for language in ("en", "zh-CN", "ar")
    for width in (PHONE, DESK)
    for scripts in (True, False)
]
#: To what each changes his language.
OTHER = {"en": "zh-Hans", "zh-Hans": "ar", "ar": "en"}
_numbers = itertools.count(1)


@dataclass
class Mailbox:
    """One that is looked into."""

    app: App
    address: str
    read: int = 0

    def next(self) -> EmailMessage:
        """The next mail, once it is there."""
        wait_until(lambda: len(self._found) > self.read, f"mail to {self.address}")
        self.read += 1
        return self._found[-self.read]

    @property
    def _found(self) -> list[EmailMessage]:
        return [mail for mail in mails(self.app) if self.address in mail["To"]]

    @property
    def reader(self) -> Subscriber:
        """What the service knows of its owner."""
        return self.app.subscribers.find(self.address)


def link(mail: EmailMessage, to: str) -> str:
    """The one link of a mail that leads to `/TO/…`."""
    (found,) = set(re.findall(rf"http\S+/{to}/\S+", text_of(mail)))
    return str(found)


@pytest.fixture
def app(service: Path) -> Iterator[App]:
    with opened(load(service)) as found:
        yield found


@pytest.fixture
def publish(service: Path, app: App) -> Callable[[], None]:
    """Writes a post, and waits until the service has it."""

    def write() -> None:
        name, before = f"2026-11-20-post-{next(_numbers)}.md", app.posts.count()
        head = "---\ntitle: News\ndate: 2026-11-20 08:00:00 +0800\ncategories: [tech, money]\n---\n"
        (service / "_posts" / name).write_text(f"{head}A paragraph.\n")
        wait_until(lambda: app.posts.count() > before, name)

    return write


@pytest.mark.parametrize("seat", SEATS, ids=str)
def test_a_reader_comes_changes_his_mind_and_goes(
    seat: Seat,
    chrome: Browser,
    service: Path,
    app: App,
    publish: Callable[[], None],
    syndicate: Callable[..., Result],
) -> None:
    publish()
    mailbox = Mailbox(app, f"wanda{next(_numbers)}@mail.example")
    with visiting(chrome, app.settings.web.url, seat=seat) as visitor:
        subscribe(visitor, mailbox)
        confirm(visitor, mailbox)
        publish()
        sent = syndicate("digest", "send", "tech", "--site", service)
        assert sent.exit_code == 0, sent.output
        digest = mailbox.next()
        assert "List-Unsubscribe-Post" in digest
        change(visitor, mailbox, link(digest, "preferences"))
        leave(visitor, mailbox, link(digest, "u"))


def subscribe(visitor: Visitor, mailbox: Mailbox) -> None:
    visitor.see("/subscribe")
    visitor.field("category", "tech").check()
    visitor.field("category", "money").check()
    visitor.field("address").fill(mailbox.address)
    visitor.field("name").fill("Wanda")
    visitor.press("button=subscribe")
    # Loading the answer again posts nothing again.
    visitor.reload()
    assert visitor.posted == 1


def confirm(visitor: Visitor, mailbox: Mailbox) -> None:
    visitor.see(link(mailbox.next(), "confirm"))
    assert mailbox.reader.having(Status.PENDING) == (MONEY, TECH)
    visitor.press("confirm=yes")
    reader = mailbox.reader
    assert reader.having(Status.ACTIVE) == (MONEY, TECH)
    assert (reader.name, reader.language or "en") == ("Wanda", visitor.speaks)
    assert link(mailbox.next(), "preferences")


def change(visitor: Visitor, mailbox: Mailbox, preferences: str) -> None:
    visitor.see(preferences)
    visitor.field("digest", str(MONEY)).uncheck()
    visitor.field("digest", str(WEEKLY)).check()
    visitor.field("all-daily", "yes").check()
    save(visitor, "digests")
    assert set(mailbox.reader.having(Status.ACTIVE)) == {TECH, WEEKLY}
    assert "daily" in mailbox.reader.together
    visitor.field("name").fill("万达")
    visitor.field("language").select_option(OTHER[visitor.speaks])
    visitor.speaks = OTHER[visitor.speaks]
    save(visitor, "about")
    assert (mailbox.reader.name, mailbox.reader.language) == ("万达", visitor.speaks)
    first = visitor.field("until").get_attribute("min") or ""
    visitor.field("until").fill(str(date.fromisoformat(first) + timedelta(days=7)))
    save(visitor, "pause")
    assert mailbox.reader.paused_until
    save(visitor, "resume")
    assert mailbox.reader.paused_until is None
    assert visitor.field("digest", str(WEEKLY)).is_checked()
    assert not visitor.field("digest", str(MONEY)).is_checked()
    assert visitor.field("name").input_value() == "万达"


def save(visitor: Visitor, what: str) -> None:
    """Press a button of the preferences, and load again what comes of it."""
    before = visitor.posted
    visitor.press(f"do={what}")
    assert visitor.page.locator("[role=status]").is_visible()
    visitor.reload()
    assert visitor.posted == before + 1


def leave(visitor: Visitor, mailbox: Mailbox, unsubscribe: str) -> None:
    visitor.see(unsubscribe)
    visitor.press("leave=yes")
    assert mailbox.reader.having(Status.ACTIVE) == (WEEKLY,)
    visitor.press("undo")
    assert set(mailbox.reader.having(Status.ACTIVE)) == {TECH, WEEKLY}
    visitor.see(unsubscribe)
    visitor.press("leave=all")
    assert mailbox.reader.status is Status.LEFT
    assert link(mailbox.next(), "preferences")

"""Every page of the site, and how somebody comes to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.posts.categories import Category
from syndicate.reports.preview import TEST_MAILING
from syndicate.subscribers import signups
from syndicate.subscribers.model import Reason, Suppression
from syndicate.subscribers.signups import SignUp
from syndicate.subscribers.tokens import Claim, Purpose, sign
from tests.browser.test_links import link_to
from tests.browser.test_many import MANY
from tests.servers import Page, running
from tests.web.readers import MONEY, TECH, path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from syndicate.app import App
    from tests.browser.visitor import Visitor
    from tests.conftest import Clock


@dataclass
class Stage:
    """What it takes to come to a page."""

    app: App
    clock: Clock
    visitor: Visitor
    monkeypatch: pytest.MonkeyPatch
    #: A subscriber of three digests.
    reader: int
    #: What his links are good for, by their purpose.
    number: int

    @property
    def preferences(self) -> str:
        return path_of(self.app, self.reader)

    def token(self, purpose: Purpose, number: int | None = None) -> str:
        number = int(self.clock().timestamp()) if number is None else number
        return sign(self.app.key, Claim(purpose, self.reader, number))

    def see(self, path: str, *expected: int) -> None:
        self.visitor.expects.update(expected)
        self.visitor.see(path)

    def press(self, button: str, *expected: int, **typed: str) -> None:
        self.visitor.expects.update(expected)
        for name, value in typed.items():
            self.visitor.field(name).fill(value)
        self.visitor.press(button)


# How to come to a page


def asked(stage: Stage) -> None:
    """Somebody has asked for a digest and got his letter."""
    name = "Wanda Weber"
    one = SignUp(address="new@mail.example", digests=(TECH,), at=stage.clock(), name=name)
    more = SignUp(address="new@mail.example", digests=(MONEY,), at=stage.clock())
    for each in (one, more):
        stage.app.signup.ask(each)
        stage.clock.advance(seconds=60)
        stage.app.signup.admit()
    stage.app.send_letters()


def subscribe_many(stage: Stage) -> None:
    stage.app.categories.add(
        Category(name=name, slug=f"c{place}", title="", feed_id=f"tag:{place}", since=stage.clock())
        for place, name in enumerate(MANY)
    )
    stage.see("/subscribe?category=c7")


def subscribe_wrongly(stage: Stage) -> None:
    stage.see("/subscribe")
    stage.press("button=subscribe", 422, address="wanda@localhost")


def subscribe_late(stage: Stage) -> None:
    for _ in range(stage.app.settings.signup.per_network):
        one = SignUp(
            address="new@mail.example", digests=(), at=stage.clock(), how={"ip": "127.0.0.1"}
        )
        stage.app.signup.ask(one)
    stage.see("/subscribe?category=tech")
    stage.press("button=subscribe", 429, address="new@mail.example")


def subscribe_among_many(stage: Stage) -> None:
    stage.monkeypatch.setattr(signups, "MOST_WAITING", 0)
    stage.see("/subscribe?category=tech")
    stage.press("button=subscribe", 503, address="new@mail.example")


def confirm(stage: Stage) -> None:
    asked(stage)
    stage.see(link_to(stage.app, "new@", "confirm"))


def confirmed(stage: Stage) -> None:
    confirm(stage)
    stage.press("confirm=yes")


def confirmed_again(stage: Stage) -> None:
    confirmed(stage)
    stage.see(stage.visitor.page.url)


def confirmed_late(stage: Stage) -> None:
    asked(stage)
    stage.clock.advance(hours=49)
    stage.see(link_to(stage.app, "new@", "confirm"), 410)


def confirmed_for_nobody(stage: Stage) -> None:
    claim = Claim.at(Purpose.CONFIRM, 999, stage.clock())
    stage.see(f"/confirm/{sign(stage.app.key, claim)}", 404)


def preferences_saved(stage: Stage) -> None:
    stage.see(stage.preferences)
    stage.visitor.field("all-daily", "yes").check()
    stage.press("do=digests")


def preferences_wrong(stage: Stage) -> None:
    stage.see(stage.preferences)
    stage.press("do=about", 422, zone="Nowhere/Land")


def preferences_paused(stage: Stage) -> None:
    stage.see(stage.preferences)
    stage.press("do=pause", until="2026-12-24")


def preferences_suppressed(stage: Stage) -> None:
    why = Suppression(Reason.HARD_BOUNCE, "test", stage.clock())
    stage.app.suppressions.add("wanda@mail.example", why, stage.clock(), {})
    stage.see(stage.preferences)


def preferences_expired(stage: Stage) -> None:
    path = stage.preferences
    stage.clock.advance(days=400)
    stage.see(path, 410)


def preferences_of_many(stage: Stage) -> None:
    subscribe_many(stage)
    stage.see(stage.preferences)
    stage.press("do=search", q="an ba")


def erased(stage: Stage) -> None:
    stage.see(f"{stage.preferences}/erase")
    stage.press("do=erase")


def link_wrong(stage: Stage) -> None:
    stage.see("/preferences")
    stage.press("address", 422, address="wanda@localhost")


def link_sent(stage: Stage) -> None:
    stage.see("/preferences")
    stage.press("address", address="wanda@mail.example")


def move(stage: Stage) -> None:
    stage.app.preferences.ask_to_move(stage.reader, "moved@other.example")
    stage.see(f"/move/{stage.token(Purpose.MOVE)}")


def moved(stage: Stage) -> None:
    move(stage)
    stage.press("do=move")


def moved_again(stage: Stage) -> None:
    moved(stage)
    stage.see(f"/move/{stage.token(Purpose.MOVE)}", 410)


def moved_to_a_reader(stage: Stage) -> None:
    stage.app.subscribers.add("moved@other.example", stage.clock())
    move(stage)
    stage.press("do=move", 409)


def unsubscribe(stage: Stage) -> None:
    stage.see(f"/u/{stage.token(Purpose.UNSUBSCRIBE, stage.number)}")


def unsubscribed(stage: Stage) -> None:
    unsubscribe(stage)
    stage.press("leave=yes")


def unsubscribed_from_all(stage: Stage) -> None:
    unsubscribe(stage)
    stage.press("leave=all")


def undone(stage: Stage) -> None:
    unsubscribed(stage)
    stage.press("undo")


def undone_late(stage: Stage) -> None:
    unsubscribed(stage)
    stage.clock.advance(hours=2)
    stage.press("undo")


def from_elsewhere(stage: Stage) -> None:
    with running() as other:
        url = other.url.replace("127.0.0.1", "localhost")
        stage.visitor.homes += (url,)
        form = f'<form method="post" action="{stage.visitor.homes[0]}{stage.preferences}">'
        field = '<input name="x"><button name="do" value="pause">Win</button>'
        html = f'<!doctype html><html lang="en" dir="ltr"><main>{form}{field}</form></main>'
        other.pages["/"] = Page(html.encode(), headers={"Content-Type": "text/html"})
        stage.see(f"{url}/")
        stage.press("x", 403)


def link_of_a_test(stage: Stage) -> None:
    claim = Claim(Purpose.UNSUBSCRIBE, 0, TEST_MAILING)
    stage.see(f"/u/{sign(stage.app.key, claim)}")


def seen(path: str, *expected: int) -> Callable[[Stage], None]:
    """A page that is there by itself."""
    return lambda stage: stage.see(path.format(stage=stage), *expected)


PAGES: dict[str, Callable[[Stage], None]] = {
    "feeds": seen("/"),
    "feed": seen("/categories/tech/"),
    "archive": seen("/digests/daily"),
    "archive of one": seen("/digests/daily/tech"),
    "edition": seen("/editions/1"),
    "help": seen("/help"),
    "outbox": seen("/outbox"),
    "not found": seen("/editions/999", 404),
    "broken link": seen("/u/x", 404),
    "subscribe": seen("/subscribe"),
    "subscribe sent": seen("/subscribe/sent"),
    "preferences": seen("{stage.preferences}"),
    "erase": seen("{stage.preferences}/erase"),
    "link": seen("/preferences"),
    **{
        act.__name__.replace("_", " "): act
        for act in (
            subscribe_many,
            subscribe_wrongly,
            subscribe_late,
            subscribe_among_many,
            confirm,
            confirmed,
            confirmed_again,
            confirmed_late,
            confirmed_for_nobody,
            preferences_saved,
            preferences_wrong,
            preferences_paused,
            preferences_suppressed,
            preferences_expired,
            preferences_of_many,
            erased,
            link_wrong,
            link_sent,
            move,
            moved,
            moved_again,
            moved_to_a_reader,
            unsubscribe,
            unsubscribed,
            unsubscribed_from_all,
            undone,
            undone_late,
            from_elsewhere,
            link_of_a_test,
        )
    },
}

"""docs/embedding.md in a real browser: its form, on a page of another site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.subscribers.model import Digest, Status
from tests.browser.visitor import PHONE, Seat, visiting
from tests.servers import Page, Server, running
from tests.web.test_embedding import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from syndicate.app import App

pytestmark = pytest.mark.slow

THEIRS = "https://news.example.com"
WANDA = "wanda@mail.example"


@pytest.fixture
def other() -> Iterator[Server]:
    """The user's own site: to a browser `localhost` is no part of 127.0.0.1."""
    with running() as server:
        server.url = server.url.replace("127.0.0.1", "localhost")
        yield server


@pytest.fixture
def site(site: Path, other: Server, write_post: Callable[..., Path]) -> Path:
    write_post("one", "techweb")
    with (site / "syndicate.toml").open("a") as file:
        file.write(f'origins = ["{other.url}"]\n')
    return site


@pytest.fixture
def page(app: App, home: str, other: Server) -> str:
    """The URL of a page with the form, and with the script if it is asked for."""
    app.sync()
    form = shown("html").replace(THEIRS, home)
    start = '<!doctype html><html lang="en" dir="ltr"><title>Ours</title><main>'
    for path, more in (("/form", ""), ("/script", f"<script>{shown('js')}</script>")):
        html = f"{start}{form}</main>{more}".encode()
        other.pages[path] = Page(html, headers={"Content-Type": "text/html; charset=utf-8"})
    return other.url


def pending(app: App) -> tuple[Digest, ...]:
    return app.subscribers.find(WANDA).having(Status.PENDING)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_form_leads_to_our_page(
    page: str, home: str, app: App, chrome: Browser, scripts: bool
) -> None:
    with visiting(chrome, page, home, seat=Seat(PHONE, scripts)) as visitor:
        visitor.see("/form")
        visitor.field("address").fill(WANDA)
        visitor.press("address")
        assert visitor.page.url.startswith(f"{home}/subscribe/sent")
    assert pending(app) == (Digest("daily", "techweb"),)


def test_what_is_wrong_is_said_on_our_form_with_what_was_typed(
    page: str, home: str, app: App, chrome: Browser
) -> None:
    with visiting(chrome, page, home, seat=Seat(PHONE)) as visitor:
        visitor.expects.add(422)
        visitor.see("/form")
        # A browser lets it pass, and mail can't be sent to it.
        visitor.field("address").fill("wanda@localhost")
        visitor.press("address")
        assert visitor.field("address").input_value() == "wanda@localhost"
        assert visitor.field("category", "techweb").is_checked()
        visitor.field("address").fill(WANDA)
        visitor.press("button=subscribe")
    assert pending(app) == (Digest("daily", "techweb"),)


def test_the_script_stays_on_its_page(page: str, home: str, app: App, chrome: Browser) -> None:
    with visiting(chrome, page, home, seat=Seat(PHONE)) as visitor:
        visitor.expects.add(202)
        visitor.see("/script")
        visitor.field("address").fill(WANDA)
        visitor.page.get_by_role("button").click()
        visitor.page.get_by_text("Look into your mailbox").wait_for()
        assert visitor.posted == 0
    assert pending(app) == (Digest("daily", "techweb"),)

"""Whoever follows the links of a mail, and be it with a browser that runs scripts, changes nothing.

Scanners of mail do (STANDARDS 104): only a person's button may change what is kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import lxml.html
import pytest

from syndicate.digests.letters import Kind
from syndicate.people.leaving import PAGE, Scope
from syndicate.subscribers.model import Status
from syndicate.subscribers.signups import SignUp
from tests.browser.visitor import visiting
from tests.delivery.test_together import work
from tests.web.readers import MONEY, TECH, mails, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from playwright.sync_api import Browser

    from syndicate.app import App
    from syndicate.store.client import Store
    from tests.conftest import Clock

pytestmark = pytest.mark.slow

#: Where links of ours lead.
PLACES = {"confirm", "digests", "editions", "help", "move", "preferences", "u"}


@pytest.fixture
def mailed(app: App, home: str, clock: Clock, write_post: Callable[..., Path]) -> str:
    """A site that has sent one mail of each kind; what its URLs begin with."""
    app.sync()
    app.desk.tick()
    write_post("one", "tech", "money")
    app.sync()
    app.publish()
    for name in ("asks", "joins"):
        app.signup.ask(SignUp(address=f"{name}@mail.example", digests=(TECH,), at=clock()))
    app.signup.admit()
    app.send_letters()
    confirm_link = link_to(app, "joins", "confirm")
    app.signup.confirm(app.signup.claim(confirm_link.rpartition("/")[2]), (), None, {})
    leaver, mover = (reader(app, name) for name in ("leaves", "moves"))
    app.leaving.leave(leaver, Scope(), {"method": PAGE})
    app.preferences.ask_to_move(mover, "moved@other.example")
    app.post_letter(Kind.LINK, mover)
    app.subscribers.choose_together(reader(app, "all"), "daily", ("tech",), clock(), {})
    clock.advance(hours=23)
    work(app)
    for mailing in app.desk.tick():
        for chunk in app.plan(mailing):
            app.deliver(mailing, chunk)
    app.send_letters()
    return home


def reader(app: App, name: str) -> int:
    number = app.subscribers.add(f"{name}@mail.example", app.clock())
    app.subscribers.change(number, [TECH, MONEY], Status.ACTIVE, app.clock(), {})
    return number


def link_to(app: App, name: str, place: str) -> str:
    (mail,) = (each for each in mails(app) if name in each["To"])
    return next(url for url in urls(mail) if f"/{place}/" in url)


def urls(mail: EmailMessage) -> set[str]:
    """Every address that a mail names: in its headers, its text and its HTML."""
    body = mail.get_body(("html",))
    assert body
    said = [text_of(mail), *map(str, mail.values())]
    found = {url for text in said for url in re.findall(r"https?://[^\s<>\"]+", text)}
    return found | linked("", body.get_content())


def linked(base: str, html: str | bytes) -> set[str]:
    """Every address that a page names."""
    found = {urljoin(base, str(url)) for _, _, url, _ in lxml.html.iterlinks(html)}
    return {url for url in found if url.startswith("http")}


def kept(store: Store) -> dict[bytes, tuple[object, bool]]:
    """All that the site's Redis holds: each key's value, and whether it expires."""
    found: dict[bytes, tuple[object, bool]] = {}
    for key in store.raw.scan_iter(f"{store.keys.prefix}:*", 1000):
        found[key] = (store.raw.dump(key), store.raw.ttl(key) == -1)
    return found


def fetched(url: str, method: str, body: bytes | None = None) -> tuple[str, bytes]:
    """The type and the body of what a program without scripts gets."""
    request = Request(url, body, method=method)  # noqa: S310 - our own server
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return answer.headers.get_content_type(), answer.read()
    except HTTPError as error:
        with error:
            return error.headers.get_content_type(), error.read()


def test_following_every_link_of_every_mail_changes_nothing(
    mailed: str, app: App, store: Store, chrome: Browser
) -> None:
    sent = mails(app)
    assert len({mail["Subject"] for mail in sent}) == 8
    ours = {url for mail in sent for url in urls(mail) if url.startswith(mailed)}
    assert {url.removeprefix(mailed).split("/")[1] for url in ours} == PLACES
    before = kept(store)
    pages = set()
    for url in sorted(ours):
        fetched(url, "HEAD")
        kind, html = fetched(url, "GET")
        pages.add(url)
        if kind == "text/html":
            # And what a scanner that goes on finds behind it.
            pages |= {link for link in linked(url, html) if link.startswith(mailed)}
    assert kept(store) == before
    with visiting(chrome, mailed) as visitor:
        for url in sorted(pages):
            kind, _ = fetched(url, "GET")
            if kind == "text/html":
                visitor.page.goto(url)
                visitor.page.wait_for_load_state("networkidle")
        assert visitor.posted == 0
    assert kept(store) == before


def test_a_scanner_that_posts_what_nobody_filled_in_changes_nothing(
    mailed: str, app: App, store: Store
) -> None:
    before = kept(store)
    for url in {url for mail in mails(app) for url in urls(mail) if url.startswith(mailed)}:
        fetched(url, "POST", b"")
    assert kept(store) == before

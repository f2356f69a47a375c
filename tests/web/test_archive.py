"""A digest's past editions, and those of a whole cadence."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery import outbox
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.digests.model import Edition
    from tests.conftest import Clock
    from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("sink")

EDITIONS = "//ul[@class='posts']//a"


@pytest.fixture
def cut(app: App, write_post: Callable[..., Path], clock: Clock) -> Callable[..., Edition]:
    """Cuts the next edition of a category, with a post of that name."""

    def one(slug: str, category: str = "tech") -> Edition:
        write_post(slug, category)
        app.sync(announce=True)
        clock.advance(minutes=1)
        found = app.desk.cut("daily", category)
        assert found
        return found

    return one


def mail(app: App, edition: Edition) -> None:
    mailing = app.desk.order(edition.id)
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)


def path(edition: Edition) -> str:
    return f"http://127.0.0.1:8000/editions/{edition.id}"


def test_what_went_out_is_listed_newest_first_with_its_news(
    app: App, cut: Callable[..., Edition], browser: Browser
) -> None:
    editions = [cut(slug) for slug in ("one", "two")]
    for edition in editions:
        mail(app, edition)
    page = browser.get("/digests/daily/tech")
    assert page.status == 200
    assert page.links(EDITIONS) == [path(editions[1]), path(editions[0])]
    said = [" ".join(map(str, row.itertext())) for row in page.find("//ul[@class='posts']/li")]
    assert said == [
        f"No. {number} · Monday, November 23, 2026 {title}"
        for number, title in ((2, "Two"), (1, "One"))
    ]
    assert browser.get(page.links(EDITIONS)[0].removeprefix("http://127.0.0.1:8000")).status == 200


def test_what_did_not_go_out_is_not_listed(
    app: App, cut: Callable[..., Edition], browser: Browser, site: Path, open_app: Callable[[], App]
) -> None:
    waits, held, stopped, midway = (cut(slug) for slug in ("waits", "held", "stopped", "midway"))
    app.desk.hold(held.id, "ann", "")
    app.desk.order(stopped.id)
    app.desk.cancel(stopped.id, "ann", "")
    list(app.plan(app.desk.order(midway.id)))
    reader = app.subscribers.add("ann@y.example", app.clock())
    app.subscribers.change(
        reader, [Digest("daily", "tech")], Status.ACTIVE, app.clock(), {"method": "test"}
    )
    begun = cut("begun")
    list(app.plan(app.desk.order(begun.id)))
    app.desk.cancel(begun.id, "ann", "")
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[digests]]\ncategory = "tech"\napproval = true\n')
    draft = open_app().desk
    assert draft.cut("daily", "tech") is None
    assert waits.id
    for address in ("/digests/daily/tech", "/digests/daily"):
        assert browser.get(address).links(EDITIONS) == [path(midway)]


def test_a_draft_is_not_listed_before_it_goes_out(
    site: Path,
    open_app: Callable[[], App],
    open_browser: Callable[[App], Browser],
    write_post: Callable[..., Path],
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[digests]]\ncategory = "tech"\napproval = true\n')
    app = open_app()
    write_post("one", "tech")
    app.sync(announce=True)
    draft = app.desk.cut("daily", "tech")
    assert draft
    browser = open_browser(app)
    assert "No edition has gone out yet." in browser.get("/digests/daily/tech").text
    mailing = app.desk.approve(draft.id, "ann")
    list(app.plan(mailing))
    assert browser.get("/digests/daily/tech").links(EDITIONS) == [path(draft)]


def test_pages_lead_to_every_edition_once_at_the_same_cost(
    app: App, cut: Callable[..., Edition], browser: Browser
) -> None:
    first = cut("one")
    mail(app, first)
    for number in range(first.id + 1, first.id + 45):
        app.store.text.copy(app.store.keys.edition(first.id), app.store.keys.edition(number))
        app.editions.show(number, Digest("daily", "tech"))

    def commands() -> int:
        return int(app.store.text.info("stats")["total_commands_processed"])

    found, costs, address = [], [], "/digests/daily/tech"
    while address:
        before = commands()
        page = browser.get(address)
        costs.append(commands() - before)
        found += page.links(EDITIONS)
        older = page.links("//a[@rel='next']")
        address = older[0].removeprefix("http://127.0.0.1:8000") if older else ""
    assert found == [
        f"http://127.0.0.1:8000/editions/{n}" for n in range(first.id + 44, first.id - 1, -1)
    ]
    assert costs[0] == costs[1] > costs[2]


def test_its_head_names_the_feeds_of_the_category_and_its_own_address(
    cut: Callable[..., Edition], browser: Browser
) -> None:
    cut("one", "Career In Tech")
    page = browser.get("/digests/daily/career-in-tech")
    base = "http://127.0.0.1:8000/categories/career-in-tech/"
    assert page.links("//head/link[@rel='alternate']") == [
        base + name for name in ("rss.xml", "atom.xml", "feed.json")
    ]
    assert page.links("//head/link[@rel='canonical']") == [
        "http://127.0.0.1:8000/digests/daily/career-in-tech"
    ]
    assert browser.get("/digests/daily").links("//head/link[@rel='alternate']") == []


def test_what_is_no_digest_is_not_found(cut: Callable[..., Edition], browser: Browser) -> None:
    cut("one")
    for address in ("/digests/daily/nope", "/digests/hourly/tech", "/digests/hourly"):
        assert browser.get(address).status == 404
    for before in ("x", "-1", "9" * 30, "²"):
        assert browser.get(f"/digests/daily/tech?before={before}").status == 200


def test_it_may_be_kept_and_is_asked_for_anew_by_its_tag(
    app: App, cut: Callable[..., Edition], browser: Browser
) -> None:
    mail(app, cut("one"))
    first = browser.get("/digests/daily/tech")
    assert browser.get("/digests/daily/tech", if_none_match=first["etag"]).status == 304
    mail(app, cut("two"))
    assert browser.get("/digests/daily/tech", if_none_match=first["etag"]).status == 200


def test_a_category_takes_its_past_editions_along_to_a_new_name(
    app: App,
    cut: Callable[..., Edition],
    site: Path,
    open_app: Callable[[], App],
    open_browser: Callable[[App], Browser],
) -> None:
    old, other = cut("one"), cut("other", "technology")
    for edition in (old, other):
        mail(app, edition)
    with (site / "syndicate.toml").open("a") as file:
        file.write("\n[[categories]]\nname = 'technology'\nformerly = ['tech']\n")
    app = open_app()
    app.sync()
    browser = open_browser(app)
    moved = browser.get("/digests/daily/tech")
    assert (moved.status, moved["location"]) == (
        301,
        "http://127.0.0.1:8000/digests/daily/technology",
    )
    page = browser.get("/digests/daily/technology")
    assert page.links(EDITIONS) == [path(other), path(old)]
    assert not app.store.text.exists(app.store.keys.mailed_of("daily", "tech"))


@pytest.fixture
def due(app: App, write_post: Callable[..., Path], clock: Clock) -> Callable[..., App]:
    """A site with a post in a category, a minute after its daily slot."""

    def make(category: str) -> App:
        app.sync()
        app.desk.tick()
        write_post("one", category)
        app.sync()
        clock.advance(days=1)
        return app

    return make


@pytest.mark.parametrize("together", [False, True])
def test_every_mail_names_it(
    due: Callable[..., App], browser: Browser, sink: Path, *, together: bool
) -> None:
    app = due("央行")
    reader = app.subscribers.add("ann@y.example", app.clock())
    app.subscribers.change(
        reader, [Digest("daily", "央行")], Status.ACTIVE, app.clock(), {"method": "test"}
    )
    if together:
        app.subscribers.choose_together(reader, "daily", (), app.clock(), {})
    for mailing in app.desk.tick():
        for chunk in app.plan(mailing):
            app.deliver(mailing, chunk)
    (raw,) = outbox.messages(sink)
    address = message_from_bytes(raw, policy=default)["List-Archive"]
    slug = "" if together else "/%E5%A4%AE%E8%A1%8C"
    assert address == f"<http://127.0.0.1:8000/digests/daily{slug}>"
    page = browser.get("/digests/daily" + ("" if together else "/央行"))
    assert len(page.links(EDITIONS)) == 1


def test_it_speaks_its_categorys_language(
    cut: Callable[..., Edition],
    site: Path,
    open_app: Callable[[], App],
    open_browser: Callable[[App], Browser],
) -> None:
    edition = cut("one")
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[categories]]\nname = "tech"\nlanguage = "zh-CN"\n')
    app = open_app()
    mail(app, edition)
    browser = open_browser(app)
    page = browser.get("/digests/daily/tech", accept_language="de")
    assert page.find("/html")[0].get("lang") == "zh-CN"
    assert "往期" in page.text
    assert "第1期" in page.text
    assert browser.get("/digests/daily").find("/html")[0].get("lang") == "en"

"""The site's pages: the index, web editions, health, and what holds for every page."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING

import pytest

from syndicate.app import App
from syndicate.feeds.model import Format
from syndicate.settings import load
from syndicate.store import client, embedded
from tests.web.conftest import served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.digests.model import Edition
    from tests.conftest import Clock
    from tests.web.conftest import Browser

EVIL = '<script>alert("x")</script>'


@pytest.fixture
def published(app: App, write_post: Callable[..., Path]) -> App:
    """A site of three posts in two categories, its feeds written."""
    write_post("one", "tech", body="Körper **eins**.")
    write_post("two", "tech")
    write_post("three", "TechWeb")
    app.sync(announce=True)
    app.publish()
    return app


@pytest.fixture
def edition(published: App) -> Edition:
    """An edition that is on its way."""
    found = published.desk.cut("daily", "tech")
    assert found
    list(published.plan(published.desk.order(found.id)))
    return found


# The feeds and their pages


def test_every_feed_is_served_as_what_it_is(published: App, browser: Browser) -> None:
    base = published.settings.web.url
    for folder in ("/", "/categories/tech/", "/categories/techweb/"):
        page = browser.get(folder)
        assert page["content-type"] == "text/html; charset=utf-8"
        found = {link.get("href"): link.get("type") for link in page.find("//head/link[@type]")}
        assert set(found) == {f"{base}{folder}{kind.value}" for kind in Format}
        for url, media_type in found.items():
            answer = browser.get(str(url).removeprefix(base))
            assert answer["content-type"] == f"{media_type}; charset=utf-8"


@pytest.mark.usefixtures("published")
def test_what_the_index_needs_is_served(browser: Browser) -> None:
    index = browser.get("/feeds.html")
    assert index.links("//ul[@class='all']//a") == ["/categories/tech/", "/categories/techweb/"]
    assert browser.get("/feeds.opml")["content-type"] == "text/x-opml; charset=utf-8"
    assert browser.get("/search.js")["content-type"] == "text/javascript; charset=utf-8"
    assert browser.get("/feed.css")["content-type"] == "text/css; charset=utf-8"
    assert "script-src 'self'" in index["content-security-policy"]


def test_the_captured_mail_is_there_only_where_there_is_any(
    site: Path, open_app: Callable[[], App], open_browser: Callable[[App], Browser]
) -> None:
    def index() -> Browser:
        app = open_app()
        app.sync()
        app.publish()
        return open_browser(app)

    assert "http://127.0.0.1:8000/outbox" in index().get("/").links()
    settings = site / "syndicate.toml"
    text = settings.read_text().replace("[mail]\n", '[mail]\nrelay = "smtp://mail.example"\n')
    settings.write_text(text)
    browser = index()
    assert "http://127.0.0.1:8000/outbox" not in browser.get("/").links()
    assert browser.get("/outbox").status == 404
    assert browser.get("/outbox/1/html").status == 404


# Editions


def test_an_edition_can_be_read_on_the_web(edition: Edition, browser: Browser) -> None:
    answer = browser.get(f"/editions/{edition.id}")
    assert answer.status == 200
    assert "<strong>eins</strong>" in re.sub(r' style="[^"]*"', "", answer.text)


def test_a_web_edition_holds_nobodys_link(edition: Edition, browser: Browser) -> None:
    answer = browser.get(f"/editions/{edition.id}")
    assert ".invalid" not in answer.text
    assert "/u/" not in answer.text
    assert answer.links("//a[contains(@href, '/help')]")


def test_what_was_withdrawn_is_gone_from_the_web_edition_too(
    edition: Edition, published: App, browser: Browser, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech", extra="published: false\n")
    published.sync()
    assert "eins" not in browser.get(f"/editions/{edition.id}").text
    write_post("two", "tech", extra="published: false\n")
    published.sync()
    assert browser.get(f"/editions/{edition.id}").status == 404


@pytest.mark.parametrize("number", ["99", "99999999999999999999999999"])
def test_an_edition_that_is_not_there_is_a_page_that_says_so(browser: Browser, number: str) -> None:
    answer = browser.get(f"/editions/{number}")
    assert answer.status == 404
    assert "Not found" in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/editions/x", "/editions/-1", "/u/", "/../x", "/%"])
def test_any_other_path_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404


# Health


def test_health_and_readiness_are_one_word_that_nobody_keeps(
    published: App, browser: Browser
) -> None:
    assert published.settings.output.is_dir()
    for path in ("/healthz", "/readyz"):
        answer = browser.get(path)
        assert (answer.status, answer.text) == (200, "ok\n")
        assert answer["cache-control"] == "no-store"


def test_a_web_app_without_a_folder_of_feeds_is_not_ready(app: App, browser: Browser) -> None:
    assert not app.settings.output.exists()
    answer = browser.get("/readyz")
    assert (answer.status, answer.text) == (503, "there is no folder of feeds yet\n")
    assert browser.get("/healthz").status == 200


def test_without_redis_feeds_go_on_and_pages_ask_for_patience(
    site: Path,
    write_post: Callable[..., Path],
    open_browser: Callable[[App], Browser],
    tmp_path: Path,
    clock: Clock,
) -> None:
    write_post("one", "tech")
    with embedded.EmbeddedServer(tmp_path / "redis"):
        store = client.connect(embedded.url_of(tmp_path / "redis"), "x")
        app = App(load(site), store, clock)
        app.sync()
        app.publish()
        browser = open_browser(app)
    answer = browser.get("/editions/1")
    assert (answer.status, answer["retry-after"]) == (503, "30")
    assert "Please try again in a minute." in answer.text
    assert browser.get("/").status == 200
    # It lives, and starting it anew wouldn't help; but it isn't ready.
    assert browser.get("/healthz").status == 200
    answer = browser.get("/readyz")
    assert (answer.status, answer.text) == (503, "Redis doesn't answer\n")
    assert browser.get("/rss.xml").status == 200
    store.close()


# Every page


@pytest.mark.parametrize("language", ["en", "zh-CN", "ar"])
@pytest.mark.parametrize("path", ["/help", "/outbox", "/editions/9", "/u/x"])
def test_every_page_says_its_language_its_title_and_fits_a_phone(
    site: Path,
    open_app: Callable[[], App],
    open_browser: Callable[[App], Browser],
    path: str,
    language: str,
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text().replace('"en"', f'"{language}"'))
    answer = open_browser(open_app()).get(path)
    assert answer.text.startswith("<!doctype html>")
    (html,), (title,) = answer.find("/html"), answer.find("//title")
    assert (html.get("lang"), html.get("dir")) == (language, "rtl" if language == "ar" else "ltr")
    assert str(title.text).endswith("Lanjiang")
    assert {meta.get("name"): meta.get("content") for meta in answer.find("//meta[@name]")} == {
        "viewport": "width=device-width, initial-scale=1",
        "color-scheme": "light dark",
    }
    assert len(answer.find("//h1")) == 1


@pytest.mark.parametrize("path", ["/help", "/outbox", "/editions/9", "/u/x"])
def test_a_page_runs_nothing_and_loads_nothing_from_elsewhere(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    policy = answer["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert answer["x-content-type-options"] == "nosniff"
    assert not answer.find("//script | //iframe | //*[@src] | //link[@rel='stylesheet']")
    assert not answer["set-cookie"]


def test_what_others_wrote_is_shown_and_never_run(
    site: Path,
    write_post: Callable[..., Path],
    open_app: Callable[[], App],
    open_browser: Callable[[App], Browser],
) -> None:
    settings = site / "syndicate.toml"
    text = settings.read_text().replace('title = "Lanjiang"', f"title = '{EVIL}'", 1)
    settings.write_text(f"{text}\n[[categories]]\nname = 'tech'\ntitle = '{EVIL}'\n")
    write_post("one", "tech", '\\"><img src=x onerror=alert(1)>', body=f"{EVIL} body")
    app = open_app()
    app.sync(announce=True)
    app.publish()
    browser = open_browser(app)
    cut = app.desk.cut("daily", "tech")
    assert cut
    list(app.plan(app.desk.order(cut.id)))
    for path in ("/", f"/editions/{cut.id}", "/help"):
        answer = browser.get(path)
        assert answer.status == 200
        assert not answer.find("//script | //*[@onerror]")
        assert "&lt;script&gt;" in answer.text


def test_links_begin_with_the_configured_url_whatever_host_is_asked(
    published: App, browser: Browser
) -> None:
    answer = browser.get("/", host="evil.example", x_forwarded_host="evil.example")
    assert published.posts.count() == 3
    assert "evil.example" not in answer.text


# Over the wire


def test_a_real_server_serves_it(published: App) -> None:
    with served(published) as port:
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for path, kind in (("/", "text/html"), ("/atom.xml", "application/atom+xml")):
            web.request("HEAD", path)
            head = web.getresponse()
            assert head.read() == b""
            web.request("GET", path)
            answer = web.getresponse()
            assert answer.status == 200
            assert answer.headers.get_content_type() == kind
            assert len(answer.read()) == int(head.headers["Content-Length"])
        web.request("PUT", "/rss.xml", b"x")
        refused = web.getresponse()
        assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
        refused.read()
        web.close()

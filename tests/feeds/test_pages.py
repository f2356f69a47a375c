"""The pages and the list beside the feeds: for people, light, and the same at any time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from syndicate.feeds.model import Format
from syndicate.feeds.opml import Listed, opml
from syndicate.feeds.pages import FeedPages
from syndicate.posts.series import Kind
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.feeds.model import Feed
    from syndicate.posts.model import Post

#: Bytes: what the list of two thousand feeds may weigh.
LIGHT = 150_000


def listed(count: int) -> list[Listed]:
    """Names as long as real ones."""
    return [
        Listed(
            Kind.CATEGORY,
            f"anxinguojizhengquan {n}",
            "",
            f"http://127.0.0.1:8000/categories/anxinguo-{n}/",
            "en",
        )
        for n in range(count)
    ]


def parsed(page: bytes) -> Callable[[str], list[Any]]:
    """Asks a page by XPath; every question of ours is answered by a list."""
    tree = html.fromstring(page)
    return lambda question: cast("list[Any]", tree.xpath(question))


def test_a_page_names_its_posts_and_its_feeds(
    site: Path, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    feed = make_feed(make_post(1), make_post(2, title="<b>&", summary="<script>"))
    page = parsed(FeedPages(load(site)).page(feed))
    assert page("//h3/a/@href") == [post.url for post in feed.posts]
    assert page("//h3/a/text()") == [post.title for post in feed.posts]
    assert not page("//script")
    alternates = page("//head/link[@rel='alternate']")
    assert [(one.get("type"), one.get("href")) for one in alternates] == [
        (kind.media_type, feed.url(kind)) for kind in Format
    ]


@pytest.mark.parametrize(
    ("path", "subscribe"),
    [
        ("", ["/subscribe"]),
        ("categories/tech/", ["/subscribe?category=tech"]),
        ("categories/%E7%A7%91%E6%8A%80/", ["/subscribe?category=%E7%A7%91%E6%8A%80"]),
        ("tags/tech/", []),
    ],
)
def test_a_page_leads_to_where_its_category_is_had_by_mail(
    site: Path, make_feed: Callable[..., Feed], path: str, subscribe: list[str]
) -> None:
    settings = load(site)
    web = settings.web.url
    live = f"{web}/{path}"
    for base, current in ((live, ""), (f"{live}archive/1/", live)):
        feed = replace(make_feed(), base=base, current=current)
        page = parsed(FeedPages(settings).page(feed))
        found = page("//a[contains(@href, '/subscribe')]/@href")
        assert found == [web + each for each in subscribe]


def test_where_readers_cannot_sign_up_no_page_says_so(
    site: Path, make_feed: Callable[..., Feed]
) -> None:
    assert b"/subscribe" in FeedPages(load(site)).index(listed(2))
    with (site / "syndicate.toml").open("a") as file:
        file.write("\n[signup]\nopen = false\n")
    pages = FeedPages(load(site))
    assert b"/subscribe" not in pages.index(listed(2)) + pages.page(make_feed())


@pytest.mark.parametrize(
    ("language", "direction", "said"),
    [
        ("zh-CN", "ltr", ["在阅读器中订阅：", "2026年3月2日星期一"]),
        ("ar", "rtl", ["الاشتراك عبر قارئ الخلاصات:", "الاثنين، 2 مارس 2026"]),
        ("en", "ltr", ["Subscribe in a feed reader:", "Monday, March 2, 2026"]),
    ],
)
def test_a_page_speaks_the_language_of_its_feed(
    site: Path,
    make_post: Callable[..., Post],
    make_feed: Callable[..., Feed],
    language: str,
    direction: str,
    said: list[str],
) -> None:
    pages = FeedPages(load(site))
    pages.page(make_feed(make_post(1), language="zh-TW"))
    page = parsed(pages.page(make_feed(make_post(1), language=language)))
    assert (page("/html/@lang"), page("/html/@dir")) == ([language], [direction])
    assert [text.strip() for text in page("//p[@class='links']/text()[1] | //h2/text()")] == said


def test_an_archives_page_leads_to_the_older_and_the_newest(
    site: Path, make_post: Callable[..., Post], make_feed: Callable[..., Feed]
) -> None:
    live = "https://feeds.example.com/"
    feed = make_feed(make_post(), current=live, previous=f"{live}archive/1/")
    page = parsed(FeedPages(load(site)).page(feed))
    assert live in page("//p[@class='links']/a/@href")
    assert f"{live}archive/1/" in page("//a[@rel='prev']/@href")
    # Who subscribes there subscribes to the live document.
    assert page("//head/link[@rel='alternate']/@href")[0] == f"{live}rss.xml"


def test_the_list_of_two_thousand_feeds_is_light_and_complete(site: Path) -> None:
    index = FeedPages(load(site)).index(listed(2001))
    assert len(index) <= LIGHT
    page = parsed(index)
    assert len(page("//ul[@class='all']/li/a")) == 2000
    # Without its script the search isn't offered, and the whole list is there.
    assert page("//label[@class='search']/@hidden") == [""]
    assert len(page("//script/@src")) == 1


@given(st.lists(st.text(max_size=20), max_size=5))
def test_any_title_makes_a_list_that_readers_can_import(titles: list[str]) -> None:
    feeds = [
        Listed(Kind.CATEGORY, title, title, f"https://f.example/{n}/", "en")
        for n, title in enumerate(titles)
    ]
    data = opml("A & B", feeds)
    outlines = etree.fromstring(data).findall("body/outline")
    assert [outline.get("xmlUrl") for outline in outlines] == [
        f"{feed.base}atom.xml" for feed in feeds
    ]
    assert data == opml("A & B", feeds)

"""JSON Feed 1.1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from syndicate.feeds.model import Feed, Format
from syndicate.feeds.render import render
from syndicate.posts.model import Image, Post

if TYPE_CHECKING:
    from collections.abc import Callable

    MakePost = Callable[..., Post]
    MakeFeed = Callable[..., Feed]

HUB = "https://hub.example/"


def read(feed: Feed, hub: str | None = None) -> dict[str, Any]:
    document = json.loads(render(feed, Format.JSON, hub=hub))
    assert isinstance(document, dict)
    return document


def test_a_feed_says_what_it_is_and_where(make_feed: MakeFeed) -> None:
    assert read(make_feed(), HUB) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour",
        "home_page_url": "https://example.com/harbour/",
        "feed_url": "https://feeds.example.com/categories/harbour/feed.json",
        "description": "Ships and tides",
        "language": "en",
        "hubs": [{"type": "WebSub", "url": HUB}],
        "items": [],
    }


def test_an_item_holds_the_whole_post(make_post: MakePost, make_feed: MakeFeed) -> None:
    post = make_post(
        1,
        categories=("Ships",),
        tags=("tide", "Ships"),
        authors=("Ann", "张三"),
        image=Image("https://example.com/a.png", "A ship"),
    )
    (item,) = read(make_feed(post))["items"]
    assert item == {
        "id": "tag:example.com,2026:post-1",
        "url": "https://example.com/1/",
        "title": "Harbour news 1",
        "summary": "The ferry is late.",
        "image": "https://example.com/a.png",
        "date_published": "2026-03-02T11:00:00+00:00",
        "date_modified": "2026-03-02T11:00:00+00:00",
        "authors": [{"name": "Ann"}, {"name": "张三"}],
        "tags": ["Ships", "tide"],
        "language": "en",
        "content_html": "<p>The ferry is late.</p>",
    }


def test_an_item_has_html_or_text_and_never_neither(
    make_post: MakePost, make_feed: MakeFeed
) -> None:
    (item,) = read(make_feed(make_post(1, html="", summary="")))["items"]
    assert "content_html" not in item
    assert item["content_text"] == ""


def test_the_item_of_an_excerpt_is_its_summary(make_post: MakePost, make_feed: MakeFeed) -> None:
    (item,) = read(make_feed(make_post(1)).excerpt())["items"]
    assert "content_html" not in item
    assert item["content_text"] == item["summary"] == "The ferry is late."


def test_the_sites_picture_is_the_icon(make_post: MakePost, make_feed: MakeFeed) -> None:
    feed = make_feed(make_post(1), image=Image("https://example.com/logo.png"))
    assert read(feed)["icon"] == "https://example.com/logo.png"


def test_what_isnt_known_is_left_out(make_post: MakePost, make_feed: MakeFeed) -> None:
    feed = read(make_feed(make_post(1), description=""))
    assert not {"hubs", "description", "icon", "next_url"} & set(feed)
    assert not {"image", "authors", "tags"} & set(feed["items"][0])


def test_the_text_is_utf_8_as_written(make_post: MakePost, make_feed: MakeFeed) -> None:
    document = render(make_feed(make_post(1, title="央行 😀")), Format.JSON)
    assert "央行 😀" in document.decode()
